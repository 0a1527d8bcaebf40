#include <tessera/distributed/execute/group_sort.hpp>

#include <algorithm>
#include <bit>
#include <utility>

#include <tessera/core/device/host_sort.hpp>
#include <tessera/distributed/execute/team.hpp>

namespace tessera {
namespace {

constexpr std::int64_t group_worth_a_team = 64 << 10;  // records

// Record k of n, where n are cut in `parts`.
std::int64_t cut(std::int64_t n, int part, int parts) {
  return static_cast<std::int64_t>(static_cast<__int128>(n) * part / parts);
}

}  // namespace

std::byte* sort_group(const Sort& sort, int threads, std::byte* records, std::byte* scratch, std::int64_t n) {
  if (threads == 1 || n < group_worth_a_team) {
    sort_records(sort, records, scratch, n);
    return records;
  }
  const std::int64_t item = sort_record_bytes(sort);
  const int parts = static_cast<int>(std::bit_ceil(static_cast<unsigned>(threads)));
  const auto at = [&](int part) { return cut(n, part, parts); };
  run_team(threads, [&](int thread) {
    for (int p = thread; p < parts; p += threads)
      sort_records(sort, records + at(p) * item, scratch + at(p) * item, at(p + 1) - at(p));
  });
  for (int width = 1; width < parts; width *= 2) {
    run_team(threads, [&](int thread) {
      for (int p = 0; p < parts; p += 2 * width) {
        const std::int64_t lo = at(p), middle = at(p + width), all = at(p + 2 * width) - lo;
        const std::byte *a = records + lo * item, *b = records + middle * item;
        const std::int64_t na = middle - lo, nb = all - na;
        const std::int64_t first = cut(all, thread, threads), last = cut(all, thread + 1, threads);
        const std::int64_t a0 = sort_merge_cut(sort, a, na, b, nb, first),
                           a1 = sort_merge_cut(sort, a, na, b, nb, last);
        const std::int64_t b0 = first - a0, b1 = last - a1;
        sort_merge(sort, a + a0 * item, a1 - a0, b + b0 * item, b1 - b0, scratch + (lo + first) * item);
      }
    });
    std::swap(records, scratch);
  }
  return records;
}

void store_group(const Sort& sort, int threads, const std::byte* records, std::int64_t n, std::byte* to,
                 std::int64_t stride) {
  if (n < group_worth_a_team) threads = 1;
  run_team(threads, [&](int thread) {
    const std::int64_t lo = cut(n, thread, threads), hi = cut(n, thread + 1, threads);
    sort_store(sort, records + lo * sort_record_bytes(sort), hi - lo, to + lo * stride, stride);
  });
}

}  // namespace tessera
