#include <tessera/core/kernel/quantile.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include <tessera/core/errors.hpp>
#include <tessera/core/kernel/sort_key.hpp>
#include <tessera/core/key.hpp>

namespace tessera {
namespace {

constexpr std::array<const char*, 14> method_names = {"inverted_cdf",
                                                      "averaged_inverted_cdf",
                                                      "closest_observation",
                                                      "interpolated_inverted_cdf",
                                                      "hazen",
                                                      "weibull",
                                                      "linear",
                                                      "median_unbiased",
                                                      "normal_unbiased",
                                                      "lower",
                                                      "higher",
                                                      "midpoint",
                                                      "nearest",
                                                      "middle"};

// NumPy's _compute_virtual_index: the order of its operations decides the last bit.
double virtual_position(double n, double q, double alpha, double beta) {
  return n * q + (alpha + q * (1 - alpha - beta)) - 1;
}

// Where a continuous method is, or midpoint.
double position(QuantileMethod method, double q, double n) {
  switch (method) {
    case QuantileMethod::averaged_inverted_cdf:
      return n * q - 1;
    case QuantileMethod::interpolated_inverted_cdf:
      return virtual_position(n, q, 0, 1);
    case QuantileMethod::hazen:
      return virtual_position(n, q, 0.5, 0.5);
    case QuantileMethod::weibull:
      return virtual_position(n, q, 0, 0);
    case QuantileMethod::median_unbiased:
      return virtual_position(n, q, 1 / 3.0, 1 / 3.0);
    case QuantileMethod::normal_unbiased:
      return virtual_position(n, q, 3 / 8.0, 3 / 8.0);
    case QuantileMethod::midpoint:
      return 0.5 * (std::floor((n - 1) * q) + std::ceil((n - 1) * q));
    default:
      return (n - 1) * q;
  }
}

// Which element a discrete method takes.
double taken(QuantileMethod method, double q, double n) {
  const auto to_boundary = [](double at, bool stays) { return std::max(0.0, std::floor(at) + (stays ? 0 : 1)); };
  switch (method) {
    case QuantileMethod::inverted_cdf: {
      const double at = n * q - 1;
      return to_boundary(at, at == std::floor(at));
    }
    case QuantileMethod::closest_observation: {
      const double at = n * q - 1 - 0.5;
      return to_boundary(at, at == std::floor(at) && std::fmod(std::floor(at), 2.0) == 0);
    }
    case QuantileMethod::lower:
      return std::floor((n - 1) * q);
    case QuantileMethod::higher:
      return std::ceil((n - 1) * q);
    default:
      return std::nearbyint((n - 1) * q);  // halves to even, as np.around
  }
}

double weight_of(QuantileMethod method, double position, double first) {
  const double distance = position - first;
  if (method == QuantileMethod::averaged_inverted_cdf) return distance == 0 ? 0.5 : 1;
  if (method == QuantileMethod::midpoint) return std::fmod(position, 1.0) == 0 ? 0 : 0.5;
  return distance;
}

// The difference as NumPy forms it in the elements' dtype, but for its overflows.
template <class T>
double difference(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<double>(static_cast<T>(b - a));
  else
    return static_cast<double>(static_cast<__int128>(b) - static_cast<__int128>(a));
}

// NumPy's _lerp.
template <class T>
double between(T a, T b, double weight) {
  const double d = difference(a, b);
  if (weight >= 0.5) return static_cast<double>(b) - d * (1 - weight);
  return static_cast<double>(a) + d * weight;
}

template <class T>
void put(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

const char* name(QuantileMethod method) { return method_names[static_cast<std::size_t>(method)]; }

std::optional<QuantileMethod> parse_quantile_method(std::string_view name) {
  const auto end = method_names.end() - 1;  // without the median's
  const auto at = std::find(method_names.begin(), end, name);
  if (at == end) return std::nullopt;
  return static_cast<QuantileMethod>(at - method_names.begin());
}

std::string quantile_method_names() {
  std::string all;
  for (std::size_t i = 0; i + 1 < method_names.size(); i++) all += (i == 0 ? "" : ", ") + std::string(method_names[i]);
  return all;
}

void add(Key& key, const Quantiles& quantiles) {
  key.add(quantiles.method).add(quantiles.skip_nan).add(quantiles.q.size());
  for (const double q : quantiles.q) key.add(q);
}

bool takes_elements(QuantileMethod method) {
  switch (method) {
    case QuantileMethod::inverted_cdf:
    case QuantileMethod::closest_observation:
    case QuantileMethod::lower:
    case QuantileMethod::higher:
    case QuantileMethod::nearest:
      return true;
    default:
      return false;
  }
}

DType quantile_dtype(QuantileMethod method, DType element) {
  if (takes_elements(method)) return element;
  return method == QuantileMethod::middle && element == DType::float32 ? element : DType::float64;
}

Neighbours neighbours(QuantileMethod method, double q, std::int64_t n) {
  if (method == QuantileMethod::middle) return {(n - 1) / 2, n / 2, n % 2 == 0 ? 0.5 : 0};
  const auto count = static_cast<double>(n);
  if (takes_elements(method)) {
    const std::int64_t k = std::clamp<std::int64_t>(static_cast<std::int64_t>(taken(method, q, count)), 0, n - 1);
    return {k, k, 0};
  }
  // Beyond the ends NumPy takes the outermost element twice; the weight then matters to infinities alone.
  const double at = position(method, q, count);
  if (at >= count - 1) return {n - 1, n - 1, weight_of(method, at, -1)};
  if (at < 0) return {0, 0, weight_of(method, at, 0)};
  const double first = std::floor(at);
  const auto k = std::min(static_cast<std::int64_t>(first), n - 1);
  return {k, std::min(k + 1, n - 1), weight_of(method, at, first)};
}

void write_quantile(QuantileMethod method, DType element, std::uint64_t first, std::uint64_t second, double weight,
                    std::byte* to) {
  visit_dtype(element, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T>) {
      const T a = element_of_key<T>(static_cast<SortKey<T>>(first)),
              b = element_of_key<T>(static_cast<SortKey<T>>(second));
      if (takes_elements(method)) return put(a, to);
      if (method != QuantileMethod::middle) return put(between(a, b, weight), to);
      using Mean = std::conditional_t<std::is_same_v<T, float>, float, double>;
      const Mean left = static_cast<Mean>(a), right = static_cast<Mean>(b);
      put(weight == 0 ? left : (left + right) / 2, to);
    } else {
      throw InternalError("quantiles of complex numbers");
    }
  });
}

void write_no_quantile(DType result, std::byte* to) {
  if (result == DType::float32) return put(std::numeric_limits<float>::quiet_NaN(), to);
  if (result == DType::float64) return put(std::numeric_limits<double>::quiet_NaN(), to);
  throw InternalError("no quantile in " + to_string(result));
}

}  // namespace tessera
