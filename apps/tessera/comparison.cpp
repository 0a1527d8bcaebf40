#include "comparison.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

namespace tessera::command {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Array beyond(const Array& absolute, const Array& reference, const Tolerance& tolerance) {
  return astype(absolute, DType::float64) > tolerance.absolute + tolerance.relative * reference;
}

// `ratio` of `absolute` to `reference`, with what it says of infinities and zeros.
Array relative(const Array& ratio, const Array& absolute, const Array& reference) {
  const Array unbounded = where(absolute == infinity, infinity, 0.0);
  const Array none = reference == 0.0;
  // The ratio first: all results are then cut as the first array is, and one stage makes them together.
  return where(isnan(ratio) | none, where(none, 0.0, unbounded), ratio);
}

/// Exact: unsigned 64 bits hold every difference, but some where uint64 meets a signed type.
Comparison compare_integers(const Array& a, const Array& b, const Tolerance& tolerance) {
  const Array magnitude = abs(astype(b, DType::float64));
  const DType common = promote(a.dtype(), b.dtype());
  const auto exactly = [&]() -> std::pair<Array, Array> {
    if (is_integer(common)) {
      const Array x = astype(a, common), y = astype(b, common);
      return {x != y, astype(maximum(x, y), DType::uint64) - astype(minimum(x, y), DType::uint64)};
    }
    const Array& is_signed = a.dtype() == DType::uint64 ? b : a;
    const Array& is_unsigned = a.dtype() == DType::uint64 ? a : b;
    // A negative number becomes 2^64 less its magnitude, so that subtracting it adds that; what leaves 64 bits then
    // counts as the most that they hold.
    const Array bits = astype(is_signed, DType::uint64), added = is_unsigned - bits;
    const Array saturated = where(added < is_unsigned, std::numeric_limits<std::uint64_t>::max(), added);
    return {(is_signed < 0) | (bits != is_unsigned),
            where(is_signed < 0, saturated, maximum(is_unsigned, bits) - minimum(is_unsigned, bits))};
  };
  auto [differs, absolute] = exactly();
  if (tolerance.relative > 0 || tolerance.absolute > 0) differs = differs & beyond(absolute, magnitude, tolerance);
  const Array as_float = astype(absolute, DType::float64);
  return {differs, absolute, relative(as_float / magnitude, as_float, magnitude), full({}, false)};
}

Comparison compare_floats(const Array& a, const Array& b, const Tolerance& tolerance) {
  const DType common = is_complex(promote(a.dtype(), b.dtype())) ? DType::complex128 : DType::float64;
  const Array x = astype(a, common), y = astype(b, common);
  const Array magnitude = abs(y), difference = abs(x - y);
  // Finite numbers may be further apart than any number is large: 1e308 and -1e308. Their halves are not.
  const Array too_far = !((difference < infinity) & (magnitude < infinity));
  const Array half_difference = abs(x * 0.5 - y * 0.5), half_magnitude = abs(y * 0.5);
  const Array same = (x == y) | (isnan(x) & isnan(y));
  Array differs = !same;
  if (tolerance.relative > 0 || tolerance.absolute > 0) {
    const Array near = difference <= tolerance.absolute + tolerance.relative * magnitude;
    const Array halves_near = half_difference <= tolerance.absolute / 2 + tolerance.relative * half_magnitude;
    // An infinity tolerates nothing, though rtol * inf would.
    differs = differs & !(where(too_far, halves_near, near) & isfinite(x) & isfinite(y));
  }
  const Array absolute = where(same | isnan(difference), 0.0, difference);
  const Array ratio = where(too_far, where(same, 0.0, half_difference / half_magnitude), absolute / magnitude);
  return {differs, absolute, relative(ratio, absolute, magnitude), logical_xor(isnan(x), isnan(y))};
}

// Chunks of length `chunk` that walks of length `step` over an axis touch, one after the other.
double touched(std::int64_t extent, std::int64_t step, std::int64_t chunk) {
  const auto parts = [&](std::int64_t length) { return (extent + length - 1) / length; };
  const std::int64_t common = chunk / std::gcd(step, chunk);  // steps to where both end
  const std::int64_t both = step > extent / common ? 1 : parts(step * common);
  return static_cast<double>(parts(step) + parts(chunk) - both);
}

// Bytes that are decoded of an array when it is walked in such chunks.
double decoded_bytes(const Array& x, const Dims& walk) {
  auto bytes = static_cast<double>(item_size(x.dtype()));
  const Dims chunk = x.chunks().largest();
  for (int i = 0; i < walk.size(); i++)
    bytes *= touched(x.shape()[i], walk[i], chunk[i]) * static_cast<double>(chunk[i]);
  return bytes;
}

double bytes_of(const Array& a, const Array& b, const Dims& chunks) {
  auto bytes = static_cast<double>(item_size(a.dtype()) + item_size(b.dtype()));
  for (const auto n : chunks) bytes *= static_cast<double>(n);
  return bytes;
}

// The best of the chunks of both, and of what both are parts of, on every axis; nothing where the first array's are.
std::optional<Dims> seldom_decoded(const Array& a, const Array& b, std::int64_t room, int ranks) {
  const Dims mine = a.chunks().largest(), theirs = b.chunks().largest();
  const auto cost = [&](const Dims& chunks) {
    double count = 1;
    for (int i = 0; i < chunks.size(); i++)
      count *= std::ceil(static_cast<double>(a.shape()[i]) / static_cast<double>(chunks[i]));
    const double uneven = std::ceil(count / ranks) * ranks / count;  // ranks without a chunk wait
    return uneven * (decoded_bytes(a, chunks) + decoded_bytes(b, chunks));
  };
  std::vector<Dims> tried{{}};
  for (int i = 0; i < mine.size(); i++) {
    const std::int64_t n = a.shape()[i], times = theirs[i] / std::gcd(mine[i], theirs[i]);
    const std::int64_t both = mine[i] > n / times ? n : mine[i] * times;
    std::vector<Dims> longer;
    for (const Dims& some : tried)
      for (const std::int64_t length : std::set<std::int64_t>{mine[i], theirs[i], both}) {
        longer.push_back(some);
        longer.back().push_back(length);
      }
    tried = std::move(longer);
  }
  const Dims* best = nullptr;
  double least = cost(mine);
  for (const Dims& chunks : tried)
    if (bytes_of(a, b, chunks) <= static_cast<double>(room) && cost(chunks) < least)
      best = &chunks, least = cost(*best);
  return best ? std::optional(*best) : std::nullopt;
}

}  // namespace

