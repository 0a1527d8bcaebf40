#include <tessera/core/ops/creation.hpp>

#include <cmath>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/source_node.hpp>

namespace tessera {
namespace {

void check_fits(const Scalar& value, DType type) {
  if (kind_of(type) >= value.kind() && !value.fits(type))
    throw ValueError("full: " + to_string(value) + " does not fit in " + to_string(type));
}

}  // namespace

Array full(const Shape& shape, const Scalar& value, std::optional<DType> dtype, const Dims& chunks) {
  const DType type = dtype.value_or(value.default_dtype());
  check_fits(value, type);
  return source_array(shape, type, chunks, FillSource{{value}});
}
Array zeros(const Shape& shape, const CreateArrayOptions& o) { return full(shape, Scalar(0), o.dtype, o.chunks); }
Array ones(const Shape& shape, const CreateArrayOptions& o) { return full(shape, Scalar(1), o.dtype, o.chunks); }
Array empty(const Shape& shape, const CreateArrayOptions& o) { return zeros(shape, o); }

Array full_like(const Array& x, const Scalar& value, std::optional<DType> dtype) {
  const DType type = dtype.value_or(x.dtype());
  check_fits(value, type);
  return Array(std::make_shared<SourceNode>(type, x.shape(), x.chunks(), FillSource{{value}}));
}
Array zeros_like(const Array& x, std::optional<DType> dtype) { return full_like(x, Scalar(0), dtype); }
Array ones_like(const Array& x, std::optional<DType> dtype) { return full_like(x, Scalar(1), dtype); }
Array empty_like(const Array& x, std::optional<DType> dtype) { return zeros_like(x, dtype); }

namespace {

std::int64_t checked_length(__int128 n, const char* what) {
  if (n > std::numeric_limits<std::int64_t>::max()) throw ShapeError(std::string(what) + ": too many elements");
  return n > 0 ? static_cast<std::int64_t>(n) : 0;
}

__int128 wide(const Scalar& s) {
  return s.fits(DType::int64) ? __int128{s.as<std::int64_t>()} : __int128{s.as<std::uint64_t>()};
}

// What the cast to an integer dtype makes of a number, whichever integer that is.
Scalar truncated(double v) { return Scalar(static_cast<std::int64_t>(v)); }

}  // namespace

Array arange(const Scalar& start, const Scalar& stop, const Scalar& step, std::optional<DType> dtype,
             const Dims& chunks) {
  for (const auto* s : {&start, &stop, &step})
    if (s->kind() == Kind::complex) throw DTypeError("arange: complex bounds have no order");
  const bool integers = start.kind() <= Kind::integer && stop.kind() <= Kind::integer && step.kind() <= Kind::integer;
  if (step.as<double>() == 0) throw ValueError("arange: step is 0");
  if (integers) {
    const __int128 a = wide(start), b = wide(stop), d = wide(step);
    const std::int64_t count = checked_length(d > 0 ? (b - a + d - 1) / d : (b - a + d + 1) / d, "arange");
    const bool beyond = a > std::numeric_limits<std::int64_t>::max() || b > __int128{1} << 63;
    const DType type = dtype.value_or(beyond ? DType::uint64 : DType::int64);
    if (type == DType::bool_ && count > 2)
      throw DTypeError("arange: bool has two values, not " + std::to_string(count));
    // Modulo 2^64, which is exact for every integer dtype that holds the elements.
    if (is_integer(type) || type == DType::bool_ || !beyond)
      return source_array(
          {count}, type, chunks,
          Generator(ArangeSource{Scalar(static_cast<std::int64_t>(a)), Scalar(static_cast<std::int64_t>(d))}));
    return source_array({count}, type, chunks,
                        Generator(ArangeSource{Scalar(start.as<double>()), Scalar(step.as<double>())}));
  }
  const DType type = dtype.value_or(DType::float64);
  const double n = std::ceil((stop.as<double>() - start.as<double>()) / step.as<double>());
  if (!(n < 9.2e18))
    throw ShapeError("arange: " + to_string(start) + " to " + to_string(stop) + " by " + to_string(step) +
                     " has no finite size");
  const std::int64_t count = n > 0 ? static_cast<std::int64_t>(n) : 0;
  if (type == DType::bool_ && count > 2) throw DTypeError("arange: bool has two values, not " + std::to_string(count));
  // NumPy's step: the difference of the first two elements, as the dtype holds them.
  const double first = start.as<double>(), second = first + step.as<double>();
  if (is_integer(type)) {
    const Scalar low = truncated(first);
    return source_array(
        {count}, type, chunks,
        Generator(ArangeSource{low, Scalar(truncated(second).as<std::int64_t>() - low.as<std::int64_t>())}));
  }
  return source_array({count}, type, chunks, Generator(ArangeSource{Scalar(first), Scalar(second - first)}));
}
Array arange(const Scalar& stop) { return arange(Scalar(0), stop); }

Array linspace(const Scalar& start, const Scalar& stop, std::int64_t num, const LinspaceOptions& o) {
  if (num < 0) throw ValueError("linspace: " + std::to_string(num) + " numbers");
  const bool complex = start.kind() == Kind::complex || stop.kind() == Kind::complex;
  const DType compute = complex ? DType::complex128 : DType::float64, type = o.dtype.value_or(compute);
  const Dims chunks = o.chunks.empty() ? grid_for({num}, type, {}).largest() : o.chunks;
  const Array i = arange(Scalar(0), Scalar(num), Scalar(1), compute, num == 0 ? Dims{} : chunks);
  // NumPy's order of rounding: i * step + start; where the step underflows to 0, (i / parts) * (stop - start) + start.
  const auto between = [&]<class T>(T a, T b) {
    const double parts = static_cast<double>(o.endpoint ? num - 1 : num);
    const T distance = b - a;
    Array x = i;
    if (parts > 0) {
      const T step = distance / parts;
      x = step == T(0) ? i / parts * distance : i * step;
    }
    x = x + a;
    if (o.endpoint && num > 1) x = where(equal(i, static_cast<double>(num - 1)), Scalar(b), x);
    return x;
  };
  Array x = complex ? between(start.as<std::complex<double>>(), stop.as<std::complex<double>>())
                    : between(start.as<double>(), stop.as<double>());
  return astype(is_integer(type) && !complex ? floor(x) : x, type);
}

}  // namespace tessera
