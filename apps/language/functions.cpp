#include "functions.hpp"

#include "function_families.hpp"

namespace tessera::language {

void add_function(FunctionTable& table, const std::string& signature,
                  std::function<Value(const Arguments&, CallContext&)> call) {
  Signature parsed(signature);
  std::string name = parsed.name();
  table.emplace(std::move(name), Function{std::move(parsed), std::move(call)});
}

const std::map<std::string, Function, std::less<>>& functions() {
  static const FunctionTable table = [] {
    FunctionTable t;
    for (const auto add :
         {add_elementwise_functions, add_reduction_functions, add_cumulative_functions, add_quantile_functions,
          add_order_functions, add_set_functions, add_filter_functions, add_product_functions, add_fit_functions,
          add_creation_functions, add_random_functions, add_distribution_functions, add_group_functions,
          add_gather_functions, add_shape_functions, add_reshaping_functions})
      add(t);
    return t;
  }();
  return table;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& [name, function] : functions()) names.push_back(name);
  return names;
}

}  // namespace tessera::language
