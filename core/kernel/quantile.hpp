#pragma once
// Quantiles of n sorted elements, with NumPy's positions and roundings.
//
// A method gives a virtual position between 0 and n - 1 (Hyndman and Fan, Sample Quantiles in Statistical Packages, The
// American Statistician 50(4), 1996); the quantile lies between its neighbours there. Of 5 elements, q = 0.3 by
// `linear` is at (5 - 1) * 0.3 = 1.2: x[1] + 0.2 (x[2] - x[1]).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/dtype.hpp>

namespace tessera {

class Key;

/// middle: the mean of the one or two elements in the middle, which is how NumPy defines the median.
enum class QuantileMethod : std::uint8_t {
  inverted_cdf,
  averaged_inverted_cdf,
  closest_observation,
  interpolated_inverted_cdf,
  hazen,
  weibull,
  linear,
  median_unbiased,
  normal_unbiased,
  lower,
  higher,
  midpoint,
  nearest,
  middle
};

/// NumPy's name.
TESSERA_API const char* name(QuantileMethod method);
/// The method of that name; nothing when there is none.
TESSERA_API std::optional<QuantileMethod> parse_quantile_method(std::string_view name);
/// All names that can be given, for messages: "inverted_cdf, ..., nearest".
TESSERA_API std::string quantile_method_names();

/// What is asked of each column of elements.
struct Quantiles {
  std::vector<double> q;  ///< each in [0, 1]
  QuantileMethod method = QuantileMethod::linear;
  bool skip_nan = false;  ///< of what is not NaN; else NaN where there is one

  std::int64_t count() const { return static_cast<std::int64_t>(q.size()); }
  bool operator==(const Quantiles&) const = default;
};
TESSERA_API void add(Key& key, const Quantiles& quantiles);

/// True for methods whose results are elements, not something between two.
TESSERA_API bool takes_elements(QuantileMethod method);
/// The element itself for methods that take elements; else float64, but for the middle of float32.
TESSERA_API DType quantile_dtype(QuantileMethod method, DType element);

/// Positions in the sorted elements, and how far the quantile is from the first to the second.
struct Neighbours {
  std::int64_t first = 0, second = 0;
  double weight = 0;
};
/// n: elements, one or more.
TESSERA_API Neighbours neighbours(QuantileMethod method, double q, std::int64_t n);

// Keys: unsigned integers in the order of the elements (-0 before 0, every NaN is the last), which fill the lowest bits.
/// Bits of the keys of a dtype: 8, 16, 32 or 64.
constexpr int key_bits(DType element) { return static_cast<int>(8 * item_size(element)); }

/// Writes the quantile that lies between the elements of two keys: one of quantile_dtype.
TESSERA_API void write_quantile(QuantileMethod method, DType element, std::uint64_t first, std::uint64_t second,
                                double weight, std::byte* to);
/// Writes NaN, where there is nothing to choose from. throws InternalError when the dtype has none.
TESSERA_API void write_no_quantile(DType result, std::byte* to);

}  // namespace tessera
