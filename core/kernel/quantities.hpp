#pragma once
// What an operation makes of the quantity that its operands are: which attributes of a dataset (units, standard_name,
// long_name, ...) are still true of the result. A result without attributes is never wrong, one with those of something
// else is: what is not surely the same has none.
//
// Two answers besides "nothing" are possible: the quantity itself, with all its attributes, or another quantity in the
// same units, which keeps `units` alone:
//
//   max(t, axis=0), t[::2], t + 273.15, where(t > 0, t, nan)   a temperature, as t is
//   t - mean(t, axis=0), abs(t), std(t)                         some K
//   t * 2, t * q, var(t), count(t), exp(t), t > 0               nothing
#include <array>
#include <cstdint>
#include <initializer_list>

#include <tessera/core/kernel/combiner.hpp>
#include <tessera/core/kernel/operations.hpp>

namespace tessera {

/// A number is a scalar or an array that holds one everywhere; what is said of an operand that is none holds for
/// arrays of data.
enum class QuantityRule : std::uint8_t {
  nothing,     ///< something else, or a truth
  same,        ///< the first operand's quantity
  units,       ///< the first operand's units
  both_units,  ///< the units of both operands, when they are the same
  choice,      ///< elements of the operands: what they have in common; a number takes on the other's. Conditions give
               ///< nothing
  sum,         ///< of data and a number the data's quantity; of two arrays of data as both_units
  difference,  ///< as sum; number - data has the units
  product,     ///< data * 1 is the data's quantity
  quotient     ///< data / 1 is
};

namespace quantities {

/// Fails to compile when an operation has no rule, or two.
constexpr std::array<QuantityRule, op_count> table() {
  std::array<QuantityRule, op_count> rules{};
  std::array<bool, op_count> ruled{};
  const auto set = [&](QuantityRule rule, std::initializer_list<Op> operations) {
    for (const Op op : operations) {
      const auto i = static_cast<std::size_t>(op);
      if (ruled[i]) throw "two rules";
      rules[i] = rule;
      ruled[i] = true;
    }
  };
  using enum Op;
  set(QuantityRule::same, {positive, floor, ceil, trunc, rint, cast});  // a cast to bool is a truth all the same
  set(QuantityRule::units, {negative, abs, remainder, fmod, real, imag, conj, copysign, nextafter, spacing});
  set(QuantityRule::both_units, {hypot});
  set(QuantityRule::choice, {minimum, maximum, fmin, fmax, where});
  set(QuantityRule::sum, {add});
  set(QuantityRule::difference, {subtract});
  set(QuantityRule::product, {multiply});
  set(QuantityRule::quotient, {divide});
  set(QuantityRule::nothing,
      {floor_divide, pow, sign, square, sqrt, cbrt, reciprocal, complex, ldexp, frexp_mantissa, frexp_exponent});
  set(QuantityRule::nothing, {exp, exp2, exp10, expm1, log, log2, log10, log1p, logaddexp, logaddexp2, erf, erfc, i0});
  set(QuantityRule::nothing,
      {sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh, atanh, sinc, deg2rad, rad2deg});
  set(QuantityRule::nothing, {isnan, isfinite, isinf, isposinf, isneginf, signbit});
  set(QuantityRule::nothing, {equal, not_equal, less, less_equal, greater, greater_equal});
  set(QuantityRule::nothing, {logical_not, logical_and, logical_or, logical_xor, bitwise_invert, bitwise_and,
                              bitwise_or, bitwise_xor, bitwise_left_shift, bitwise_right_shift});
  for (const bool there : ruled)
    if (!there) throw "an operation without a rule";
  return rules;
}
inline constexpr auto rules = table();

}  // namespace quantities

constexpr QuantityRule quantity_rule(Op op) { return quantities::rules[static_cast<std::size_t>(op)]; }

/// Of a reduction (a switch without a default: the compiler names a combiner that is missing). divides, roots: what
/// becomes of the state at the end: a sum that is divided is a mean, a variance with a root a deviation.
constexpr QuantityRule quantity_rule(Combiner combiner, bool divides, bool roots) {
  switch (combiner) {
    case Combiner::min:
    case Combiner::max:
    case Combiner::fmin:
    case Combiner::fmax:
      return QuantityRule::same;
    case Combiner::sum:
    case Combiner::nan_sum:
      return divides ? QuantityRule::same : QuantityRule::nothing;
    case Combiner::moments:
    case Combiner::nan_moments:
      return roots ? QuantityRule::units : QuantityRule::nothing;
    case Combiner::prod:
    case Combiner::any:
    case Combiner::all:
    case Combiner::argmin:
    case Combiner::argmax:
    case Combiner::nanargmin:
    case Combiner::nanargmax:
    case Combiner::user:
      return QuantityRule::nothing;
  }
  return QuantityRule::nothing;
}

}  // namespace tessera
