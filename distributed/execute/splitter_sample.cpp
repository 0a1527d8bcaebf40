// Splitters by a sample: some of the row's keys tell in which ranges of keys the positions lie. A walk counts what is below
// and within the ranges, and keeps what is within. What the counts confirm is exact; else digits are counted.
#include <algorithm>
#include <cmath>

#include <tessera/distributed/execute/splitters.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

constexpr std::int64_t worth_a_sample = 1 << 16;  // elements of a row
constexpr std::int64_t fewest_keys = 64;          // that a rank must be able to give

// Number k becomes the sum of the first k + 1.
void add_up(std::int64_t* n, std::int64_t size) {
  for (std::int64_t i = 1; i < size; i++) n[i] += n[i - 1];
}

WideKey last_key(int bits) { return bits >= 128 ? ~WideKey{0} : (WideKey{1} << bits) - 1; }

}  // namespace

bool Splitters::keep_by_sample() {
  const std::int64_t row = op_.walk.grid.axis(op_.axis).extent();
  const auto boundaries = static_cast<std::int64_t>(boundaries_.size());
  // Of every rank a share of the keys that can be gathered; the counts of ranges take the counters.
  const std::int64_t kept = static_cast<std::int64_t>(kept_.size() / sizeof(WideKey));
  const std::int64_t share = std::min(op_.counters / stage_.x.comm.size(), kept);
  if (row < worth_a_sample || share < fewest_keys || 2 * (boundaries + 2) > op_.counters) return false;
  std::int64_t longest[1] = {walk_.size()};
  agree(stage_.x.comm, stage_.failure, longest);
  return find_ranges(sample(longest[0], share), longest[0]) && keep_ranges();
}

// Every so many-th element of every so many-th tile.
std::span<const WideKey> Splitters::sample(std::int64_t longest, std::int64_t share) {
  constexpr std::int64_t apart = 8, fewest_tiles = 32;
  const std::int64_t every = longest / op_.walk.tile[op_.axis] >= apart * fewest_tiles ? apart : 1;
  const std::int64_t step = ceil_div(longest, every * share) + 1;
  std::atomic<std::int64_t> next{0};
  auto* keys = reinterpret_cast<WideKey*>(kept_.data());
  const WideKey any[1] = {0};
  const auto take = [&](const RowElements& e) {
    const std::int64_t wanted = ceil_div(e.n, step), at = next.fetch_add(wanted);
    const std::int64_t n = std::clamp<std::int64_t>(share - at, 0, wanted);
    sort_keys_within(op_.sort, e.data, e.stride * step, n, any, sort_key_bits(op_.sort.element), keys + at);
  };
  walk_.sample(every, std::ref(take));
  agree(stage_.x.comm, stage_.failure);
  return gather_keys(std::min<std::int64_t>(next, share), share);
}

// The keys of the sample that are, but for bad luck, before and behind each position. returns: whether there are few enough
// elements in between to keep them. Where many elements are equal their keys are ranges of their own, of which counts tell
// all: what must be kept is between these.
bool Splitters::find_ranges(std::span<const WideKey> sorted, std::int64_t longest) {
  constexpr double deviations = 6;
  const auto size = static_cast<double>(sorted.size()),
             row = static_cast<double>(op_.walk.grid.axis(op_.axis).extent());
  const double capacity = static_cast<double>(kept_.size() / sizeof(WideKey)) / static_cast<double>(longest),
               most = std::min(0.25, 0.7 * capacity) * size;
  const auto sampled = [&](const KeyRange& r) {
    const auto end = std::upper_bound(sorted.begin(), sorted.end(), r.hi);
    return static_cast<double>(end - std::lower_bound(sorted.begin(), end, r.lo));
  };
  const auto fits = [&] {
    kept_ranges_.clear();
    double within = 0;
    for (const KeyRange& r : ranges_)
      if (is_kept(r)) within += sampled(r), kept_ranges_.push_back(r);
    return within < most;
  };
  wished_.clear(), ranges_.clear();
  for (const Boundary& b : boundaries_) {
    const double q = static_cast<double>(b.position) / row, spread = deviations * std::sqrt(size * q * (1 - q)) + 8;
    const double lo = q * size - spread, hi = q * size + spread;
    wished_.push_back({lo < 0 ? WideKey{0} : sorted[static_cast<std::size_t>(lo)],
                       hi >= size ? last_key(sort_key_bits(op_.sort.element)) : sorted[static_cast<std::size_t>(hi)]});
    const KeyRange& range = wished_.back();
    if (!ranges_.empty() && range.lo <= ranges_.back().hi)
      ranges_.back().hi = std::max(range.hi, ranges_.back().hi);
    else
      ranges_.push_back(range);
  }
  splits_ = false;
  if (fits()) return true;
  split_ranges(sorted, static_cast<std::int64_t>(most) / (8 * static_cast<std::int64_t>(boundaries_.size())) + 2);
  return 2 * (static_cast<std::int64_t>(ranges_.size()) + 1) < op_.counters && fits();
}

