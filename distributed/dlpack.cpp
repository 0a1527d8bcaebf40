#include <tessera/distributed/dlpack.hpp>

#include <string>

#include <tessera/core/errors.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/sizes.hpp>
#include <tessera/distributed/resident.hpp>
#include <tessera/distributed/session_state.hpp>

namespace tessera {

/// What of a session dlpack needs beside its public members.
struct DlpackAccess {
  template <class Describe>
  static Array adopt(Session& session, const Describe& describe) {
    return session.adopt("dlpack::from", describe);
  }
  static std::int64_t serial(const Session& session) { return session.state_->serial; }
  static const Device& device(const Session& session) { return *session.state_->device; }
  using Block = Session::CallersBlock;
};

namespace dlpack {
namespace {

enum : std::int32_t { on_host = 1, on_gpu = 2, on_pinned_host = 3 };
enum : std::uint8_t { signed_code = 0, unsigned_code = 1, floating_code = 2, complex_code = 5, bool_code = 6 };
constexpr std::uint64_t read_only = 1;
constexpr Version known_version{1, 0};

std::uint8_t code_of(DType type) {
  if (type == DType::bool_) return bool_code;
  if (is_complex(type)) return complex_code;
  if (is_real_floating(type)) return floating_code;
  return is_signed_integer(type) ? signed_code : unsigned_code;
}

DataType data_type_of(DType type) { return {code_of(type), static_cast<std::uint8_t>(8 * item_size(type)), 1}; }

DType dtype_of_tensor(const DataType& t) {
  for (int k = 0; k < dtype_count; k++) {
    const auto type = static_cast<DType>(k);
    const DataType known = data_type_of(type);
    if (known.code == t.code && known.bits == t.bits && known.lanes == t.lanes) return type;
  }
  throw DTypeError("dlpack::from: code " + std::to_string(t.code) + " with " + std::to_string(t.bits) + " bits and " +
                   std::to_string(t.lanes) +
                   " lanes is no dtype here: convert it to float32, or to another of those that are");
}

bool lies_on_device(const Tensor& t) {
  if (t.device.type == on_host || t.device.type == on_pinned_host) return false;
  if (t.device.type == on_gpu) return true;
  throw UsageError("dlpack::from: the tensor lies on a device of type " + std::to_string(t.device.type) +
                   "; those of the host (1), pinned (3), and of a CUDA GPU (2) can be used");
}

Dims strides_of(const Tensor& t, const Dims& extent, std::int64_t item) {
  if (!t.strides) return row_major_strides(extent, item);
  Dims strides;
  for (int i = 0; i < extent.size(); i++) {
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(t.strides[i], item, &bytes))
      throw ShapeError("dlpack::from: the stride of axis " + std::to_string(i) + " is beyond 64 bits");
    strides.push_back(bytes);
  }
  return strides;
}

Dims extent_of(const Tensor& t) {
  if (t.rank < 0 || t.rank > max_rank)
    throw ShapeError("dlpack::from: a tensor of " + std::to_string(t.rank) + " dimensions; arrays have at most " +
                     std::to_string(max_rank));
  Dims extent;
  for (int i = 0; i < t.rank; i++) extent.push_back(t.shape[i]);
  return extent;
}

DlpackAccess::Block block_of(const Tensor* t, const Options& options, int ranks) {
  DlpackAccess::Block b;
  const bool whole = options.global.empty() && options.lo.empty();
  if (whole && ranks > 1)
    throw UsageError("dlpack::from: on " + std::to_string(ranks) +
                     " ranks each tensor is a block: give the shape of the whole and where the block begins");
  if (!t) {
    b.type = options.type, b.on_device = options.on_device;
    b.global = options.global;
    b.block = {Dims::filled(b.global.size(), 0), Dims::filled(b.global.size(), 0)};
    b.strides = Dims::filled(b.global.size(), 0);
    return b;
  }
  b.type = dtype_of_tensor(t->type);
  const std::int64_t item = item_size(b.type);
  b.block.extent = extent_of(*t);
  b.global = whole ? Shape(b.block.extent) : options.global;
  b.block.lo = whole ? Dims::filled(b.global.size(), 0) : options.lo;
  b.strides = strides_of(*t, b.block.extent, item);
  b.data = t->data ? static_cast<const std::byte*>(t->data) + t->byte_offset : nullptr;
  b.on_device = lies_on_device(*t);
  b.how.stream = options.stream;
  return b;
}

void check_version(const ManagedTensor&) {}
void check_version(const VersionedTensor& t) {
  if (t.version.major != known_version.major)
    throw UsageError("dlpack::from: the tensor is of DLPack " + std::to_string(t.version.major) + "." +
                     std::to_string(t.version.minor) + ", of which only 1 is known here");
}

template <class T>
Array adopted(Session& session, T* tensor, const Options& options) {
  // From here on the tensor is ours: whatever throws, it goes with the last owner.
  const std::shared_ptr<T> owner(tensor, [](T* t) {
    if (t) Deleter<T>()(t);
  });
  return DlpackAccess::adopt(session, [&] {
    if (tensor) check_version(*tensor);
    DlpackAccess::Block b = block_of(tensor ? &tensor->tensor : nullptr, options, session.size());
    b.how.owner = owner;
    return b;
  });
}

// What a tensor that is given away refers to.
struct Given {
  std::shared_ptr<const Resident> array;
  Dims shape, strides;
};

Tensor tensor_of(const HeldBox& h, DType type, int device, Given& given) {
  given.shape = h.held.extent;
  for (const std::int64_t bytes : h.strides) given.strides.push_back(bytes / item_size(type));
  const Device where = h.space == Space::device ? Device{on_gpu, device} : Device{on_host, 0};
  return {h.data, where, h.held.rank(), data_type_of(type), given.shape.begin(), given.strides.begin(), 0};
}

template <class T>
void let_go(T* tensor) {
  delete static_cast<Given*>(tensor->context);
  delete tensor;
}

template <class T>
std::unique_ptr<T, Deleter<T>> given_away(const std::shared_ptr<const Resident>& array, const HeldBox& h, DType type,
                                          int device) {
  auto given = std::make_unique<Given>(Given{array, {}, {}});
  auto made = std::make_unique<T>();
  made->tensor = tensor_of(h, type, device, *given);
  if constexpr (std::is_same_v<T, VersionedTensor>) made->version = known_version, made->flags = read_only;
  made->deleter = let_go<T>;
  made->context = given.release();
  return std::unique_ptr<T, Deleter<T>>(made.release());
}

}  // namespace

Array from(Session& session, VersionedTensor* tensor, const Options& options) {
  return adopted(session, tensor, options);
}
Array from(Session& session, ManagedTensor* tensor, const Options& options) {
  return adopted(session, tensor, options);
}

template <class T>
std::vector<Chunk<T>> chunks(const Session& session, const Array& x) {
  const auto resident = x.node()->kind() == NodeKind::source ? as_source(*x.node()).resident() : nullptr;
  if (!resident) throw UsageError("dlpack::chunks: the array is an expression; persist it first");
  const auto& array = static_cast<const ResidentArray&>(*resident);
  if (array.session() != DlpackAccess::serial(session))
    throw UsageError("dlpack::chunks: the array belongs to another session");
  const int device = DlpackAccess::device(session).number();
  std::vector<Chunk<T>> all;
  // Every chunk on one rank only, also of a small array that all ranks hold.
  const Distribution& d = array.distribution();
  const bool everywhere = d.kind() == Distribution::Kind::replicated;
  (everywhere ? Distribution::blocks(d.grid(), d.ranks()) : d).for_each_owned(array.rank(), [&](const Dims& at) {
    const HeldBox h = array.chunk(at);
    all.push_back({h.held, given_away<T>(resident, h, x.dtype(), device)});
  });
  return all;
}

template std::vector<Chunk<VersionedTensor>> chunks(const Session&, const Array&);
template std::vector<Chunk<ManagedTensor>> chunks(const Session&, const Array&);

}  // namespace dlpack
}  // namespace tessera
