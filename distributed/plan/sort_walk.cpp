#include <tessera/distributed/plan/sort_walk.hpp>

#include <fmt/format.h>

#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/tile_values.hpp>

namespace tessera {

SortWalk sort_walk_of(Draft& draft, std::size_t stage, const NodePtr& node) {
  const SortNode& n = as_sort(*node);
  SortWalk op;
  op.axis = n.axis();
  op.sort = n.sort();
  op.first = n.range().first, op.count = n.range().count;
  op.walk.grid = n.domain();
  StageOutput o;
  o.program = program_of(identity_program(n.sort().element), {});
  o.inputs = TileValues(draft, stage, op.walk).inputs_of(n);
  o.grid = n.grid();
  o.dtype = n.dtype();
  op.walk.outputs.push_back(std::move(o));
  return op;
}

std::string name_of(const SortWalk& op) {
  return fmt::format("{} along axis {} to {} {}", to_string(op.sort), op.axis, to_string(op.sort.result()),
                     to_string(op.walk.outputs[0].grid.shape()));
}

std::string to_string(const Sort& sort) {
  return fmt::format("{} {}{}", sort.indices ? "argsort" : "sort", to_string(sort.element),
                     sort.descending ? ", descending" : "");
}

}  // namespace tessera
