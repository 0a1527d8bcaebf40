#include <tessera/core/ops/integer_comparison.hpp>

namespace tessera {
namespace {

bool is_comparison(Op op) { return info(op).rule == Rule::equality || info(op).rule == Rule::order; }

// a op b is b mirrored(op) a.
Op mirrored(Op op) {
  switch (op) {
    case Op::less:
      return Op::greater;
    case Op::less_equal:
      return Op::greater_equal;
    case Op::greater:
      return Op::less;
    case Op::greater_equal:
      return Op::less_equal;
    default:
      return op;
  }
}

// What `op` says of every number on its left that is below the one on its right.
bool holds_below(Op op) { return op == Op::less || op == Op::less_equal || op == Op::not_equal; }

// Every element lies on one side of a number that the dtype can't hold. The array stays in the expression, with its
// labels and whatever error reading it has.
std::optional<Array> with_number(Op op, const Array& x, const Scalar& number) {
  if (number.kind() != Kind::integer || kind_of(x.dtype()) > Kind::integer) return std::nullopt;
  if (number.fits(promote_weak(x.dtype(), Kind::integer))) return std::nullopt;
  const bool below = number.as<double>() > 0;  // the elements are
  return apply(holds_below(below ? op : mirrored(op)) ? Op::equal : Op::not_equal, {x, x});
}

// A negative number is below every unsigned one; any other is the same number as uint64.
Array with_unsigned(Op op, const Array& a, const Array& b) {
  const bool signed_first = is_signed_integer(a.dtype());
  const Array as_unsigned = apply(op, {astype(a, DType::uint64), astype(b, DType::uint64)});
  const Array& number = signed_first ? a : b;
  if (holds_below(signed_first ? op : mirrored(op))) return as_unsigned | less(number, 0);
  return as_unsigned & greater_equal(number, 0);
}

}  // namespace

std::optional<Array> compare_integers(Op op, const Operand& a, const Operand& b) {
  if (!is_comparison(op)) return std::nullopt;
  const Array *x = a.array(), *y = b.array();
  if (x && !y) return with_number(op, *x, *b.scalar());
  if (y && !x) return with_number(mirrored(op), *y, *a.scalar());
  const bool both = is_integer(x->dtype()) && is_integer(y->dtype());
  if (!both || is_integer(promote(x->dtype(), y->dtype()))) return std::nullopt;
  return with_unsigned(op, *x, *y);
}

}  // namespace tessera
