#pragma once
// DLPack: arrays of other libraries (CuPy, PyTorch, JAX, NumPy), and ours for them, without a copy, in the host's memory or a GPU's.
// The structs are those of dlpack.h, whose layout is fixed: a pointer of that header's is cast
// (reinterpret_cast<tessera::dlpack::VersionedTensor*>(managed)).
//
//   Array x = dlpack::from(session, tensor);                      // takes the tensor over
//   for (auto& c : dlpack::chunks<dlpack::VersionedTensor>(session, session.persist(sqrt(x))))
//     consume(c.box, c.tensor.release());                          // who consumes it calls its deleter
#include <cstdint>
#include <memory>
#include <vector>

#include <tessera/distributed/session.hpp>

namespace tessera::dlpack {

struct Device {
  std::int32_t type;  ///< 1: the host; 2: a CUDA GPU; 3: pinned memory of the host
  std::int32_t id;
};
struct DataType {
  std::uint8_t code;  ///< 0: signed, 1: unsigned, 2: floating, 5: complex, 6: bool
  std::uint8_t bits;
  std::uint16_t lanes;
};
struct Tensor {
  void* data;
  Device device;
  std::int32_t rank;
  DataType type;
  std::int64_t* shape;
  std::int64_t* strides;  ///< in elements; null: row-major
  std::uint64_t byte_offset;
};
/// DLManagedTensor
struct ManagedTensor {
  Tensor tensor;
  void* context;
  void (*deleter)(ManagedTensor*);
};
struct Version {
  std::uint32_t major, minor;
};
/// DLManagedTensorVersioned
struct VersionedTensor {
  Version version;
  void* context;
  void (*deleter)(VersionedTensor*);
  std::uint64_t flags;  ///< bit 0: nobody may write
  Tensor tensor;
};

struct Options {
  /// The shape of the whole array, and where this rank's tensor lies in it; unless given, the tensor is the whole, which it can be
  /// on one rank alone.
  Shape global{};
  Dims lo{};
  /// Of the GPU work that makes the elements (a cudaStream_t); null: the default stream.
  void* stream = nullptr;
  /// Of a rank without a tensor: what the others' is, and whether it lies on GPUs.
  DType type = DType::float64;
  bool on_device = false;
};

/// The tensor as this rank's block of an array, used where it lies: of the host as from_local, of this rank's GPU as from_device.
/// Its dtype is the array's; any strides. The tensor is taken over whatever happens: its deleter is called once, when no
/// array over it is left, or before this throws. null: this rank has no block (`global`, `type` and `on_device` are given then). Collective.
/// throws DTypeError for float16, bfloat16, several lanes and the like; UsageError for other devices, another GPU and a version
/// of DLPack that is not known; ShapeError when blocks don't tile or `global` and `lo` don't fit the tensor.
TESSERA_API Array from(Session& session, VersionedTensor* tensor, const Options& options = {});
TESSERA_API Array from(Session& session, ManagedTensor* tensor, const Options& options = {});

template <class T>
struct Deleter {
  void operator()(T* tensor) const {
    if (tensor->deleter) tensor->deleter(tensor);
  }
};
/// A chunk for another library.
template <class T>
struct Chunk {
  Box box;  ///< where it lies in the array
  std::unique_ptr<T, Deleter<T>> tensor;
};
/// This rank's chunks of an array in memory (of persist, from_local ...), where they are: on the GPU that made them or in the host's
/// memory. All ranks together have every chunk once. Elements are there when this returns; a tensor keeps the array's memory
/// until its deleter is called, also beyond the session. Nobody may write there: other arrays are made of it. bool: bytes of 0 and 1.
/// T: VersionedTensor, which says so, or ManagedTensor. Not collective. throws UsageError for an expression and for an array of
/// another session.
template <class T>
std::vector<Chunk<T>> chunks(const Session& session, const Array& x);
extern template TESSERA_API std::vector<Chunk<VersionedTensor>> chunks(const Session&, const Array&);
extern template TESSERA_API std::vector<Chunk<ManagedTensor>> chunks(const Session&, const Array&);

}  // namespace tessera::dlpack
