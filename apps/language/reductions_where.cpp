// What `where` leaves out: another value stands for it, which changes nothing (0 in a sum), and what is left is counted
// where a result is divided by it. In C++ one writes sum(where(mask, x, 0)).
#include "reductions_where.hpp"

#include <limits>

namespace tessera::language {
namespace {

bool has_where(const Arguments& a) { return a.given("where"); }

Array mask_of(const Arguments& a) {
  const Array mask = a.array("where");
  if (mask.dtype() != DType::bool_) a.fail("where", "'where' must be bools, not " + to_string(mask.dtype()));
  const Shape& shape = a.array("x").shape();
  if (!(broadcast_shapes(shape, mask.shape(), a.function().c_str()) == shape))
    a.fail("where", "'where' of shape " + to_string(mask.shape()) + " does not broadcast to " + to_string(shape));
  return mask;
}

/// x, and `otherwise` where it is left out.
Array kept(const Arguments& a, const Array& x, const Operand& otherwise) {
  return has_where(a) ? where(mask_of(a), x, otherwise) : x;
}

ReduceOptions typed_options(const Arguments& a) {
  ReduceOptions options = reduce_options(a);
  options.dtype = a.dtype("dtype");
  return options;
}

/// sum: bools are weak beside all dtypes, so that this is what the plain function folds.
void add_total(FunctionTable& table, const std::string& name, Reduction f, bool of_nothing,
               Array (*combine)(const Operand&, const Operand&)) {
  add_function(table, name + "(x, axis=None, dtype=None, *, keepdims=False, initial=None, where=None)",
               [=](const Arguments& a, CallContext&) -> Value {
                 const Array all = f(kept(a, a.array("x"), Operand(of_nothing)), typed_options(a));
                 return {a.given("initial") ? combine(all, a.scalar("initial")) : all};
               });
}

void add_extreme(FunctionTable& table, const std::string& name, Reduction f,
                 Array (*combine)(const Operand&, const Operand&)) {
  add_function(table, name + "(x, axis=None, *, keepdims=False, initial=None, where=None)",
               [=](const Arguments& a, CallContext&) -> Value {
                 const Array x = a.array("x");
                 if (!a.given("initial")) {
                   if (has_where(a)) a.fail("where", "with 'where' there may be nothing left: give 'initial', too");
                   return {f(x, reduce_options(a))};
                 }
                 const Scalar initial = a.scalar("initial");
                 return {combine(f(kept(a, x, initial), reduce_options(a)), initial)};
               });
}

void add_truth(FunctionTable& table, const std::string& name, Reduction f, bool of_nothing) {
  add_function(table, name + "(x, axis=None, *, keepdims=False, where=None)",
               [=](const Arguments& a, CallContext&) -> Value {
                 return {f(kept(a, a.array("x"), Operand(of_nothing)), reduce_options(a))};
               });
}

/// How many elements are left behind each result.
Array left(const Arguments& a, const Array& x, const ReduceOptions& options) {
  return count_nonzero(broadcast_to(mask_of(a), x.shape()), options);
}

Array mean_of_kept(const Arguments& a, const Array& x, ReduceOptions options) {
  options.dtype.reset();
  return sum(kept(a, x, Operand(false)), options) / left(a, x, options);
}

Array inexact(const Arguments& a) {
  const Array x = a.array("x");
  const DType asked = a.dtype("dtype").value_or(x.dtype());
  return astype(x, is_inexact(asked) ? asked : DType::float64);
}

Array variance_of_kept(const Arguments& a, const ReduceOptions& options, bool root) {
  const Array x = inexact(a);
  const ReduceOptions around{.axis = options.axis, .keepdims = true},
      plain{.axis = options.axis, .keepdims = options.keepdims};
  const Array away = x - mean_of_kept(a, x, around);
  const Array squares = is_complex(x.dtype()) ? square(real(away)) + square(imag(away)) : square(away);
  const Array freedom = maximum(astype(left(a, x, plain), DType::float64) - options.correction, 0.0);
  const Array v = sum(kept(a, squares, Operand(false)), plain) / freedom;
  return astype(root ? sqrt(v) : v, squares.dtype());
}

/// Of the nan forms, which leave NaN out, NaN stands for what is left out.
Array nan_elsewhere(const Arguments& a) {
  return has_where(a) ? kept(a, inexact(a), std::numeric_limits<double>::quiet_NaN()) : a.array("x");
}

void add_means(FunctionTable& table) {
  const std::string typed = "(x, axis=None, dtype=None, *, keepdims=False, where=None)";
  add_function(table, "mean" + typed, [](const Arguments& a, CallContext&) -> Value {
    if (!has_where(a)) return {mean(a.array("x"), typed_options(a))};
    const Array x = inexact(a);
    return {astype(mean_of_kept(a, x, reduce_options(a)), x.dtype())};
  });
  add_function(table, "nanmean" + typed,
               [](const Arguments& a, CallContext&) -> Value { return {nanmean(nan_elsewhere(a), typed_options(a))}; });
}

void add_spread(FunctionTable& table, const std::string& name, Reduction f, bool is_nan_form, bool root) {
  add_function(table, name + "(x, axis=None, dtype=None, *, ddof=0, correction=0, keepdims=False, where=None)",
               [=](const Arguments& a, CallContext&) -> Value {
                 if (a.given("ddof") && a.given("correction"))
                   a.fail("correction", "'ddof' and 'correction' are the same; give one");
                 ReduceOptions options = typed_options(a);
                 options.correction = a.given("ddof") ? a.real("ddof", 0) : a.real("correction", 0);
                 if (is_nan_form) return {f(nan_elsewhere(a), options)};
                 return {has_where(a) ? variance_of_kept(a, options, root) : f(a.array("x"), options)};
               });
}

}  // namespace

ReduceOptions reduce_options(const Arguments& a) {
  ReduceOptions options;
  options.axis = a.axes("axis");
  options.keepdims = a.flag("keepdims");
  return options;
}

void add_reductions_where(FunctionTable& table) {
  add_total(table, "sum", sum, false, add);
  add_total(table, "nansum", nansum, false, add);
  add_total(table, "prod", prod, true, multiply);
  add_total(table, "nanprod", nanprod, true, multiply);
  add_extreme(table, "min", min, minimum);
  add_extreme(table, "max", max, maximum);
  add_extreme(table, "nanmin", nanmin, fmin);
  add_extreme(table, "nanmax", nanmax, fmax);
  add_truth(table, "any", any, false);
  add_truth(table, "all", all, true);
  add_means(table);
  add_spread(table, "var", var, false, false);
  add_spread(table, "std", tessera::std, false, true);
  add_spread(table, "nanvar", nanvar, true, false);
  add_spread(table, "nanstd", nanstd, true, true);
}

}  // namespace tessera::language
