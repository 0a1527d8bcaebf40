#include <tessera/core/element_inputs.hpp>

#include <array>

namespace tessera {
namespace {

std::array<ValueId, 3> operands(const Instruction& i) {
  const int arity = info(i.op).arity;
  return {i.a, arity > 1 ? i.b : i.a, arity > 2 ? i.c : i.a};
}

}  // namespace

std::vector<bool> element_inputs(const Program& program, const std::vector<bool>& of_dataset) {
  std::vector<bool> has_some(of_dataset), used(program.values(), false);
  has_some.resize(program.values() - program.code.size(), false);
  for (const auto& i : program.code) {
    const auto [a, b, c] = operands(i);
    has_some.push_back(has_some[a] || has_some[b] || has_some[c]);
  }
  used[program.outputs[0]] = true;
  for (std::size_t k = program.code.size(), value = used.size(); k-- > 0;) {
    if (!used[--value]) continue;
    const Instruction& i = program.code[k];
    const auto [a, b, c] = operands(i);
    if (i.op == Op::where && (has_some[b] || has_some[c]))
      used[b] = used[c] = true;
    else
      used[a] = used[b] = used[c] = true;
  }
  used.resize(program.inputs.size());
  return used;
}

}  // namespace tessera
