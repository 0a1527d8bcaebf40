#include <tessera/distributed/plan/counted_selection.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/integer_sum.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

constexpr int longest_digit = 16, shortest_digit = 2;
// Histograms take so much of the budget at most while shorter digits are left, and what is found the rest of it.
constexpr std::int64_t histogram_part = 4, found_part = 2;
// A count of a histogram, cleared and added up in each pass, costs about as much as an element: while shorter digits are left there are no
// more of them than a rank has elements, or than are a pass's least cost.
constexpr std::int64_t least_counts = 1 << 13;
constexpr std::int64_t most_found = std::int64_t{64} << 20;

Amount most_counts(const CountedSelection& op) {
  return Amount(op.outputs) * wanted_keys(op) * (std::int64_t{1} << op.digit) + op.outputs;
}

// Of each wanted key its beginning and its place; of each output its beginnings, their number, elements and NaNs.
Amount wanted_bytes(const CountedSelection& op) { return Amount(op.outputs) * (wanted_keys(op) * 4 + 3) * 8; }

Amount beside(const CountedSelection& op, int workers) {
  const CountingMemory& m = op.memory;
  return Amount(m.histogram) * (workers + m.histograms) + m.wanted + m.found + writing_bytes(op.task, 1) +
         rounded(op.task.quantiles.count() * item_size(op.task.result.dtype) *
                 product(kept_axes(op.walk.grid.largest(), op.task.folded)));
}

Amount elements_of_rank(const Plan& plan, const CountedSelection& op) {
  return ceil_div(num_elements(op.walk.grid.shape()), std::max(1, plan.limits.ranks)) + 1;
}
// As records.
Amount records_bytes(const Plan& plan, const CountedSelection& op) {
  return elements_of_rank(plan, op) * (op.outputs > 1 ? 16 : 8);
}

bool pays(const Plan& plan, const CountedSelection& op, const SpaceBytes& available) {
  const Amount counts = most_counts(op);
  return counts <= std::max(Amount(least_counts), elements_of_rank(plan, op)) &&
         counts * 8 * (plan.limits.threads + 3) <= Amount(available.host.value() / histogram_part);
}

// With digits of these bits. returns what is missing.
std::optional<SpaceBytes> fit_digits(const Plan& plan, CountedSelection& op, const SpaceBytes& available, int digit) {
  CountingMemory& m = op.memory;
  op.digit = digit;
  m.histogram = rounded(most_counts(op) * 8).value();
  m.histograms = shares(op, plan.limits.ranks) ? 3 : 1;
  m.wanted = rounded(wanted_bytes(op)).value();
  m.found = 0;
  return fit_tiles(plan, op.walk, available, {Dims::filled(op.walk.grid.rank(), 1), [&](const Dims&, int workers) {
                                                return beside(op, workers);
                                              }});
}

void make_room_for_found(const Plan& plan, CountedSelection& op, const SpaceBytes& available) {
  if (passes(op) <= 2) return;  // nothing would be read from it
  const std::int64_t left = available.host.value() - memory_of(op).host.value();
  const Amount blocks_of_workers = Amount(op.walk.workers) * found_block_bytes;
  const Amount most = std::min(Amount(most_found), records_bytes(plan, op) + blocks_of_workers);
  const std::int64_t room = std::min(left / found_part, most.value()) / found_block_bytes * found_block_bytes;
  if (Amount(room) <= blocks_of_workers) return;
  op.memory.found = MemoryPool::rounded(room);
}

}  // namespace

int passes(const CountedSelection& op) { return static_cast<int>(ceil_div(key_bits(op.task.element), op.digit)); }

int digit_of(const CountedSelection& op, int pass) {
  return std::min(op.digit, key_bits(op.task.element) - pass * op.digit);
}

std::int64_t wanted_keys(const CountedSelection& op) { return 2 * op.task.quantiles.count(); }

std::int64_t counts_of(const CountedSelection& op, int pass) {
  const std::int64_t digits = std::int64_t{1} << digit_of(op, pass);
  if (pass > 0) return op.outputs * wanted_keys(op) * digits;
  return op.outputs * (digits + (is_inexact(op.task.element) ? 1 : 0));
}

