#include <tessera/distributed/plan/share_folds.hpp>

#include <tessera/core/kernel/strided.hpp>

namespace tessera {
namespace {

// Programs with scalars are left alone: a cached plan may give each another value.
bool sharable(const StageOutput& o) {
  const FoldOutput* f = o.fold();
  return f && !f->same_states && !f->pass && !f->fold.user && o.program.parameters.empty();
}
bool same_elements(const StageOutput& a, const StageOutput& b) {
  return a.fold()->reduced == b.fold()->reduced && a.inputs == b.inputs && a.program.program == b.program.program;
}

void find_same_states(std::vector<StageOutput>& outputs) {
  const auto alike = [](const StageOutput& a, const StageOutput& b) {
    return sharable(a) && sharable(b) && a.fold()->fold.combiner == b.fold()->fold.combiner &&
           a.fold()->fold.element == b.fold()->fold.element && same_elements(a, b);
  };
  for (std::size_t k = 1; k < outputs.size(); k++)
    for (std::size_t j = 0; j < k; j++)
      if (alike(outputs[j], outputs[k])) {
        outputs[k].fold()->same_states = j;
        break;
      }
}

bool only_reads(const StageOutput& o) { return o.program.program.code.empty(); }
bool only_widens(const Program& p) {
  return p.code.size() == 1 && p.code[0].op == Op::cast && p.code[0].type == DType::float32 &&
         p.code[0].to == DType::float64 && p.code[0].a < p.inputs.size();
}

// True when the pass of `first` may fold for `o`. Some folds of float64 also take float32 that the first only reads:
// mean(x) beside max(x).
bool serves(const StageOutput& first, const StageOutput& o) {
  if (same_elements(first, o)) return true;
  const Combiner c = o.fold()->fold.combiner;
  const bool takes_float32 =
      c == Combiner::sum || c == Combiner::nan_sum || c == Combiner::moments || c == Combiner::nan_moments;
  return first.fold()->reduced == o.fold()->reduced && first.inputs == o.inputs &&
         first.fold()->fold.element == DType::float32 && only_reads(first) && only_widens(o.program.program) &&
         takes_float32;
}

void find_passes(std::vector<StageOutput>& outputs) {
  const auto joins = [](const StageOutput& o) { return sharable(o) && !is_complex(o.fold()->fold.element); };
  for (const bool reading : {true, false})  // those that only read can serve more
    for (std::size_t k = 0; k < outputs.size(); k++) {
      if (!joins(outputs[k]) || only_reads(outputs[k]) != reading) continue;
      std::size_t folds = 1;
      for (std::size_t j = 0; j < outputs.size() && folds < most_folds_together; j++) {
        if (j == k || !joins(outputs[j]) || !serves(outputs[k], outputs[j])) continue;
        outputs[j].fold()->pass = k;
        folds++;
      }
      if (folds > 1) outputs[k].fold()->pass = k;
    }
}

}  // namespace

void share_folds(std::vector<StageOutput>& outputs) {
  find_same_states(outputs);
  find_passes(outputs);
}

}  // namespace tessera
