#pragma once
// The elementwise operations: what operations.inc says of each, as values.
#include <cstdint>
#include <string_view>

#include <tessera/core/dtype.hpp>

namespace tessera {

enum class Op : std::uint8_t {
#define OPERATION(name, ...) name,
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
  cast,  ///< the one operation outside the table: `type` -> `to`, as C++ casts (bool is "not zero")
};
inline constexpr int op_count = static_cast<int>(Op::cast) + 1;

/// Which dtypes an operation computes in, and what it gives. Where an operand has another dtype it is converted first:
/// bool to int8, integers to float64, or the operation is refused (ops/elementwise.cpp).
enum class Rule : std::uint8_t {
  any,             ///< every dtype, kept
  numeric,         ///< every dtype but bool, kept
  real,            ///< the same without complex
  inexact,         ///< floats and complex, kept
  floating,        ///< floats, kept
  magnitude,       ///< every dtype; complex gives its real dtype
  rounding,        ///< every dtype but complex, kept
  compose,         ///< floats -> complex
  exponent,        ///< floats -> int32
  scale,           ///< floats, kept; the first operand's dtype alone decides, the second is an integer
  predicate,       ///< every dtype -> bool
  real_predicate,  ///< every dtype but complex -> bool
  equality,        ///< every dtype -> bool
  order,           ///< every dtype but complex -> bool
  order_keep,      ///< every dtype but complex, kept
  logical,         ///< every dtype -> bool, read as "not zero"
  bitwise,         ///< integers and bool, kept
  shift,           ///< integers, kept
  choose           ///< where(bool, any, any), kept
};

/// How the kernels compute an operation (operations.inc).
enum class KernelKind : std::uint8_t { plain, plain_complex, math, math_complex, math_rare, rare, registers, own };

struct OperationInfo {
  std::string_view name;  ///< in C++ and on the command line
  int arity;
  Rule rule;
  std::string_view numpy;  ///< NumPy's name of the same function; empty where it has none
  KernelKind kernel;
  double ulps;            ///< that results may be off the correctly rounded ones, for floats
  std::string_view says;  ///< one line of documentation
};

#define TESSERA_KERNEL_plain(...) KernelKind::plain
#define TESSERA_KERNEL_plain_complex(...) KernelKind::plain_complex
#define TESSERA_KERNEL_math(...) KernelKind::math
#define TESSERA_KERNEL_math_complex(...) KernelKind::math_complex
#define TESSERA_KERNEL_math_rare(...) KernelKind::math_rare
#define TESSERA_KERNEL_rare(...) KernelKind::rare
#define TESSERA_KERNEL_registers(...) KernelKind::registers
#define TESSERA_KERNEL_own() KernelKind::own
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  {#name, arity, Rule::rule, numpy, TESSERA_KERNEL_##kernel, ulps, says},
inline constexpr OperationInfo operation_table[] = {
#include <tessera/core/kernel/operations.inc>
    {"astype", 1, Rule::any, "astype", KernelKind::own, 0, "another dtype"}};
#undef OPERATION
#undef TESSERA_KERNEL_plain
#undef TESSERA_KERNEL_plain_complex
#undef TESSERA_KERNEL_math
#undef TESSERA_KERNEL_math_complex
#undef TESSERA_KERNEL_math_rare
#undef TESSERA_KERNEL_rare
#undef TESSERA_KERNEL_registers
#undef TESSERA_KERNEL_own

/// The row of the table. `Op::cast` has arity 1 and the name "astype".
constexpr const OperationInfo& info(Op op) { return operation_table[static_cast<int>(op)]; }

/// True for the dtypes that an operation of this rule computes in.
constexpr bool admits(Rule rule, DType t) {
  switch (rule) {
    case Rule::numeric:
      return t != DType::bool_;
    case Rule::real:
      return t != DType::bool_ && !is_complex(t);
    case Rule::inexact:
      return is_inexact(t);
    case Rule::floating:
    case Rule::compose:
    case Rule::exponent:
    case Rule::scale:
      return is_real_floating(t);
    case Rule::rounding:
    case Rule::real_predicate:
    case Rule::order:
    case Rule::order_keep:
      return !is_complex(t);
    case Rule::bitwise:
      return is_integer(t) || t == DType::bool_;
    case Rule::shift:
      return is_integer(t);
    default:
      return true;
  }
}

/// True when the kernel of this dtype is a function over a block, not a loop.
constexpr bool calls_function(Op op, DType t) {
  switch (info(op).kernel) {
    case KernelKind::math:
    case KernelKind::math_complex:
    case KernelKind::math_rare:
    case KernelKind::rare:
      return true;
    case KernelKind::plain_complex:
      return is_complex(t);
    default:
      return false;
  }
}

/// The dtype of the result when all (but `where`'s first) operands have dtype `operand`.
constexpr DType result_dtype(Op op, DType operand) {
  switch (info(op).rule) {
    case Rule::predicate:
    case Rule::real_predicate:
    case Rule::equality:
    case Rule::order:
    case Rule::logical:
      return DType::bool_;
    case Rule::magnitude:
      return real_part(operand);
    case Rule::compose:
      return operand == DType::float32 ? DType::complex64 : DType::complex128;
    case Rule::exponent:
      return DType::int32;
    default:
      return operand;
  }
}

/// True when the operation gives its operand back as it is: abs of an unsigned integer, floor of an integer, conj of a
/// real number.
constexpr bool returns_operand(Op op, DType t) {
  switch (op) {
    case Op::positive:
      return true;
    case Op::real:
    case Op::conj:
      return !is_complex(t);
    case Op::abs:
      return t == DType::bool_ || is_unsigned_integer(t);
    default:
      return info(op).rule == Rule::rounding && !is_inexact(t);
  }
}

}  // namespace tessera
