#pragma once
// Functions of the user's own that make elements: a UserMap of single elements, a ChunkFunction of whole chunks. Name and
// version stand for the code: where they are equal, so must be what it does. Several threads call them at once. Beside it, or
// in its place, may stand a text in CUDA C++ for GPUs.
#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/box.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/key.hpp>

namespace tessera {

struct UserFunction {
  std::string name{};
  std::int64_t version = 1;
  std::vector<DType> parameters{};
  DType result = DType::float64;
  /// Of an element, in additions: what is dear is kept rather than made again.
  double cost = 50;
  /// The function in CUDA C++; empty: there is none.
  std::string cuda{};
};

struct UserMap : UserFunction {
  /// Makes n elements of n of each parameter, all dense. Empty: there is the CUDA text alone.
  std::function<void(std::int64_t n, const std::byte* const* arguments, std::byte* to)> apply;
};

/// Elements in memory: what a call sees of an input, or writes. Strides in bytes.
struct BlockMemory {
  std::byte* data = nullptr;
  Dims shape{}, strides{};
};

/// Where a block lies.
struct BlockPlace {
  Dims chunk{};   ///< its numbers in the grid of chunks
  Box box{};      ///< its indices, without a halo
  Box seen{};     ///< with it; may begin below 0
  Shape shape{};  ///< of all blocks together
};

/// Blocks and threads of a launch, and bytes of shared memory that each block gets beside what its kernel declares.
struct CudaGrid {
  std::array<std::int64_t, 3> blocks{1, 1, 1};
  std::array<int, 3> threads{256, 1, 1};
  int shared = 0;
};

struct ChunkFunction : UserFunction {
  /// Of its CUDA text, for a result of this shape.
  std::function<CudaGrid(const Shape& made)> grid{};
  /// Writes all elements of `to`, which are 0 before. Empty: there is the CUDA text alone.
  std::function<void(std::span<const BlockMemory> inputs, const BlockMemory& to, const BlockPlace& place)> apply;
};

/// All but the code.
TESSERA_API void add(Key& key, const UserFunction& function);

}  // namespace tessera
