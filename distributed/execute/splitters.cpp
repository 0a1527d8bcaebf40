#include <tessera/distributed/execute/splitters.hpp>

#include <algorithm>
#include <bit>

#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

int log2_of(std::int64_t n) { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(n))) - 1; }

std::int64_t key_bytes(const SpreadSort& op) { return op.counters * static_cast<std::int64_t>(sizeof(WideKey)); }

std::int64_t count_equal(std::span<const WideKey> keys, WideKey key) {
  const auto [first, last] = std::equal_range(keys.begin(), keys.end(), key);
  return last - first;
}

}  // namespace

Splitters::Splitters(StageRun& stage, const SpreadSort& op, RowWalk& walk, std::span<std::byte> kept)
    : stage_(stage),
      op_(op),
      walk_(walk),
      kept_(kept),
      all_(stage.x.pool, 8 * op.counters, "counters of a sort"),
      sums_(stage.x.comm, stage.x.pool, op.counters, sum_message_bytes(op)),
      gathered_(stage.x.pool, key_bytes(op), "keys of a sort"),
      merged_(stage.x.pool, key_bytes(op), "keys of a sort") {
  for (int k = 0; k < op.walk.workers; k++) here_.emplace_back(stage.x.pool, 8 * op.counters, "counters of a sort");
  boundaries_.reserve(static_cast<std::size_t>(most_boundaries(op)));
  settled_.reserve(boundaries_.capacity());
}

std::vector<Fence> Splitters::find(const std::vector<std::int64_t>& positions) {
  Communicator& comm = stage_.x.comm;
  boundaries_.clear(), settled_.clear();
  keeps_ = false;
  std::vector<WideKey> prefixes;
  std::vector<Fence> fences;
  stage_.failure.then([&] {
    for (const auto p : positions) boundaries_.push_back({p, boundaries_.size()});
    const std::size_t ends = 2 * positions.size() + static_cast<std::size_t>(op_.counters / 64);
    prefixes.reserve(positions.size()), wished_.reserve(positions.size()), ends_.reserve(ends);
    ranges_.reserve(2 * ends), kept_ranges_.reserve(2 * ends);
    fences.resize(positions.size());
  });
  agree(comm, stage_.failure);
  std::int64_t in_question = keep_by_sample() ? kept_count_ : walk_.size();
  for (int shift = sort_key_bits(op_.sort.element); shift > 0 && !boundaries_.empty();) {
    prefixes.clear();
    for (const auto& b : boundaries_)
      if (prefixes.empty() || prefixes.back() != b.prefix) prefixes.push_back(b.prefix);
    const auto parts = static_cast<std::int64_t>(prefixes.size());
    const auto capacity = static_cast<std::int64_t>(kept_.size() / sizeof(WideKey));
    std::int64_t most[1] = {in_question};
    agree(comm, stage_.failure, most);
    if (!keeps_ && most[0] <= capacity) keep_keys(prefixes, shift);
    if (keeps_ && most[0] * comm.size() <= op_.counters) {
      agree(comm, stage_.failure);
      finish(shift, most[0], fences);
      boundaries_.clear();
      break;
    }
    const int bits = std::clamp(log2_of(op_.counters / parts), 1, shift);
    shift -= bits;
    count(prefixes, shift, bits);
    const std::span here(integers_of(here_[0]), static_cast<std::size_t>(parts << bits));
    const std::span all(integers_of(all_), here.size());
    agree(comm, stage_.failure);
    std::copy(here.begin(), here.end(), all.begin());
    stage_.x.counters.add(sums_.over_all(all));
    narrow(prefixes, bits, here, all);
    in_question = 0;
    for (std::size_t i = 0; i < boundaries_.size(); i++)
      if (i == 0 || boundaries_[i].prefix != boundaries_[i - 1].prefix) in_question += boundaries_[i].equal_here;
  }
  settled_.insert(settled_.end(), boundaries_.begin(), boundaries_.end());
  if (settled_.empty()) return fences;
  // Equals are before a boundary in the order of their indices, which is that of the ranks.
  std::int64_t* equals = integers_of(all_);
  for (std::size_t i = 0; i < settled_.size(); i++) equals[i] = settled_[i].equal_here;
  stage_.x.counters.add(sums_.over_ranks_before({equals, settled_.size()}));
  for (std::size_t i = 0; i < settled_.size(); i++) {
    const Boundary& b = settled_[i];
    const std::int64_t left = std::clamp<std::int64_t>(b.position - b.below - equals[i], 0, b.equal_here);
    fences[b.number] = {{b.prefix, left}, b.below_here + left};
  }
  return fences;
}

void Splitters::count(const std::vector<WideKey>& prefixes, int shift, int bits) {
  const auto size = static_cast<std::int64_t>(prefixes.size()) << bits;
  for (const Buffer& b : here_) std::fill_n(integers_of(b), size, 0);
  if (keeps_) {
    const std::span keys(reinterpret_cast<const WideKey*>(kept_.data()), static_cast<std::size_t>(kept_count_));
    sort_count(keys, prefixes, shift, bits, integers_of(here_[0]));
    return;
  }
  const auto take = [&](const RowElements& e) {
    sort_count(op_.sort, e.data, e.stride, e.n, prefixes, shift, bits,
               integers_of(here_[static_cast<std::size_t>(e.thread)]));
  };
  walk_.rewind();
  while (walk_.next(std::ref(take)).n > 0) {
  }
  for (std::size_t k = 1; k < here_.size(); k++)
    for (std::int64_t i = 0; i < size; i++) integers_of(here_[0])[i] += integers_of(here_[k])[i];
}

