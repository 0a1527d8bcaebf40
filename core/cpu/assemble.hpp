#pragma once
// From a Program to the steps of the accumulator machine: which value stays in the registers, which goes to a slot.
//
// The table of operands that the steps index: inputs, scalars, outputs, `state_operands` states, slots.
#include <optional>
#include <vector>

#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/kernel/program.hpp>

namespace tessera::cpu {

/// Where the values of a Program end: in its outputs, or folded into states.
enum class Sink : std::uint8_t { outputs, streamed_outputs, sum, prod, min, max, any, all };

/// States in the table.
inline constexpr int state_operands = 1;

struct Code {
  std::vector<Step> steps;
  int slots = 0;
  /// Some output is stored before the last input is read: outputs must not be the memory of an input.
  bool stores_early = false;
};

/// Indices into the table of operands.
struct OperandTable {
  int inputs, scalars, outputs;
  explicit OperandTable(const Program& p)
      : inputs(static_cast<int>(p.inputs.size())),
        scalars(static_cast<int>(p.scalars.size())),
        outputs(static_cast<int>(p.outputs.size())) {}
  int scalar(int k) const { return inputs + k; }
  int output(int k) const { return inputs + scalars + k; }
  int state(int k) const { return inputs + scalars + outputs + k; }
  int slot(int k) const { return state(state_operands) + k; }
};

/// Bytes of one slot: a step of the widest value.
std::int64_t slot_bytes(const Program& p, const Machine& m);

/// throws DTypeError when an operation does not take its dtype.
Code assemble(const Program& program, const Machine& machine, bool fma, Sink sink);

}  // namespace tessera::cpu
