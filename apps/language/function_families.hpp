#pragma once
// The families of functions, each in a file of its own; functions.cpp puts them together.
#include "functions.hpp"

namespace tessera::language {

using FunctionTable = std::map<std::string, Function, std::less<>>;

/// One function. signature: "sum(x, axis=None, dtype=None, *, keepdims=False)".
void add_function(FunctionTable& table, const std::string& signature,
                  std::function<Value(const Arguments&, CallContext&)> call);

void add_elementwise_functions(FunctionTable& table);
void add_reduction_functions(FunctionTable& table);
void add_cumulative_functions(FunctionTable& table);
void add_quantile_functions(FunctionTable& table);
void add_order_functions(FunctionTable& table);
void add_set_functions(FunctionTable& table);
void add_creation_functions(FunctionTable& table);
void add_random_functions(FunctionTable& table);
void add_distribution_functions(FunctionTable& table);
void add_gather_functions(FunctionTable& table);
void add_shape_functions(FunctionTable& table);
void add_filter_functions(FunctionTable& table);
void add_product_functions(FunctionTable& table);
void add_fit_functions(FunctionTable& table);
void add_group_functions(FunctionTable& table);
void add_reshaping_functions(FunctionTable& table);

}  // namespace tessera::language
