#include <tessera/core/ops/choices.hpp>

#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

// Arrays promote; scalars are weak, and decide when there are no arrays.
DType common_dtype(const std::vector<Operand>& operands) {
  std::optional<DType> arrays, scalars;
  for (const auto& o : operands) {
    if (const auto* a = o.array()) {
      arrays = arrays ? promote(*arrays, a->dtype()) : a->dtype();
    } else {
      const DType t = o.scalar()->default_dtype();
      scalars = scalars ? promote(*scalars, t) : t;
    }
  }
  if (!arrays) return *scalars;
  DType t = *arrays;
  for (const auto& o : operands)
    if (const auto* s = o.scalar()) t = promote(t, promote_weak(*arrays, s->kind()));
  return t;
}

Array choice(const Array& condition, const Operand& yes, const Operand& no, DType type) {
  const auto as = [&](const Operand& o) { return o.array() ? Operand(astype(*o.array(), type)) : o; };
  return astype(where(condition, as(yes), as(no)), type);
}

// A scalar as the dtype holds it: 2.5 is 2 among integers.
Scalar converted(const Scalar& s, DType type) {
  return visit_dtype(type, [&]<class T>(T) { return Scalar(s.as<T>()); });
}

// Whether a bound of `x` says anything: as in NumPy 2, an integer beyond the range of the dtype on its own side does
// not.
bool binds(const Array& x, const Operand& bound, bool from_below) {
  const Scalar* s = bound.scalar();
  if (!s || s->kind() != Kind::integer || !is_integer(x.dtype()) || s->fits(x.dtype())) return true;
  return (s->as<double>() > 0) == from_below;
}

void ask_for_bool(const char* function, const std::vector<Array>& conditions) {
  for (const auto& c : conditions)
    if (c.dtype() != DType::bool_)
      throw DTypeError(std::string(function) + ": a condition must be bool, not " + to_string(c.dtype()));
}

// Whether every number of `from` is one of `type`, to which it promotes.
bool holds_all(DType type, DType from) {
  if (from == type || is_inexact(from) || from == DType::bool_) return true;
  if (!is_inexact(type)) return true;
  const bool is_single = type == DType::float32 || type == DType::complex64;
  return 8 * item_size(from) <= (is_single ? 24 : 53);
}

// NaN is in no array.
Array is_in_sorted(const Array& x, const Array& sorted) {
  const Array found = searchsorted(sorted, x, Side::right) > searchsorted(sorted, x);
  return is_inexact(x.dtype()) ? logical_and(found, x == x) : found;
}

}  // namespace

Array clip(const Array& x, const std::optional<Operand>& least, const std::optional<Operand>& most) {
  if (!least && !most) throw UsageError("clip: takes a minimum, a maximum or both");
  const Array above = least && binds(x, *least, true) ? maximum(x, *least) : x;
  return most && binds(x, *most, false) ? minimum(above, *most) : above;
}

Array isclose(const Operand& a, const Operand& b, const IscloseOptions& options) {
  const auto* right = b.array();
  // Floats, so that no difference wraps.
  const Operand y = right ? Operand(astype(*right, to_inexact(right->dtype())))
                          : Operand(b.scalar()->kind() < Kind::real ? Scalar(b.scalar()->as<double>()) : *b.scalar());
  Array close = equal(a, y);
  if (y.array()) {
    close = close | ((abs(subtract(a, y)) <= abs(*y.array()) * options.rtol + options.atol) & isfinite(*y.array()));
  } else {
    const double size = std::abs(y.scalar()->as<std::complex<double>>());
    if (std::isfinite(size)) close = close | (abs(subtract(a, y)) <= options.atol + options.rtol * size);
  }
  if (!options.equal_nan) return close;
  const auto nan = [](const Operand& o) -> Operand {
    if (o.array()) return isnan(*o.array());
    const auto v = o.scalar()->as<std::complex<double>>();
    return Scalar(std::isnan(v.real()) || std::isnan(v.imag()));
  };
  return close | logical_and(nan(a), nan(y));
}

