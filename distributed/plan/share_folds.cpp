#include <tessera/distributed/plan/share_folds.hpp>

#include <tessera/core/cpu/kernel.hpp>

namespace tessera {
namespace {

// Programs with scalars are left alone: a cached plan may give each another value.
bool sharable(const StageOutput& o) {
  return o.is_reduce && o.twin < 0 && o.leader < 0 && !o.fold.user && o.program.parameters.empty();
}
bool same_elements(const StageOutput& a, const StageOutput& b) {
  return a.reduced == b.reduced && a.inputs == b.inputs && a.program.program == b.program.program;
}

void find_twins(std::vector<StageOutput>& outputs) {
  const auto alike = [](const StageOutput& a, const StageOutput& b) {
    return sharable(a) && sharable(b) && a.fold.combiner == b.fold.combiner && a.fold.element == b.fold.element &&
           same_elements(a, b);
  };
  for (std::size_t k = 1; k < outputs.size(); k++)
    for (std::size_t j = 0; j < k && outputs[k].twin < 0; j++)
      if (alike(outputs[j], outputs[k])) outputs[k].twin = static_cast<int>(j);
}

bool only_reads(const Program& p) { return p.code.empty(); }
bool only_widens(const Program& p) {
  return p.code.size() == 1 && p.code[0].op == Op::cast && p.code[0].type == DType::float32 &&
         p.code[0].to == DType::float64 && p.code[0].a < p.inputs.size();
}

// Some folds of float64 also take float32 that the leader only reads: mean(x) beside max(x).
bool leads(const StageOutput& leader, const StageOutput& o) {
  if (same_elements(leader, o)) return true;
  const Combiner c = o.fold.combiner;
  const bool takes_float32 =
      c == Combiner::sum || c == Combiner::nan_sum || c == Combiner::moments || c == Combiner::nan_moments;
  return leader.reduced == o.reduced && leader.inputs == o.inputs && leader.fold.element == DType::float32 &&
         only_reads(leader.program.program) && only_widens(o.program.program) && takes_float32;
}

void find_leaders(std::vector<StageOutput>& outputs) {
  const auto joins = [](const StageOutput& o) { return sharable(o) && !is_complex(o.fold.element); };
  for (const bool reading : {true, false})  // those that only read can lead more
    for (std::size_t k = 0; k < outputs.size(); k++) {
      if (!joins(outputs[k]) || only_reads(outputs[k].program.program) != reading) continue;
      std::size_t folds = 1;
      for (std::size_t j = 0; j < outputs.size() && folds < cpu::most_folds_together; j++) {
        if (j == k || !joins(outputs[j]) || !leads(outputs[k], outputs[j])) continue;
        outputs[j].leader = static_cast<int>(k);
        folds++;
      }
      if (folds > 1) outputs[k].leader = static_cast<int>(k);
    }
}

}  // namespace

void share_folds(Stage& stage) {
  find_twins(stage.outputs);
  find_leaders(stage.outputs);
}

}  // namespace tessera
