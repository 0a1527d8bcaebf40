#include <tessera/distributed/plan/made_in_arrays.hpp>

#include <tessera/distributed/plan/buffer_slots.hpp>
#include <tessera/distributed/plan/tile_space.hpp>

namespace tessera {
namespace {

// By value, how many values and outputs take it.
std::vector<int> uses_of_values(const TileOperator& op) {
  std::vector<int> uses(op.values.size());
  const auto count = [&](const TileInput& in) { uses[static_cast<std::size_t>(in.value)]++; };
  for (const auto& v : op.values)
    for (const TileInput& in : inputs_of(v)) count(in);
  for (const auto& o : op.outputs)
    for (const TileInput& in : o.inputs) count(in);
  return uses;
}

bool is_copy_in_array(const TileOperator& op, const StageOutput& o) {
  if (!is_made_in_array(op, o) || o.call() || o.inputs.size() != 1) return false;
  const PlanProgram& p = o.program;
  return p.program.code.empty() && p.scalars.empty() && o.inputs[0].map.is_identity(o.grid.shape());
}

}  // namespace

void make_in_arrays(TileOperator& op) {
  if (op.space != Space::host) return;
  const std::vector<int> uses = uses_of_values(op);
  for (std::size_t k = 0; k < op.outputs.size(); k++) {
    const StageOutput& o = op.outputs[k];
    if (!is_copy_in_array(op, o)) continue;
    const auto number = static_cast<std::size_t>(o.inputs[0].value);
    TileValue& v = op.values[number];
    auto* stencil = std::get_if<StencilValue>(&v.how);
    if (stencil && uses[number] == 1 && !v.is_part() && !v.has_halo() && v.dtype == o.dtype &&
        v.from_domain.is_identity(v.shape) && v.shape == o.grid.shape())
      stencil->output = k;
  }
}

bool is_made_as_value(const TileOperator& op, std::size_t output) {
  const StageOutput& o = op.outputs[output];
  if (o.inputs.size() != 1) return false;
  const auto* stencil = op.values[static_cast<std::size_t>(o.inputs[0].value)].as<StencilValue>();
  return stencil && stencil->output == output;
}

}  // namespace tessera
