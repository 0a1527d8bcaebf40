#include <tessera/distributed/plan/scan_chain.hpp>

#include <algorithm>
#include <utility>

namespace tessera {
namespace {

Dims next_along(Dims chunk, int axis, std::int64_t by) {
  chunk[axis] += by;
  return chunk;
}

/// Calls f(border) for those before, and with `behind` also those behind, chunks of the rank.
template <class F>
void for_each_border(const Distribution& totals, int axis, int rank, bool behind, F&& f) {
  const std::int64_t last = totals.grid().axis(axis).count() - 1;
  totals.for_each_owned(rank, [&](const Dims& chunk) {
    const std::int64_t elements = totals.grid().box(chunk).size();
    if (chunk[axis] > 0)
      if (const int before = totals.owner(next_along(chunk, axis, -1)); before != rank)
        f(ScanBorder{chunk, elements, before, rank});
    if (behind && chunk[axis] < last) {
      const Dims next = next_along(chunk, axis, 1);
      if (const int after = totals.owner(next); after != rank) f(ScanBorder{next, elements, rank, after});
    }
  });
}

}  // namespace

std::vector<ScanBorder> borders_of(const Distribution& totals, int axis, int rank) {
  std::vector<ScanBorder> borders;
  for_each_border(totals, axis, rank, true, [&](ScanBorder b) { borders.push_back(std::move(b)); });
  const auto place = [&](const ScanBorder& b) { return std::pair(b.chunk[axis], totals.grid().linear(b.chunk)); };
  std::sort(borders.begin(), borders.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return borders;
}

ScanChain chain_of(const Distribution& totals, int axis) {
  ScanChain chain;
  std::vector<std::int64_t> sent(static_cast<std::size_t>(totals.ranks()));
  for (int r = 0; r < totals.ranks(); r++)
    for_each_border(totals, axis, r, false, [&](const ScanBorder& b) {
      chain.moved += b.elements, chain.messages++;
      chain.sent = std::max(chain.sent, sent[static_cast<std::size_t>(b.from)] += b.elements);
    });
  const Dims most = totals.grid().largest();
  chain.longest = 1;
  for (const auto e : most) chain.longest *= e;
  return chain;
}

}  // namespace tessera
