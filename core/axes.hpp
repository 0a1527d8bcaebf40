#pragma once
// What reductions and methods of arrays are told: axes, and options by name.
#include <concepts>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <tessera/core/dtype.hpp>
#include <tessera/core/errors.hpp>

namespace tessera {

/// Axes of a reduction: all of them unless some are given; negative ones count from the back.
class TESSERA_API Axes {
 public:
  Axes() = default;
  Axes(std::int64_t axis) : axes_(std::vector<std::int64_t>{axis}) {}                         // NOLINT
  Axes(std::initializer_list<std::int64_t> axes) : axes_(std::vector<std::int64_t>(axes)) {}  // NOLINT
  template <std::integral T>
  Axes(const std::vector<T>& axes) : axes_(std::vector<std::int64_t>(axes.begin(), axes.end())) {}  // NOLINT
  const std::optional<std::vector<std::int64_t>>& given() const { return axes_; }

 private:
  std::optional<std::vector<std::int64_t>> axes_;
};

/// Makes options that are given by their names alone, {.axis = 0, .keepdims = true}: without it {0, 1} would be axis
/// 0 and keepdims.
struct ByName {
  explicit ByName() = default;
};

struct ReduceOptions {
  ByName by_name{};
  Axes axis{};
  bool keepdims = false;         ///< keep reduced axes with length 1
  double correction = 0;         ///< variances and deviations: divide by n - correction (NumPy's ddof)
  std::optional<DType> dtype{};  ///< convert to this first; of means and variances inexact
};

}  // namespace tessera
