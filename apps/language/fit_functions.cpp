// Covariances, correlations, polynomials and trends: NumPy's names and options, and scipy.signal's.
#include "function_families.hpp"

namespace tessera::language {
namespace {

Value covariance(const Arguments& a, CallContext&) {
  CovOptions options{.rowvar = a.flag("rowvar", true),
                     .bias = a.flag("bias"),
                     .fweights = a.array_given("fweights"),
                     .aweights = a.array_given("aweights")};
  if (a.given("ddof")) options.ddof = a.real("ddof", 0);
  return {cov(a.array("m"), a.array_given("y"), options)};
}

Value without_trend(const Arguments& a, CallContext&) {
  DetrendOptions options{.axis = a.axis().value_or(-1), .type = a.text("type", "linear")};
  for (const auto at : a.dims("bp")) options.bp.push_back(at);
  return {detrend(a.array("x"), options)};
}

}  // namespace

void add_fit_functions(FunctionTable& table) {
  add_function(table, "cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None)", covariance);
  add_function(table, "corrcoef(x, y=None, rowvar=True)", [](const Arguments& a, CallContext&) -> Value {
    return {corrcoef(a.array("x"), a.array_given("y"), a.flag("rowvar", true))};
  });
  add_function(table, "polyfit(x, y, deg, w=None)", [](const Arguments& a, CallContext&) -> Value {
    return {polyfit(a.array("x"), a.array("y"), a.integer("deg"), a.array_given("w"))};
  });
  add_function(table, "detrend(x, axis=-1, type='linear', bp=0)", without_trend);
}

}  // namespace tessera::language
