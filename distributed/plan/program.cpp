#include <tessera/distributed/plan/program.hpp>

#include <tessera/core/optimize/optimize.hpp>

namespace tessera {

PlanProgram program_of(const Program& p, std::span<const ScalarParameter> scalars) {
  PlanProgram out{p, {scalars.begin(), scalars.end()}, {}};
  for (std::size_t i = 0; i < scalars.size(); i++) out.scalars.push_back(to_bits(scalars[i].value, p.scalars[i]));
  return out;
}

Scalar Rebinding::value_of(const ScalarParameter& p) {
  if (p.folded) {
    if (const auto known = folded_.find(p.folded.get()); known != folded_.end()) return known->second;
    std::vector<Scalar> arguments;
    for (const auto& a : p.folded->arguments) arguments.push_back(value_of(a));
    return folded_[p.folded.get()] = fold(p.folded->instruction, arguments);
  }
  if (p.origin < 0) return p.value;
  return node(p.origin)->scalars()[p.index].value;
}

void Rebinding::rebind(PlanProgram& program) {
  for (std::size_t i = 0; i < program.parameters.size(); i++)
    program.scalars[i] = to_bits(value_of(program.parameters[i]), program.program.scalars[i]);
}

}  // namespace tessera
