#pragma once
// Functions that choose between values element by element. Lazy, made of comparisons and `where`, so that they fuse.
#include <functional>
#include <optional>
#include <vector>

#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

/// minimum(maximum(x, least), most). A bound that is absent does not bind, nor does a number beyond the dtype of x on
/// the side that it bounds (-1 below unsigned integers). throws UsageError without any bound, ValueError for a number
/// beyond the dtype on the other side.
TESSERA_API Array clip(const Array& x, const std::optional<Operand>& least, const std::optional<Operand>& most);

/// Whether all elements are equal; false for arrays of different shapes. equal_nan: two NaNs are. returns: 0-d bool.
TESSERA_API Array array_equal(const Array& a, const Array& b, bool equal_nan = false);

struct IscloseOptions {
  double rtol = 1e-5, atol = 1e-8;
  bool equal_nan = false;  ///< two NaNs are close
};
/// |a - b| <= atol + rtol * |b|, in b's precision; equal infinities are close.
TESSERA_API Array isclose(const Operand& a, const Operand& b, const IscloseOptions& options = {});

/// Whether all are close. returns: 0-d bool.
TESSERA_API Array allclose(const Operand& a, const Operand& b, const IscloseOptions& options = {});

/// Whether each element is one of `values`, whatever their shape. NaN never is. Of few values, or where the common dtype
/// does not hold all of both, as many comparisons for each element as there are values; else they are sorted, and every
/// rank gets a copy of them (searchsorted).
TESSERA_API Array isin(const Array& x, const std::vector<Scalar>& values, bool invert = false);
TESSERA_API Array isin(const Array& x, const Array& values, bool invert = false);

/// The choice of the first condition that is true, else `otherwise`. The dtype is that of all choices together.
/// throws UsageError when there are none, or not as many choices as conditions; DTypeError for a condition that is not
/// bool.
TESSERA_API Array select(const std::vector<Array>& conditions, const std::vector<Operand>& choices,
                         const Operand& otherwise = Scalar(0));

/// A number, an array, or a function of x.
using Branch = std::variant<Operand, std::function<Array(const Array&)>>;
/// The piece of the last condition that is true, in the dtype of x; where none is, the piece after the last condition's
/// or 0.
TESSERA_API Array piecewise(const Array& x, const std::vector<Array>& conditions, const std::vector<Branch>& pieces);

/// What an index outside 0 .. n - 1 does in `choose`. (NumPy raises an error by default: a lazy array can't.)
enum class Outside { clip, wrap };
/// choices[index[i]][i], all broadcast. index: integers or bools.
TESSERA_API Array choose(const Array& index, const std::vector<Operand>& choices, Outside outside);

}  // namespace tessera
