#include "function_families.hpp"

namespace tessera::language {
namespace {

using Median = Array (*)(const Array&, const MedianOptions&);
using Quantile = Array (*)(const Array&, double, const QuantileOptions&);
using Several = Array (*)(const Array&, const std::vector<double>&, const QuantileOptions&);

void add_median(FunctionTable& table, const std::string& name, Median f) {
  add_function(table, name + "(x, axis=None, *, keepdims=False)", [f](const Arguments& a, CallContext&) -> Value {
    return {f(a.array("x"), {.axis = a.axes("axis"), .keepdims = a.flag("keepdims")})};
  });
}

void add_quantile(FunctionTable& table, const std::string& name, Quantile one, Several several) {
  add_function(table, name + "(x, q, axis=None, *, method='linear', keepdims=False)",
               [one, several](const Arguments& a, CallContext&) -> Value {
                 const QuantileOptions options{
                     .axis = a.axes("axis"), .method = a.text("method", "linear"), .keepdims = a.flag("keepdims")};
                 if (a.is_tuple("q")) return {several(a.array("x"), a.reals("q"), options)};
                 return {one(a.array("x"), a.real("q", 0), options)};
               });
}

}  // namespace

void add_quantile_functions(FunctionTable& table) {
  add_median(table, "median", median);
  add_median(table, "nanmedian", nanmedian);
  add_quantile(table, "quantile", quantile, quantile);
  add_quantile(table, "nanquantile", nanquantile, nanquantile);
  add_quantile(table, "percentile", percentile, percentile);
  add_quantile(table, "nanpercentile", nanpercentile, nanpercentile);
}

}  // namespace tessera::language
