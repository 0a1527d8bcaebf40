// Sinks and results: plain values.
#include <cstring>

#include <tessera/distributed/session.hpp>

namespace tessera {

namespace {
Sink sink(Sink::Kind kind, const Array& x, const std::string& target) {
  Sink s{.kind = kind, .array = x};
  s.target = target;
  return s;
}
}  // namespace

Sink gather(const Array& x) { return sink(Sink::Kind::gather, x, {}); }
Sink persist(const Array& x) { return sink(Sink::Kind::persist, x, {}); }
Sink write(const Array& x, const std::string& target, const DatasetOptions& options) {
  Sink s = sink(Sink::Kind::write, x, target);
  s.chunks = options.chunks;
  s.contiguous = options.contiguous;
  s.compress = options.compress;
  s.attributes = options.attributes;
  s.dimensions = options.dimensions;
  s.unlimited = options.unlimited;
  s.append_along = options.append_along;
  return s;
}

void Result::check_gathered(const char* what) const {
  static constexpr const char* others[] = {
      "", "it was persisted and lies spread over the ranks: gather(x) in compute, or compute(result.array())",
      "it was written to a file: gather(x) in compute as well"};
  if (kind_ != Sink::Kind::gather)
    throw UsageError(std::string(what) + ": the result has no elements here; " + others[static_cast<int>(kind_)]);
}

std::span<const std::byte> Result::bytes() const {
  check_gathered("bytes");
  return bytes_;
}

Scalar Result::scalar() const {
  check_gathered("item");
  if (num_elements(shape_) != 1 || bytes_.empty())
    throw ShapeError("item: the result has shape " + to_string(shape_) + ", not one element");
  return visit_dtype(dtype_, [&]<class T>(T) {
    T v;
    std::memcpy(&v, bytes_.data(), sizeof v);
    return Scalar(v);
  });
}

const Array& Result::array() const {
  if (!array_) throw UsageError("array: only persist gives a resident array");
  return *array_;
}

void Result::check(DType type) const {
  check_gathered("values");
  if (type != dtype_) throw DTypeError("values: the result is " + to_string(dtype_) + ", not " + to_string(type));
}

}  // namespace tessera
