#pragma once
// The elementwise operations, one line each: the table from which the C++ function, the command-line name, the kernels,
// the documentation and the NumPy tests come.
//
// X(name, arity, rule, numpy) where `rule` says which dtypes an operation computes in and what it returns:
//   numeric    every dtype but bool, returned as it is         real       the same without complex
//   any        every dtype                                     inexact    floats and complex; others go to float64
//   first floating   floats only; others go to float64               predicate  floats and complex -> bool equality any
//   -> bool          order     real and bool -> bool          logical    any -> bool, read as "not zero" bitwise
//   integers and bool    shift     integers          magnitude  numeric; complex gives its real dtype divide     as
//   inexact           choose    where(bool, any, any)
#include <cstdint>
#include <string_view>

#include <tessera/core/dtype.hpp>

#define TESSERA_OPERATIONS(X)                     \
  X(negative, 1, numeric, "negative")             \
  X(abs, 1, magnitude, "absolute")                \
  X(square, 1, numeric, "square")                 \
  X(sqrt, 1, inexact, "sqrt")                     \
  X(exp, 1, inexact, "exp")                       \
  X(log, 1, inexact, "log")                       \
  X(sin, 1, inexact, "sin")                       \
  X(cos, 1, inexact, "cos")                       \
  X(tanh, 1, inexact, "tanh")                     \
  X(floor, 1, real, "floor")                      \
  X(isnan, 1, predicate, "isnan")                 \
  X(logical_not, 1, logical, "logical_not")       \
  X(bitwise_invert, 1, bitwise, "invert")         \
  X(real, 1, magnitude, "real")                   \
  X(imag, 1, magnitude, "imag")                   \
  X(add, 2, any, "add")                           \
  X(subtract, 2, numeric, "subtract")             \
  X(multiply, 2, any, "multiply")                 \
  X(divide, 2, divide, "true_divide")             \
  X(floor_divide, 2, real, "floor_divide")        \
  X(remainder, 2, real, "remainder")              \
  X(pow, 2, numeric, "power")                     \
  X(minimum, 2, order_keep, "minimum")            \
  X(maximum, 2, order_keep, "maximum")            \
  X(equal, 2, equality, "equal")                  \
  X(not_equal, 2, equality, "not_equal")          \
  X(less, 2, order, "less")                       \
  X(less_equal, 2, order, "less_equal")           \
  X(greater, 2, order, "greater")                 \
  X(greater_equal, 2, order, "greater_equal")     \
  X(logical_and, 2, logical, "logical_and")       \
  X(logical_or, 2, logical, "logical_or")         \
  X(logical_xor, 2, logical, "logical_xor")       \
  X(bitwise_and, 2, bitwise, "bitwise_and")       \
  X(bitwise_or, 2, bitwise, "bitwise_or")         \
  X(bitwise_xor, 2, bitwise, "bitwise_xor")       \
  X(bitwise_left_shift, 2, shift, "left_shift")   \
  X(bitwise_right_shift, 2, shift, "right_shift") \
  X(where, 3, choose, "where")

namespace tessera {

enum class Op : std::uint8_t {
#define TESSERA_X(name, arity, rule, numpy) name,
  TESSERA_OPERATIONS(TESSERA_X)
#undef TESSERA_X
      cast,  ///< the one operation outside the table: `type` -> `to`, as C++ casts (bool is "not zero")
};
inline constexpr int op_count = static_cast<int>(Op::cast) + 1;

enum class Rule : std::uint8_t {
  numeric,
  real,
  any,
  inexact,
  floating,
  predicate,
  equality,
  order,
  order_keep,
  logical,
  bitwise,
  shift,
  magnitude,
  divide,
  choose
};

struct OperationInfo {
  std::string_view name;  ///< in C++ and on the command line
  int arity;
  Rule rule;
  std::string_view numpy;  ///< numpy's name of the same function, which the tests compare with
};

/// The row of the table. `Op::cast` has arity 1 and the name "astype".
constexpr OperationInfo info(Op op) {
  constexpr OperationInfo table[] = {
#define TESSERA_X(name, arity, rule, numpy) {#name, arity, Rule::rule, numpy},
      TESSERA_OPERATIONS(TESSERA_X)
#undef TESSERA_X
          {"astype", 1, Rule::any, "astype"}};
  return table[static_cast<int>(op)];
}

/// The dtype of the result when all (but `where`'s first) operands have dtype `operand`.
constexpr DType result_dtype(Op op, DType operand) {
  switch (info(op).rule) {
    case Rule::predicate:
    case Rule::equality:
    case Rule::order:
    case Rule::logical:
      return DType::bool_;
    case Rule::magnitude:
      return real_part(operand);
    default:
      return operand;
  }
}

}  // namespace tessera