// At the keys that the sample has `often` in them, and at their ends: these become ranges of one key.
void Splitters::split_ranges(std::span<const WideKey> sorted, std::int64_t often) {
  splits_ = true;
  ends_.clear(), ranges_.clear();
  for (const KeyRange& r : wished_) ends_.push_back(r.lo), ends_.push_back(r.hi);
  std::int64_t more = op_.counters / 64;
  for (const KeyRange& r : wished_)
    for (auto at = std::lower_bound(sorted.begin(), sorted.end(), r.lo); at != sorted.end() && *at < r.hi;) {
      const auto next = std::upper_bound(at, sorted.end(), *at);
      if (next - at >= often && more-- > 0) ends_.push_back(*at);
      at = next;
    }
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  auto wish = wished_.begin();  // the first that ends behind this end
  for (std::size_t i = 0; i < ends_.size(); i++) {
    ranges_.push_back({ends_[i], ends_[i]});
    while (wish != wished_.end() && wish->hi <= ends_[i]) ++wish;
    if (wish == wished_.end() || wish->lo > ends_[i] || ends_[i + 1] == ends_[i] + 1) continue;
    ranges_.push_back({ends_[i] + 1, ends_[i + 1] - 1});
  }
}

bool Splitters::keep_ranges() {
  Communicator& comm = stage_.x.comm;
  const auto ranges = static_cast<std::int64_t>(ranges_.size()), bounds = ranges + 1;
  const auto capacity = static_cast<std::int64_t>(kept_.size() / sizeof(WideKey));
  std::atomic<std::int64_t> next{0};
  auto* keys = reinterpret_cast<WideKey*>(kept_.data());
  for (const Buffer& b : here_) std::fill_n(integers_of(b), 2 * bounds + 1, 0);  // the last one: what is in ranges
  const auto take = [&](const RowElements& e) {
    std::int64_t* lows = integers_of(here_[static_cast<std::size_t>(e.thread)]);
    sort_count_ranges(op_.sort, e.data, e.stride, e.n, ranges_, lows, lows + bounds);
    std::int64_t n = -lows[2 * bounds];  // of the worker's tiles before
    lows[2 * bounds] = 0;
    std::int64_t kept = 0;  // ranges from k on
    for (std::int64_t k = ranges; k-- > 0;) {
      kept += is_kept(ranges_[static_cast<std::size_t>(k)]);
      lows[2 * bounds] += kept * (lows[bounds + k] - lows[k]);
    }
    n += lows[2 * bounds];
    const std::int64_t at = next.fetch_add(n);
    if (n > 0 && at + n <= capacity) sort_keys_in_ranges(op_.sort, e.data, e.stride, e.n, kept_ranges_, keys + at);
  };
  walk_.rewind();
  while (walk_.next(std::ref(take)).n > 0) {
  }
  std::int64_t* here = integers_of(here_[0]);
  for (std::size_t k = 1; k < here_.size(); k++)
    for (std::int64_t i = 0; i < 2 * bounds; i++) here[i] += integers_of(here_[k])[i];
  add_up(here, bounds), add_up(here + bounds, bounds);  // elements below range k, and up to its end
  std::int64_t most[1] = {next};
  agree(comm, stage_.failure, most);
  if (most[0] > capacity) return false;
  std::int64_t* all = integers_of(all_);
  std::copy_n(here, 2 * bounds, all);
  stage_.x.counters.add(sums_.over_all({all, static_cast<std::size_t>(2 * bounds)}));
  return place_boundaries(here, all);
}

// Boundaries among the kept keys, where all of them lie in the ranges.
bool Splitters::place_boundaries(const std::int64_t* here, const std::int64_t* all) {
  const std::size_t bounds = ranges_.size() + 1;
  const auto in_range = [&](const Boundary& b, std::size_t r) {
    return r < ranges_.size() && all[r] <= b.position && b.position < all[bounds + r];
  };
  const auto range_of = [&](const Boundary& b) {
    return static_cast<std::size_t>(std::upper_bound(all + bounds, all + 2 * bounds - 1, b.position) - (all + bounds));
  };
  for (const Boundary& b : boundaries_)
    if (!in_range(b, range_of(b))) return false;
  std::size_t range = 0;
  std::int64_t kept = 0, kept_here = 0;  // of the ranges before
  const auto size_of = [&](const std::int64_t* n, std::size_t r) {
    return is_kept(ranges_[r]) ? n[bounds + r] - n[r] : 0;
  };
  auto open = boundaries_.begin();
  for (Boundary& b : boundaries_) {
    for (; range < range_of(b); range++) kept += size_of(all, range), kept_here += size_of(here, range);
    b.below = all[range], b.below_here = here[range];
    if (is_kept(ranges_[range])) {
      b.below -= kept, b.below_here -= kept_here;
      *open++ = b;
    } else {
      b.prefix = ranges_[range].lo, b.equal_here = here[bounds + range] - here[range];
      settled_.push_back(b);
    }
  }
  boundaries_.erase(open, boundaries_.end());
  keeps_ = true;
  kept_count_ = 0;
  for (std::size_t r = 0; r < ranges_.size(); r++) kept_count_ += size_of(here, r);
  return true;
}

}  // namespace tessera
