#pragma once
// Reductions, under NumPy's names and rules. Lazy: each builds a Reduce node with its elementwise prologue and
// epilogue. The order of all additions is fixed by the chunking alone (DESIGN, section 5).
#include <tessera/core/array.hpp>

namespace tessera {

/// Axes of a reduction: all of them unless some are given; negative ones count from the back.
class TESSERA_API Axes {
 public:
  Axes() = default;
  Axes(std::int64_t axis) : axes_(std::vector<std::int64_t>{axis}) {}                         // NOLINT
  Axes(std::initializer_list<std::int64_t> axes) : axes_(std::vector<std::int64_t>(axes)) {}  // NOLINT
  explicit Axes(std::vector<std::int64_t> axes) : axes_(std::move(axes)) {}
  const std::optional<std::vector<std::int64_t>>& given() const { return axes_; }

 private:
  std::optional<std::vector<std::int64_t>> axes_;
};

struct ReduceOptions {
  Axes axis{};
  bool keepdims = false;         ///< keep reduced axes with length 1
  double correction = 0;         ///< var and std: divide by n - correction (NumPy's ddof)
  std::optional<DType> dtype{};  ///< sum and mean: convert to this first
};

// All: x of any shape; the result has its shape without `axis`. throws ShapeError when an axis is out of range or given
// twice.
/// Sum. bool and integers add in int64 (uint64 for unsigned), float32 in float64 and is rounded once. Empty: 0.
TESSERA_API Array sum(const Array& x, const ReduceOptions& options = {});
/// Arithmetic mean; integers in float64; float32 stays float32. Empty: NaN.
TESSERA_API Array mean(const Array& x, const ReduceOptions& options = {});
/// Smallest element; NaN where there is one. Real and bool. throws ValueError over an empty axis.
TESSERA_API Array min(const Array& x, const ReduceOptions& options = {});
/// Largest element; NaN where there is one. Real and bool. throws ValueError over an empty axis.
TESSERA_API Array max(const Array& x, const ReduceOptions& options = {});
/// Variance, by Welford's update in float64 and Chan's pairwise merge. Complex: of the modulus' square, real result.
TESSERA_API Array var(const Array& x, const ReduceOptions& options = {});
/// Standard deviation: the square root of `var`.
TESSERA_API Array std(const Array& x, const ReduceOptions& options = {});
/// True where some element is not zero. Empty: False.
TESSERA_API Array any(const Array& x, const ReduceOptions& options = {});
/// True where no element is zero. Empty: True.
TESSERA_API Array all(const Array& x, const ReduceOptions& options = {});

}  // namespace tessera