void Splitters::keep_keys(const std::vector<WideKey>& prefixes, int shift) {
  std::atomic<std::int64_t> next{0};
  auto* keys = reinterpret_cast<WideKey*>(kept_.data());
  const auto take = [&](const RowElements& e) {
    const std::int64_t n = sort_keys_within(op_.sort, e.data, e.stride, e.n, prefixes, shift, nullptr);
    if (n > 0) sort_keys_within(op_.sort, e.data, e.stride, e.n, prefixes, shift, keys + next.fetch_add(n));
  };
  walk_.rewind();
  while (walk_.next(std::ref(take)).n > 0) {
  }
  keeps_ = true;
  kept_count_ = next;
}

void Splitters::finish(int shift, std::int64_t most, std::vector<Fence>& fences) {
  Communicator& comm = stage_.x.comm;
  const auto* gathered = reinterpret_cast<const WideKey*>(gathered_.data());
  const std::span all = gather_keys(keep_in_question(reinterpret_cast<WideKey*>(kept_.data()), shift), most);
  const std::int64_t* sizes = integers_of(all_);
  const auto keys_of = [&](int rank) {
    return std::span(gathered + rank * most, static_cast<std::size_t>(sizes[rank]));
  };
  const auto below = [](std::span<const WideKey> keys, WideKey key) {
    return std::lower_bound(keys.begin(), keys.end(), key) - keys.begin();
  };
  for (std::size_t i = 0; i < boundaries_.size(); i++) {
    const Boundary& b = boundaries_[i];
    const WideKey first = shift >= 128 ? WideKey{0} : b.prefix << shift;
    const std::int64_t begin = below(all, first);
    const WideKey key = all[static_cast<std::size_t>(begin + b.position - b.below)];
    std::int64_t before = b.position - b.below - (below(all, key) - begin);  // equals that are before it
    for (int r = 0; r < comm.rank(); r++) before -= count_equal(keys_of(r), key);
    const auto here = keys_of(comm.rank());
    const std::int64_t left = std::clamp<std::int64_t>(before, 0, count_equal(here, key));
    fences[b.number] = {{key, left}, b.below_here + (below(here, key) - below(here, first)) + left};
  }
}

std::span<const WideKey> Splitters::gather_keys(std::int64_t own, std::int64_t most) {
  Communicator& comm = stage_.x.comm;
  auto *gathered = reinterpret_cast<WideKey*>(gathered_.data()), *merged = reinterpret_cast<WideKey*>(merged_.data());
  std::int64_t* sizes = integers_of(all_);
  comm.allgather(reinterpret_cast<const std::byte*>(&own), reinterpret_cast<std::byte*>(sizes), 8);
  comm.allgather(kept_.data(), gathered_.data(), most * static_cast<std::int64_t>(sizeof(WideKey)));
  stage_.x.counters.add(gathered_keys(comm.size(), most));
  WideKey* end = merged;
  for (int r = 0; r < comm.size(); r++) {
    WideKey* keys = gathered + r * most;
    std::sort(keys, keys + sizes[r]);
    end = std::copy_n(keys, sizes[r], end);
  }
  std::sort(merged, end);
  return {merged, static_cast<std::size_t>(end - merged)};
}

// Leaves the kept keys that still are in question. Once they are kept others may have become settled.
std::int64_t Splitters::keep_in_question(WideKey* keys, int shift) {
  const auto settled = [&](WideKey k) {
    const WideKey prefix = shift >= 128 ? WideKey{0} : k >> shift;
    const auto at = std::lower_bound(boundaries_.begin(), boundaries_.end(), prefix,
                                     [](const Boundary& b, WideKey p) { return b.prefix < p; });
    return at == boundaries_.end() || at->prefix != prefix;
  };
  kept_count_ = std::remove_if(keys, keys + kept_count_, settled) - keys;
  return kept_count_;
}

// A boundary lies in the bin with the element at its position.
void Splitters::narrow(const std::vector<WideKey>& prefixes, int bits, std::span<const std::int64_t> here,
                       std::span<const std::int64_t> all) {
  std::size_t part = 0, bin = 0;
  std::int64_t below = 0, below_here = 0;  // the bin, of those with this prefix
  for (Boundary& b : boundaries_) {
    if (prefixes[part] != b.prefix || bin == 0) {
      while (prefixes[part] != b.prefix) part++;
      bin = part << bits, below = below_here = 0;
    }
    while (b.below + below + all[bin] <= b.position) {
      below += all[bin], below_here += here[bin];
      bin++;
    }
    b.below += below, b.below_here += below_here;
    b.equal_here = here[bin];
    b.prefix = b.prefix << bits | (bin - (part << bits));
  }
}

}  // namespace tessera