Comparison compare(const Array& a, const Array& b, const Tolerance& tolerance) {
  const auto counted = [](const Array& x) { return x.dtype() == DType::bool_ ? astype(x, DType::uint8) : x; };
  const Array x = counted(a), y = counted(b);
  return is_integer(x.dtype()) && is_integer(y.dtype()) ? compare_integers(x, y, tolerance)
                                                        : compare_floats(x, y, tolerance);
}

std::pair<Array, Array> cut_alike(const Array& a, const Array& b, std::int64_t room, int ranks) {
  if (a.chunks() == b.chunks() || a.size() == 0) return {a, b};
  const auto chunks = seldom_decoded(a, b, room, ranks);
  if (!chunks) return {a, b};
  return {rechunk(a, *chunks), rechunk(b, *chunks)};
}

Array positions(const Array& like) {
  const Shape& shape = like.shape();
  const Dims chunk = like.chunks().largest();
  Array all = full(Dims::filled(shape.size(), 1), std::int64_t{0});
  std::int64_t stride = 1;
  for (int i = shape.size() - 1; i >= 0; i--) {
    std::vector<Index> index(static_cast<std::size_t>(shape.size()), Index(newaxis));
    index[i] = Slice{};
    all = all + arange(0, shape[i] * stride, stride, DType::int64, {std::max<std::int64_t>(chunk[i], 1)}).index(index);
    stride *= shape[i];
  }
  return all;
}

}  // namespace tessera::command
