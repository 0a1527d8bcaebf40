#pragma once
// Functions of the user's own of whole chunks, under Dask's names. Lazy.
//
// A function takes views of its inputs and writes to one of the result: void f(BlockView<const T> x, ..., BlockView<R> out),
// with the block's place (const BlockPlace&) behind that if it wants to know it. Types decide: inputs are converted to T as
// astype does, the result has the dtype of R. `out` is 0 before. Several threads call it at once, on any rank, in any
// order; what it throws is thrown again by the evaluation, on the other ranks as a CommError. What it is given depends on
// shapes and chunks alone. A worker holds a chunk of each input and of the result, which the budget must have room for
// (MemoryBudgetError says what would do). The result is made chunk by chunk where it is written, or where it has the blocks'
// chunks and one stage uses it that walks these, with functions of elements alone between (its mean), or several that each
// call the function for themselves, where it has no room in memory; else it is made whole before others read it.
//
// In CUDA C++ (options `cuda` of map_blocks and map_overlap) it is a kernel of the same name and parameters:
//   extern "C" __global__ void NAME(BlockView<const T> x, ..., BlockView<R> out), with a BlockPlace behind that or without.
// BlockView and BlockPlace are there, with the members of those of C++ that say where elements lie (docs/gpu.md). A session on
// a GPU launches it once for each chunk; the first use throws ValueError where it does not compile, with the compiler's words
// and the text's own lines. cuda_alone stands for a function that there is not: the CPU refuses it (UsageError).
#include <functional>
#include <map>

#include <tessera/core/ops/chunk_function.hpp>

namespace tessera {

struct BlockOptions {
  ByName by_name{};
  /// Stand for the function in plans and hashes: another function, or another value that it has captured, needs another
  /// name or version.
  std::string name{};
  std::int64_t version = 1;
  /// Lengths of the result's chunks, for each of its axes one for all, or one for each chunk. Those of the blocks unless
  /// given; of a new axis 1.
  std::vector<std::vector<std::int64_t>> chunks{};
  /// Axes of the blocks that the result has not: the function sees them whole.
  Dims drop_axis{};
  /// Axes of the result that the blocks have not: one chunk each.
  Dims new_axis{};
  /// The same function in CUDA C++, for GPUs (above).
  std::string cuda{};
  /// Of its launch, for a result of this shape; a thread for each element of the result unless given.
  std::function<CudaGrid(const Shape& made)> cuda_grid{};
};

/// The nodes behind the functions below. throw as they do.
TESSERA_API Array map_chunks_of_user(ChunkFunction function, const std::vector<Array>& x, const BlockOptions& options);

/// f of each block: the inputs broadcast, and are cut as x + y is, whatever their chunks. A view has the axes of its input.
/// returns: in chunks as large as the blocks, or as `chunks`, `drop_axis` and `new_axis` say.
/// throws ValueError without a name, for another number of arrays than f takes, for chunks that are not as many as the
/// blocks, for a dropped axis of length 0; ShapeError where shapes don't broadcast.
template <class F>
Array map_blocks(F f, const std::vector<Array>& x, const BlockOptions& options) {
  static_assert(!detail::BlockSignature<F>::returns,
                "map_blocks: the function writes to a BlockView<T> behind its inputs");
  return map_chunks_of_user(detail::chunk_function(std::move(f)), x, options);
}
/// Of a CUDA text alone: map_blocks<void(BlockView<const float>, BlockView<float>)>(cuda_alone, {x}, {.name = ..., .cuda = ...}).
template <class S>
Array map_blocks(CudaAlone, const std::vector<Array>& x, const BlockOptions& options) {
  return map_chunks_of_user(detail::chunk_function<S>(cuda_alone), x, options);
}
/// Of one array.
template <class F>
Array map_blocks(F f, const Array& x, const BlockOptions& options) {
  return map_blocks(std::move(f), std::vector<Array>{x}, options);
}

struct BlockwiseOptions {
  ByName by_name{};
  std::string name{};  ///< as of map_blocks
  std::int64_t version = 1;
  /// Lengths of indices that the result alone has.
  std::map<char, std::int64_t> sizes{};
};

TESSERA_API Array blockwise_of_user(ChunkFunction function, const std::string& indices, const std::vector<Array>& x,
                                    const BlockwiseOptions& options);

/// f of blocks that belong together by their indices, as einsum names them: blockwise(f, "ij,jk->ik", {x, y}, ...). Along
/// indices of the result blocks are chunks of the largest input that has them; along others f sees the axes whole. An axis
/// of length 1 goes with any.
/// throws ValueError for indices that are no such text, ShapeError where arrays don't have an axis for each or lengths
/// differ, and as map_blocks.
template <class F>
Array blockwise(F f, const std::string& indices, const std::vector<Array>& x, const BlockwiseOptions& options) {
  static_assert(!detail::BlockSignature<F>::returns,
                "blockwise: the function writes to a BlockView<T> behind its inputs");
  return blockwise_of_user(detail::chunk_function(std::move(f)), indices, x, options);
}

struct OverlapOptions {
  ByName by_name{};
  std::string name{};  ///< as of map_blocks
  std::int64_t version = 1;
  /// How far blocks see behind themselves along each axis, or all; as far as before unless given.
  Dims after{};
  /// What stands beyond the ends of an axis, one for all or one each: reflect (b a | a b), mirror (c b | a b), periodic,
  /// nearest, constant (`value`), none: a block at an end sees less.
  std::vector<std::string> boundary = {"reflect"};
  Scalar value = 0;
  /// False: the result has the halos, too, so its chunks are as large as what their function sees.
  bool trim = true;
  std::string cuda{};  ///< as of map_blocks
  std::function<CudaGrid(const Shape& made)> cuda_grid{};
};

TESSERA_API Array overlap_of_user(ChunkFunction function, const Array& x, const Dims& depth,
                                  const OverlapOptions& options);

/// f of each block with what lies around it: `depth` elements before it, and after it, along each axis, or one for all. The
/// halo may be wider than chunks. `out` is as large as the block without its halo (with trim = false: as the view), and
/// stands for indices place.box; the view begins at place.seen.lo.
/// returns: shape and chunks of x; with trim = false chunks are longer by the halos.
/// throws ValueError for a negative depth, an unknown boundary, periodic or mirrored axes of length 0; ShapeError where
/// there is not one depth for each axis, and as map_blocks.
template <class F>
Array map_overlap(F f, const Array& x, const Dims& depth, const OverlapOptions& options) {
  static_assert(!detail::BlockSignature<F>::returns,
                "map_overlap: the function writes to a BlockView<T> behind its input");
  return overlap_of_user(detail::chunk_function(std::move(f)), x, depth, options);
}

/// Of a CUDA text alone.
template <class S>
Array map_overlap(CudaAlone, const Array& x, const Dims& depth, const OverlapOptions& options) {
  return overlap_of_user(detail::chunk_function<S>(cuda_alone), x, depth, options);
}

}  // namespace tessera