bool shares(const CountedSelection& op, int ranks) {
  return ranks > 1 && op.walk.owners.kind() != Distribution::Kind::replicated;
}

CountedSelection build_counted_selection(Draft& draft, std::size_t stage, const NodePtr& node) {
  const SelectNode& n = as_select(*node);
  CountedSelection op;
  op.task = task_of(n);
  add_elements(draft, stage, op.walk, n);
  for (const auto e : kept_axes(n.domain().shape(), n.folded())) op.outputs *= e;
  choose_owners(draft.plan(), op.walk, 0, false);
  use_space(draft.plan(), op.walk, Space::host);
  op.walk.outputs[0].owners = op.walk.owners;
  const int ranks = draft.limits().ranks;
  send_results(draft, stage, op.task, n,
               op.walk.owners.kind() == Distribution::Kind::replicated ? Distribution::replicated(n.grid(), ranks)
                                                                       : Distribution::blocks(n.grid(), ranks));
  return op;
}

std::string name_of(const CountedSelection& op) {
  return fmt::format("{} by counting to {} {}", to_string(op.task.quantiles), to_string(op.task.result.dtype),
                     to_string(op.task.result.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, CountedSelection& op, const SpaceBytes& available) {
  const int bits = key_bits(op.task.element);
  op.memory.messages = largest_message(message_bytes(plan.limits.memory), 2);
  std::optional<SpaceBytes> missing;
  for (int n = static_cast<int>(ceil_div(bits, longest_digit)); n <= bits / shortest_digit; n++) {
    const int digit = static_cast<int>(ceil_div(bits, n));
    op.digit = digit;
    const bool last = n == bits / shortest_digit;
    if (!last && !pays(plan, op, available)) continue;
    missing = fit_digits(plan, op, available, digit);
    if (missing) continue;
    make_room_for_found(plan, op, available);
    return std::nullopt;
  }
  return missing;
}

SpaceBytes memory_of(const CountedSelection& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += beside(op, op.walk.workers);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const CountedSelection& op) {
  Traffic t = traffic_of(plan, op.walk);
  const int times = passes(op);
  t.tiles = (Amount(t.tiles) * times).value(), t.bytes_read = (Amount(t.bytes_read) * times).value();
  t.at_most = op.memory.found > 0;
  const bool everywhere = op.walk.owners.kind() == Distribution::Kind::replicated;
  t.bytes_written = (written_bytes(op.task) * (everywhere ? plan.limits.ranks : 1)).value();
  if (!shares(op, plan.limits.ranks)) return t;
  for (int k = 0; k < times; k++) {
    const Moved sums = traffic_of_sum(plan.limits.ranks, counts_of(op, k), op.memory.messages);
    t.bytes_moved = (Amount(t.bytes_moved) + sums.bytes).value();
    t.messages = (Amount(t.messages) + sums.messages).value();
  }
  return t;
}

std::string explain(const Plan& plan, const CountedSelection& op) {
  const int n = passes(op);
  std::string s = fmt::format("    select   {} of {} column{}: {} pass{} over keys of {} bits, each counts {}\n",
                              to_string(op.task.quantiles), op.outputs, op.outputs == 1 ? "" : "s", n,
                              n == 1 ? "" : "es", key_bits(op.task.element), op.digit);
  if (op.memory.found > 0)
    s += fmt::format(
        "             a rank reads {} times at most, and no more once what is left to look for fits into {}\n", n,
        format_size(op.memory.found));
  return s + explain(plan, op.walk);
}

std::string explain_memory(const CountedSelection& op) {
  const CountingMemory& m = op.memory;
  return fmt::format("{}, histograms {} x {}, keys that are looked for {}, found {}", explain_memory(op.walk),
                     op.walk.workers + m.histograms, format_size(m.histogram), format_size(m.wanted),
                     format_size(m.found));
}

}  // namespace tessera
