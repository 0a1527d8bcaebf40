// The plan in words: what `--explain` prints.
#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/printable.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {
namespace {

// How what goes from one device's memory to another's goes.
std::string link_line(const PlanLimits& limits, const Traffic& t) {
  if (t.between_devices == 0) return "";
  const std::string size = format_size(t.between_devices);
  if (!limits.link.empty())
    return fmt::format("             {} of it between devices, by {}\n", size, limits.link.text());
  return fmt::format("             {} of it between devices, through the hosts' memory: {}\n", size,
                     printable(limits.no_link.text()));
}

}  // namespace

std::string to_string(const Plan& plan) {
  std::string s =
      fmt::format("plan for {} rank{}, {} thread{} each: {} stage{}, peak {} per rank of {}\n", plan.limits.ranks,
                  plan.limits.ranks == 1 ? "" : "s", plan.limits.threads, plan.limits.threads == 1 ? "" : "s",
                  plan.stages.size(), plan.stages.size() == 1 ? "" : "s", format_size(plan.peak + plan.limits.baseline),
                  format_size(plan.limits.memory + plan.limits.baseline));
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    const Stage& stage = plan.stages[i];
    const Traffic& t = stage.traffic;
    s += fmt::format("  stage {}: {}\n", i + 1, printable(stage.name));
    s += std::visit([&](const auto& op) { return explain(plan, op); }, stage.op);
    s += fmt::format("    traffic  reads {}{}, writes {}, moves {}{} in {} messages\n", t.at_most ? "at most " : "",
                     format_size(t.bytes_read), format_size(t.bytes_written), t.moves_at_most ? "at most " : "",
                     format_size(t.bytes_moved), t.messages);
    s += link_line(plan.limits, t);
    s += fmt::format("    memory   {} per rank: arrays {}, {}\n", format_size(stage.peak()),
                     format_size(stage.array_bytes),
                     std::visit([](const auto& op) { return explain_memory(op); }, stage.op));
    if (stage.device_bytes > 0)
      s += fmt::format("             {} per rank of the device\n", format_size(stage.device_bytes));
    if (stage.scratch_bytes > 0)
      s += fmt::format("    scratch  {} written to scratch files and read again, {} per rank\n",
                       format_size(t.scratch_bytes), format_size(stage.scratch_bytes));
  }
  if (plan.results.messages > 0)
    s += fmt::format("  results that every rank gets move {} in {} messages\n", format_size(plan.results.bytes_moved),
                     plan.results.messages);
  if (plan.not_kept > 0)
    s += fmt::format("  {} result{} computed again wherever used: the budget has no room to keep {}\n", plan.not_kept,
                     plan.not_kept == 1 ? " is" : "s are", plan.not_kept == 1 ? "it" : "them");
  if (plan.limits.baseline)
    s += fmt::format("  besides, the process and arrays that were there before take {}\n",
                     format_size(plan.limits.baseline));
  return s;
}

}  // namespace tessera
