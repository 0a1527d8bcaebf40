#pragma once
// What the reductions of this folder share: axes, and the Reduce node between a prologue and an epilogue.
#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/reductions.hpp>

namespace tessera::reductions {

inline constexpr DType f64 = DType::float64;  // of states and of most results

/// Bit i: axis i is folded. throws ShapeError when an axis is out of range or given twice; `name` is the caller's.
std::uint32_t folded_axes(const Array& x, const Axes& axes, const char* name);
/// How many elements of x stand behind one result.
std::int64_t folded_elements(const Array& x, std::uint32_t folded);
/// throws ValueError when nothing stands behind a result: `what` x does not have then.
void require_elements(const Array& x, std::uint32_t folded, const char* name, const char* what);
/// throws DTypeError for complex x.
void require_order(const Array& x, const char* name);
/// throws DTypeError when the caller asks for the result of `name` in a dtype without fractions.
void require_fractions(const ReduceOptions& options, const char* name);

/// An epilogue in the making: a Program from the components of a state and some numbers to the result.
class EpilogueBuilder {
 public:
  EpilogueBuilder(std::vector<DType> components, const std::vector<double>& numbers);
  ValueId component(std::size_t k) const { return static_cast<ValueId>(k); }
  ValueId number(std::size_t k) const { return program_.scalar_value(k); }
  /// op(a, b, c) on operands of dtype `type`.
  ValueId add(Op op, DType type, ValueId a, ValueId b = 0, ValueId c = 0);
  ValueId cast(ValueId v, DType to);
  Epilogue finish(ValueId result) &&;

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
};
Epilogue as_it_is(DType type);
/// Of Combiner::nan_moments, (n, mean, M2): M2 / (n - correction) where that is positive, else NaN; its square root if
/// asked; in dtype `to`.
Epilogue nan_variance_epilogue(double correction, bool root, DType to);
Epilogue cast_to(DType from, DType to);

/// Folds x itself (its dtype is the combiner's) over the axes of `folded`.
Array fold(const Array& x, std::uint32_t folded, Combiner combiner, Epilogue epilogue, bool keepdims);
Array fold(const Array& x, std::uint32_t folded, Fold how, Epilogue epilogue, bool keepdims);

/// What sums and products accumulate in: int64 or uint64, float64 (also for float32, so that a sum is at least as
/// accurate as pairwise float32), complex128.
DType accumulator_of(DType t);
/// Population sizes of a variance: n - correction, or 0 when that is negative.
double degrees_of_freedom(std::int64_t n, double correction);

}  // namespace tessera::reductions
