#pragma once
// Elementwise functions and operators, under NumPy's names and rules. Lazy: each builds a Map node.
// dtypes promote by the Array API's table; scalars are weak by kind (NumPy 2): an integer that does not fit the array's
// dtype throws ValueError. Comparisons of integers are exact, whatever their dtypes (integer_comparison.hpp). Shapes
// broadcast; throws ShapeError where they don't, DTypeError for a dtype that a function does not take. Integer and bool
// input of sqrt, exp, log, sin, cos, tanh and divide is computed in float64.
#include <tessera/core/array.hpp>
#include <tessera/core/kernel/operations.hpp>

namespace tessera {

/// Any operation of the table by its Op: what the named functions below and the command line call.
/// operands: as many as info(op).arity, at least one an array. pow with the scalars 2, 1 and 0.5 becomes square, x and
/// sqrt.
TESSERA_API Array apply(Op op, const std::vector<Operand>& operands);
/// The operation of this name ("add", "sqrt"); nothing when there is none.
TESSERA_API std::optional<Op> find_operation(std::string_view name);

#define TESSERA_FUNCTION_1(name) \
  inline Array name(const Array& x) { return apply(Op::name, {x}); }
#define TESSERA_FUNCTION_2(name) \
  inline Array name(const Operand& a, const Operand& b) { return apply(Op::name, {a, b}); }
#define TESSERA_FUNCTION_3(name) \
  inline Array name(const Operand& a, const Operand& b, const Operand& c) { return apply(Op::name, {a, b, c}); }
#define OPERATION(name, arity, ...) TESSERA_FUNCTION_##arity(name)
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
#undef TESSERA_FUNCTION_1
#undef TESSERA_FUNCTION_2
#undef TESSERA_FUNCTION_3

/// x converted to `type`, as a C++ cast converts (a complex number's real part; bool is "not zero").
TESSERA_API Array astype(const Array& x, DType type);

#define TESSERA_OPERATOR(symbol, name)                                                                            \
  inline Array operator symbol(const Array& a, const Array& b) { return apply(Op::name, {a, b}); }                \
  template <class S>                                                                                              \
  requires(std::is_arithmetic_v<S> || std::is_same_v<S, std::complex<double>> || std::is_same_v<S, Scalar>) Array \
  operator symbol(const Array& a, S b) {                                                                          \
    return apply(Op::name, {a, Scalar(b)});                                                                       \
  }                                                                                                               \
  template <class S>                                                                                              \
  requires(std::is_arithmetic_v<S> || std::is_same_v<S, std::complex<double>> || std::is_same_v<S, Scalar>) Array \
  operator symbol(S a, const Array& b) {                                                                          \
    return apply(Op::name, {Scalar(a), b});                                                                       \
  }
// clang-format off
TESSERA_OPERATOR(+, add)
TESSERA_OPERATOR(-, subtract)
TESSERA_OPERATOR(*, multiply)
TESSERA_OPERATOR(/, divide)
TESSERA_OPERATOR(%, remainder)
TESSERA_OPERATOR(==, equal)
TESSERA_OPERATOR(!=, not_equal)
TESSERA_OPERATOR(<, less)
TESSERA_OPERATOR(<=, less_equal)
TESSERA_OPERATOR(>, greater)
TESSERA_OPERATOR(>=, greater_equal)
TESSERA_OPERATOR(&, bitwise_and)
TESSERA_OPERATOR(|, bitwise_or)
TESSERA_OPERATOR(^, bitwise_xor)
TESSERA_OPERATOR(<<, bitwise_left_shift)
TESSERA_OPERATOR(>>, bitwise_right_shift)
// clang-format on
#undef TESSERA_OPERATOR
inline Array operator-(const Array& x) { return apply(Op::negative, {x}); }
inline Array operator+(const Array& x) { return x; }
inline Array operator~(const Array& x) { return apply(Op::bitwise_invert, {x}); }
inline Array operator!(const Array& x) { return apply(Op::logical_not, {x}); }

// x += y is x = x + y: x becomes a handle to another expression, in the dtype that the sum has; who has the old x keeps
// it.
#define TESSERA_ASSIGNMENT(symbol, name) \
  inline Array& operator symbol(Array& x, const Operand& y) { return x = apply(Op::name, {x, y}); }
TESSERA_ASSIGNMENT(+=, add)
TESSERA_ASSIGNMENT(-=, subtract)
TESSERA_ASSIGNMENT(*=, multiply)
TESSERA_ASSIGNMENT(/=, divide)
TESSERA_ASSIGNMENT(%=, remainder)
TESSERA_ASSIGNMENT(&=, bitwise_and)
TESSERA_ASSIGNMENT(|=, bitwise_or)
TESSERA_ASSIGNMENT(^=, bitwise_xor)
TESSERA_ASSIGNMENT(<<=, bitwise_left_shift)
TESSERA_ASSIGNMENT(>>=, bitwise_right_shift)
#undef TESSERA_ASSIGNMENT

}  // namespace tessera
