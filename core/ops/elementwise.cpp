#include <tessera/core/ops/elementwise.hpp>

#include <algorithm>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/broadcast_grid.hpp>
#include <tessera/core/ops/integer_comparison.hpp>

namespace tessera {
namespace {

std::string name_of(Op op) { return std::string(info(op).name); }

[[noreturn]] void refuse(Op op, DType type, const std::string& advice) {
  throw DTypeError(name_of(op) + ": not defined for " + to_string(type) + (advice.empty() ? "" : "; " + advice));
}

// The dtype that the operands meet in: arrays promote, scalars are weak. `skip`: leading operands that don't take part.
DType common_dtype(Op op, const std::vector<Operand>& operands, std::size_t skip) {
  std::optional<DType> t;
  for (std::size_t i = skip; i < operands.size(); i++)
    if (const auto* a = operands[i].array()) t = t ? promote(*t, a->dtype()) : a->dtype();
  if (!t) {  // where(mask, 1, 2.5): scalars alone decide
    for (std::size_t i = skip; i < operands.size(); i++) {
      const DType s = operands[i].scalar()->default_dtype();
      t = t ? promote(*t, s) : s;
    }
    return *t;
  }
  const DType arrays = *t;
  for (std::size_t i = skip; i < operands.size(); i++)
    if (const auto* s = operands[i].scalar()) t = promote(*t, promote_weak(arrays, s->kind()));
  const Rule rule = info(op).rule;
  for (std::size_t i = skip; i < operands.size(); i++) {
    const auto* s = operands[i].scalar();
    if (!s || s->fits(*t)) continue;
    if (rule == Rule::logical) {
      t = promote(*t, s->default_dtype());  // 256 is not 0, also beside a uint8 array
    } else if (is_integer(*t) && s->kind() == Kind::integer && rule != Rule::inexact && rule != Rule::floating &&
               rule != Rule::compose) {
      throw ValueError(name_of(op) + ": the integer " + to_string(*s) + " does not fit in " + to_string(*t) +
                       "; convert the array first, e.g. astype(x, 'int64')");
    }
  }
  return *t;
}

// ldexp: the first operand decides, the second is a whole number of any dtype (exact in a float as far as it matters).
DType scaled_dtype(Op op, const std::vector<Operand>& operands) {
  const auto type = [](const Operand& o) { return o.array() ? o.array()->dtype() : o.scalar()->default_dtype(); };
  if (is_inexact(type(operands[1]))) refuse(op, type(operands[1]), "as an exponent; it takes integers");
  return type(operands[0]);
}

// The dtype to compute in: the rule of the table.
DType compute_dtype(Op op, DType t) {
  const Rule rule = info(op).rule;
  if (admits(rule, t)) return t;
  switch (rule) {
    case Rule::numeric:
      if (op == Op::negative) refuse(op, t, "use ~x or logical_not(x)");
      if (op == Op::subtract) refuse(op, t, "use x ^ y or logical_xor(x, y)");
      if (op == Op::positive || op == Op::sign) refuse(op, t, "convert it first, e.g. astype(x, 'int8')");
      return DType::int8;
    case Rule::real:
    case Rule::shift:
      if (t == DType::bool_) return DType::int8;
      refuse(op, t, rule == Rule::shift ? "it takes integers" : "");
    case Rule::order:
    case Rule::order_keep:
      refuse(op, t, "complex numbers have no order; compare abs(x) or real(x)");
    case Rule::bitwise:
      refuse(op, t,
             op == Op::bitwise_xor ? "it takes integers or bools; for a power use **" : "it takes integers or bools");
    default:
      if (is_complex(t)) refuse(op, t, "");
      return DType::float64;
  }
}

// What needs no pow. throws ValueError
std::optional<Array> simplified_pow(const Array& x, const Scalar& exponent, DType t) {
  if (is_integer(t) && exponent.kind() <= Kind::integer && exponent.as<double>() < 0)
    throw ValueError(
        "pow: integers to negative integer powers are not allowed; make the base a float, e.g. astype(x, 'float64') "
        "** " +
        to_string(exponent));
  const double e = exponent.kind() == Kind::complex ? 0 : exponent.as<double>();
  if (e != 2 && e != 1 && !(e == 0.5 && is_inexact(t))) return std::nullopt;
  const Array base = astype(x, t);
  if (e == 1) return base;
  return apply(e == 2 ? Op::square : Op::sqrt, {base});
}

// The operation alone. t: what it computes in; skip: leading operands that are conditions.
Array map_of(Op op, const std::vector<Operand>& operands, DType t, std::size_t skip) {
  Shape shape;
  bool first = true;
  for (const auto& o : operands)
    if (const auto* a = o.array()) {
      shape = first ? a->shape() : broadcast_shapes(shape, a->shape(), info(op).name.data());
      first = false;
    }

  Program p;
  std::vector<Edge> edges;
  std::vector<ScalarParameter> scalars;
  for (std::size_t i = 0; i < operands.size(); i++) {
    if (const auto* a = operands[i].array()) {
      p.inputs.push_back(a->dtype());
      edges.push_back({a->node(), IndexTransform::broadcast(a->shape(), shape)});
    } else {
      p.scalars.push_back(i < skip ? DType::bool_ : t);
      scalars.push_back({*operands[i].scalar(), -1, 0, nullptr});
    }
  }
  ValueId ids[3] = {};
  std::size_t input = 0, scalar = 0;
  for (std::size_t i = 0; i < operands.size(); i++) {
    const DType want = i < skip ? DType::bool_ : t;
    if (operands[i].scalar()) {
      ids[i] = p.scalar_value(scalar++);
    } else if (const DType have = p.inputs[input]; have == want) {
      ids[i] = static_cast<ValueId>(input++);
    } else {
      ids[i] = static_cast<ValueId>(p.values());
      p.code.push_back({Op::cast, have, want, static_cast<ValueId>(input++), 0, 0});
    }
  }
  const auto result = static_cast<ValueId>(p.values());
  p.code.push_back({op, t, result_dtype(op, t), ids[0], ids[1], ids[2]});
  p.outputs = {result};
  ChunkGrid grid = broadcast_grid(edges, shape);
  return Array(std::make_shared<MapNode>(std::move(p), std::move(scalars), shape, std::move(grid), std::move(edges)));
}

}  // namespace

std::optional<Op> find_operation(std::string_view name) {
  for (int i = 0; i < op_count - 1; i++)
    if (info(static_cast<Op>(i)).name == name) return static_cast<Op>(i);
  return std::nullopt;
}

Array apply(Op op, const std::vector<Operand>& operands) {
  if (static_cast<int>(operands.size()) != info(op).arity)
    throw UsageError(name_of(op) + ": takes " + std::to_string(info(op).arity) + " operands, not " +
                     std::to_string(operands.size()));
  if (std::none_of(operands.begin(), operands.end(), [](const auto& o) { return o.array(); }))
    throw DTypeError(name_of(op) + ": at least one operand must be an array");

  if (operands.size() == 2)
    if (auto exact = compare_integers(op, operands[0], operands[1])) return *exact;

  const std::size_t skip = op == Op::where ? 1 : 0;  // leading operands that don't promote
  const DType common = info(op).rule == Rule::scale ? scaled_dtype(op, operands) : common_dtype(op, operands, skip);
  const DType t = compute_dtype(op, common);
  if (op == Op::pow && operands[1].scalar())
    if (auto power = simplified_pow(*operands[0].array(), *operands[1].scalar(), t)) return *power;
  if (returns_operand(op, t) && operands[0].array()->dtype() == t) return *operands[0].array();
  return map_of(op, operands, t, skip);
}

Array astype(const Array& x, DType type) {
  if (x.dtype() == type) return x;
  Program p;
  p.inputs = {x.dtype()};
  p.code = {{Op::cast, x.dtype(), type, 0, 0, 0}};
  p.outputs = {1};
  return Array(std::make_shared<MapNode>(std::move(p), std::vector<ScalarParameter>{}, x.shape(), x.chunks(),
                                         std::vector<Edge>{{x.node(), IndexTransform::identity(x.shape())}}));
}

}  // namespace tessera
