// Kernel::reduce: chooses how the program's elements are made and folded; leaf_walk.hpp goes through them.
#include <tessera/core/cpu/compiled.hpp>
#include <tessera/core/cpu/group_fold.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/cpu/leaf_walk.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/cpu/turned_walk.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

Sink sink_of(Combiner c) {
  switch (c) {
    case Combiner::sum:
      return Sink::sum;
    case Combiner::prod:
      return Sink::prod;
    case Combiner::min:
      return Sink::min;
    case Combiner::max:
      return Sink::max;
    case Combiner::any:
      return Sink::any;
    case Combiner::all:
      return Sink::all;
    default:
      return Sink::outputs;
  }
}

}  // namespace

PlainRead plain_read(const Program& p) {
  const ValueId out = p.outputs[0];
  if (out < p.inputs.size()) return {out, p.inputs[out]};
  if (out < p.code_value(0)) return {};
  const Instruction& in = p.code[out - p.code_value(0)];
  if (in.op == Op::cast && in.type == DType::float32 && in.to == DType::float64 && in.a < p.inputs.size())
    return {in.a, DType::float32};
  return {};
}

void CompiledKernel::reduce(std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
                            const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                            const FoldedPositions& positions) const {
  if (program_.outputs.size() != 1) throw InternalError("reduce: the program must have one output");
  if (folds.empty() || folds.size() > most_folds_together) throw InternalError("reduce: no folds, or too many");
  const DType type = program_.type(program_.outputs[0]);
  const Fold& fold = *folds[0].fold;
  if (folds.size() == 1 && type != fold.element) throw InternalError("reduce: the program's dtype is not the fold's");
  for (const auto& f : folds)
    if ((f.fold->combiner == Combiner::any || f.fold->combiner == Combiner::all) && type != DType::bool_)
      throw DTypeError("any, all: the program must give bool, not " + to_string(type));
  for (int a = 0; a < extent.size(); a++)
    if (extent[a] == 0) return;  // no leaf, or no output

  PlainRead plain = plain_read(program_);
  LeafFold& leaf_state = folds.size() == 1 ? leaf_fold(machine_, fold) : group_fold(machine_, folds);
  if (plain.input >= 0 && !leaf_state.read(plain.from)) plain.input = -1;
  const bool turned = leaf_state.takes_turned(type) && has_short_rows(extent, reduced, leaf);
  const bool in_machine = !turned && folds.size() == 1 && has_machine_code(fold);
  const Code& steps = code(in_machine ? sink_of(fold.combiner) : Sink::outputs);
  StripRunner strip(program_, machine_, table_, slot_bytes_, steps.slots, scalars, !in_machine);
  if (turned) return TurnedWalk(leaf_state, folds, steps, strip, program_, inputs).run(extent, positions);
  LeafWalk(leaf_state, folds, steps, strip, plain, in_machine, type, inputs).run(extent, reduced, leaf, positions);
}

}  // namespace tessera::cpu
