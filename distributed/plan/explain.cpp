// The plan in words: what `--explain` prints.
#include <fmt/format.h>

#include <tessera/core/printable.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {
namespace {

constexpr std::size_t most_parts = 12;  // lines about parts of a Concat

std::string value_line(const Plan& plan, const TileValue& v) {
  static constexpr const char* kinds[] = {"read", "generate", "use", "fetch", "compute", "join"};
  std::string what;
  if (v.array >= 0)
    what = fmt::format("array {}", v.array);
  else if (v.kind == TileValue::Kind::pieces)
    what = fmt::format("{} parts along axis {} of", v.inputs.size(), v.axis);
  else if (v.source < 0)
    what = fmt::format("{} instruction{}, once a tile", v.program.program.code.size(),
                       v.program.program.code.size() == 1 ? "" : "s");
  else if (const auto* s = plan.sources[static_cast<std::size_t>(v.source)].node->store())
    what = printable(s->info().name);
  else
    what = plan.sources[static_cast<std::size_t>(v.source)].node->is_generator() ? "a generator" : "a resident array";
  return fmt::format("    {:<9}{} {} {}\n", kinds[static_cast<int>(v.kind)], what, to_string(v.dtype),
                     to_string(v.shape));
}

// Who would compute a kept array again.
std::string users(const Kept& kept) {
  const auto of = [](int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  if (kept.views <= 1) return of(kept.stages, "stage") + " use it";
  return of(kept.views, "view") + " use it" + (kept.stages > 1 ? " in " + of(kept.stages, "stage") : "");
}

}  // namespace

std::string to_string(const Plan& plan) {
  std::string s =
      fmt::format("plan for {} rank{}, {} thread{} each: {} stage{}, peak {} per rank of {}\n", plan.limits.ranks,
                  plan.limits.ranks == 1 ? "" : "s", plan.limits.threads, plan.limits.threads == 1 ? "" : "s",
                  plan.stages.size(), plan.stages.size() == 1 ? "" : "s", format_size(plan.peak + plan.limits.baseline),
                  format_size(plan.limits.memory + plan.limits.baseline));
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    const Stage& g = plan.stages[i];
    s += fmt::format("  stage {}: {}\n", i + 1, printable(g.name));
    s += fmt::format("    walks    {} in chunks {}, {}\n", to_string(g.grid.shape()), to_string(g.grid),
                     to_string(g.owners));
    s += fmt::format("    tiles    {} of {}, {} in flight per rank\n", g.tiles, to_string(g.tile), g.workers);
    // Of a thousand files that are one array, some are enough.
    std::size_t left_out = 0, parts = 0;
    for (const auto& v : g.values) {
      if (v.seam_axis >= 0 && ++parts > most_parts)
        left_out++;
      else
        s += value_line(plan, v);
    }
    if (left_out) s += fmt::format("    and {} more of parts\n", left_out);
    for (const auto& o : g.outputs) {
      s += fmt::format("    {:<9}{} instruction{}", o.is_reduce ? "reduce" : "map", o.program.program.code.size(),
                       o.program.program.code.size() == 1 ? "" : "s");
      if (o.twin >= 0) s += ", the states of an output above";
      if (o.leader >= 0) s += o.leader == &o - g.outputs.data() ? ", leads a pass" : ", in that pass";
      if (o.array >= 0)
        s += fmt::format(" -> array {}{}", o.array,
                         plan.arrays[static_cast<std::size_t>(o.array)].replicate ? ", on every rank" : "");
      if (o.array >= 0)
        if (const auto& kept = plan.arrays[static_cast<std::size_t>(o.array)].kept)
          s += ": kept, because " + users(*kept);
      if (!o.writes.empty()) s += " -> file";
      s += "\n";
    }
    s += fmt::format("    traffic  reads {}, writes {}, moves {} in {} messages\n", format_size(g.bytes_read),
                     format_size(g.bytes_written), format_size(g.bytes_moved), g.messages);
    s += fmt::format("    memory   {} per rank: resident {}, tiles {} x {}, states {}, fetched {}, messages {}{}\n",
                     format_size(g.peak()), format_size(g.resident_bytes), g.workers, format_size(g.tile_bytes),
                     format_size(g.state_bytes), format_size(g.fetch_bytes), format_size(g.exchange_bytes),
                     g.write_bytes > 0 ? ", chunks being compressed " + format_size(g.write_bytes) : "");
  }
  if (plan.not_kept > 0)
    s += fmt::format("  {} result{} computed again wherever used: the budget has no room to keep {}\n", plan.not_kept,
                     plan.not_kept == 1 ? " is" : "s are", plan.not_kept == 1 ? "it" : "them");
  if (plan.limits.baseline)
    s += fmt::format("  besides, the process and arrays that were there before take {}\n",
                     format_size(plan.limits.baseline));
  return s;
}

}  // namespace tessera
