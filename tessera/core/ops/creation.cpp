#include <tessera/core/ops/creation.hpp>

#include <cmath>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/random.hpp>

namespace tessera {
namespace {

ChunkGrid grid_for(const Shape& shape, DType type, const Dims& wish) {
  static_cast<void>(num_elements(shape));  // throws on negative extents and overflow
  return wish.empty() ? auto_chunks(shape, item_size(type)) : ChunkGrid::regular(shape, wish);
}

Array source(const Shape& shape, DType type, const Dims& chunks, SourceData data) {
  return Array(std::make_shared<SourceNode>(type, shape, grid_for(shape, type, chunks), std::move(data)));
}

}  // namespace

Array full(const Shape& shape, const Scalar& value, std::optional<DType> dtype, const Dims& chunks) {
  const DType type = dtype.value_or(value.default_dtype());
  if (kind_of(type) >= value.kind() && !value.fits(type))
    throw ValueError("full: " + to_string(value) + " does not fit in " + to_string(type));
  return source(shape, type, chunks, FillSource{value, -1});
}
Array zeros(const Shape& shape, const CreateArrayOptions& o) { return full(shape, Scalar(0), o.dtype, o.chunks); }
Array ones(const Shape& shape, const CreateArrayOptions& o) { return full(shape, Scalar(1), o.dtype, o.chunks); }

Array arange(const Scalar& start, const Scalar& stop, const Scalar& step, std::optional<DType> dtype,
             const Dims& chunks) {
  for (const auto* s : {&start, &stop, &step})
    if (s->kind() == Kind::complex) throw DTypeError("arange: complex bounds have no order");
  const bool integers = start.kind() <= Kind::integer && stop.kind() <= Kind::integer && step.kind() <= Kind::integer;
  const DType type = dtype.value_or(integers ? DType::int64 : DType::float64);
  if (step.as<double>() == 0) throw ValueError("arange: step is 0");
  std::int64_t count = 0;
  if (integers) {
    const auto a = start.as<std::int64_t>(), b = stop.as<std::int64_t>(), d = step.as<std::int64_t>();
    const __int128 span = static_cast<__int128>(b) - a;
    const __int128 n = d > 0 ? (span + d - 1) / d : (span + d + 1) / d;
    if (n > std::numeric_limits<std::int64_t>::max()) throw ShapeError("arange: too many elements");
    count = n > 0 ? static_cast<std::int64_t>(n) : 0;
  } else {
    const double n = std::ceil((stop.as<double>() - start.as<double>()) / step.as<double>());
    if (!(n < 9.2e18))
      throw ShapeError("arange: " + to_string(start) + " to " + to_string(stop) + " by " + to_string(step) +
                       " has no finite size");
    count = n > 0 ? static_cast<std::int64_t>(n) : 0;
  }
  if (integers)
    return source({count}, type, chunks,
                  ArangeSource{Scalar(start.as<std::int64_t>()), Scalar(step.as<std::int64_t>())});
  // NumPy's step: the difference of the first two elements as rounded.
  const double first = start.as<double>(), second = first + step.as<double>();
  return source({count}, type, chunks, ArangeSource{Scalar(first), Scalar(second - first)});
}
Array arange(const Scalar& stop) { return arange(Scalar(0), stop); }

namespace {
Array random_source(const Shape& shape, RandomSource::Kind kind, const RandomOptions& o, const char* name) {
  if (!is_real_floating(o.dtype))
    throw DTypeError(std::string(name) + ": " + to_string(o.dtype) + " is not float32 or float64");
  return source(shape, o.dtype, o.chunks, RandomSource{kind, {o.seed, o.stream}});
}
}  // namespace

Array uniform(const Shape& shape, double low, double high, const RandomOptions& o) {
  Array u = random_source(shape, RandomSource::Kind::uniform, o, "uniform");
  if (low == 0 && high == 1) return u;
  return u * (high - low) + low;
}

Array normal(const Shape& shape, double loc, double scale, const RandomOptions& o) {
  if (!(scale >= 0)) throw ValueError("normal: scale " + to_string(Scalar(scale)) + " is negative");
  Array z = random_source(shape, RandomSource::Kind::normal, o, "normal");
  if (loc == 0 && scale == 1) return z;
  return z * scale + loc;
}

}  // namespace tessera
