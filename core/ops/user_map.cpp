#include <tessera/core/ops/user_map.hpp>

#include <algorithm>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/broadcast_grid.hpp>
#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

namespace {

bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

void check_call(const char* operation, const UserFunction& f, std::size_t arrays, bool callable) {
  if (f.name.empty())
    throw ValueError(std::string(operation) + ": give the function a name, which stands for it in plans");
  if (!f.cuda.empty() && !is_identifier(f.name))
    throw ValueError(std::string(operation) + " '" + f.name +
                     "': the function of its CUDA text has that name, so it must be letters, digits and _");
  if (f.cuda.empty() && !callable)
    throw ValueError(std::string(operation) + " '" + f.name + "': cuda_alone needs a text in option 'cuda'");
  if (!(f.cost >= 0))
    throw ValueError(std::string(operation) + " '" + f.name + "': a cost of " + std::to_string(f.cost));
  if (arrays != f.parameters.size())
    throw ValueError(std::string(operation) + " '" + f.name + "': the function takes " +
                     std::to_string(f.parameters.size()) + " arrays, there are " + std::to_string(arrays));
}

std::vector<Array> arguments_of(const UserFunction& f, const std::vector<Array>& x) {
  std::vector<Array> arguments;
  for (std::size_t k = 0; k < x.size(); k++) arguments.push_back(astype(x[k], f.parameters[k]));
  return arguments;
}

Array map_of_user(UserMap function, const std::vector<Array>& x) {
  check_call("map", function, x.size(), function.apply != nullptr);
  Shape shape = x[0].shape();
  const std::string operation = "map '" + function.name + "'";
  for (const auto& a : x) shape = broadcast_shapes(shape, a.shape(), operation.c_str());
  std::vector<Edge> edges;
  for (const auto& a : arguments_of(function, x))
    edges.push_back({a.node(), IndexTransform::broadcast(a.shape(), shape)});
  ChunkGrid grid = broadcast_grid(edges, shape);
  return Array(std::make_shared<CallNode>(std::move(edges), std::move(grid),
                                          std::make_shared<const UserMap>(std::move(function))));
}

}  // namespace tessera