Array isin(const Array& x, const std::vector<Scalar>& values, bool invert) {
  if (values.empty()) return invert ? equal(x, x) | not_equal(x, x) : not_equal(x, x) & equal(x, x);
  std::optional<Array> any_of;
  for (const auto& v : values) any_of = any_of ? *any_of | equal(x, v) : equal(x, v);
  return invert ? !*any_of : *any_of;
}
Array isin(const Array& x, const Array& values, bool invert) {
  constexpr std::int64_t few_values = 32;
  const Array line = values.rank() == 1 ? values : ravel(values);
  const DType common = promote(x.dtype(), line.dtype());
  const bool sorted = line.size() > few_values && holds_all(common, x.dtype()) && holds_all(common, line.dtype());
  const Array found = sorted ? is_in_sorted(x, sort(line)) : any(equal(expand_dims(x, -1), line), {.axis = {-1}});
  return invert ? !found : found;
}

Array array_equal(const Array& a, const Array& b, bool equal_nan) {
  if (!(a.shape() == b.shape())) return full({}, false, DType::bool_);
  const bool nans = equal_nan && is_inexact(a.dtype()) && is_inexact(b.dtype());
  return all(nans ? logical_or(a == b, logical_and(isnan(a), isnan(b))) : a == b);
}

Array allclose(const Operand& a, const Operand& b, const IscloseOptions& options) {
  return all(isclose(a, b, options));
}

Array select(const std::vector<Array>& conditions, const std::vector<Operand>& choices, const Operand& otherwise) {
  if (conditions.empty() || conditions.size() != choices.size())
    throw UsageError("select: " + std::to_string(conditions.size()) + " conditions and " +
                     std::to_string(choices.size()) + " choices; it takes as many choices as conditions, at least one");
  ask_for_bool("select", conditions);
  std::vector<Operand> all = choices;
  all.push_back(otherwise);
  const DType type = common_dtype(all);
  Operand result = otherwise;
  for (std::size_t k = conditions.size(); k-- > 0;) result = choice(conditions[k], choices[k], result, type);
  return *result.array();
}

Array piecewise(const Array& x, const std::vector<Array>& conditions, const std::vector<Branch>& pieces) {
  if (conditions.empty() || (pieces.size() != conditions.size() && pieces.size() != conditions.size() + 1))
    throw UsageError("piecewise: " + std::to_string(conditions.size()) + " conditions and " +
                     std::to_string(pieces.size()) +
                     " pieces; it takes a piece for each condition, and one more for the rest");
  ask_for_bool("piecewise", conditions);
  const auto value = [&](const Branch& piece) -> Operand {
    if (const auto* f = std::get_if<1>(&piece)) return astype((*f)(x), x.dtype());
    const Operand& o = std::get<0>(piece);
    return o.array() ? Operand(astype(*o.array(), x.dtype())) : Operand(converted(*o.scalar(), x.dtype()));
  };
  Operand result = pieces.size() > conditions.size() ? value(pieces.back()) : Operand(converted(Scalar(0), x.dtype()));
  for (std::size_t k = 0; k < conditions.size(); k++)
    result = choice(conditions[k], value(pieces[k]), result, x.dtype());
  return *result.array();
}

Array choose(const Array& index, const std::vector<Operand>& choices, Outside outside) {
  if (choices.empty()) throw UsageError("choose: there are no choices");
  if (is_inexact(index.dtype()))
    throw DTypeError("choose: the index must be integers, not " + to_string(index.dtype()));
  const auto n = static_cast<std::int64_t>(choices.size());
  const Array wide = index.dtype() == DType::uint64 ? index : astype(index, DType::int64);
  const Array k = outside == Outside::wrap ? remainder(wide, n) : wide;
  const DType type = common_dtype(choices);
  // The last choice twice, so that one choice is a `where` like more.
  Operand result = choices.back();
  for (std::int64_t i = std::max<std::int64_t>(n - 2, 0); i >= 0; i--)
    result = choice(less_equal(k, i), choices[i], result, type);
  return *result.array();
}

}  // namespace tessera
