#include <tessera/distributed/execute/batch_parts.hpp>

#include <algorithm>

#include <tessera/distributed/execute/team.hpp>

namespace tessera {
namespace {

constexpr std::int64_t batch_worth_a_team = 32 << 10;  // records

template <class Work>
void run_slices(int workers, std::int64_t n, Work&& work) {
  if (n >= batch_worth_a_team)
    run_team(workers, work);
  else
    for (int w = 0; w < workers; w++) work(w);
}

}  // namespace

void BatchParts::begin(std::span<const SortFence> fences) {
  fences_.assign(fences.begin(), fences.end());
  keys_.clear();
  for (const SortFence& f : fences) keys_.push_back({f.key, f.key});
  equals_.assign(fences.size(), 0);
  const std::size_t all = parts() * static_cast<std::size_t>(workers_);
  lows_.resize(all), highs_.resize(all), counts_.resize(all), seen_.resize(all), places_.resize(all);
}

// Where a worker's begins.
std::int64_t BatchParts::slice(int worker) const {
  return n_ / workers_ * worker + std::min<std::int64_t>(worker, n_ % workers_);
}

void BatchParts::count(const std::byte* records, std::int64_t n, std::int64_t* counts) {
  records_ = records, n_ = n;
  const std::int64_t record = sort_record_bytes(sort_);
  std::fill(lows_.begin(), lows_.end(), 0), std::fill(highs_.begin(), highs_.end(), 0);
  run_slices(workers_, n, [&](int w) {
    const auto at = static_cast<std::size_t>(w) * parts();
    sort_count_fences(sort_, records + slice(w) * record, slice(w + 1) - slice(w), keys_, &lows_[at], &highs_[at]);
  });
  std::fill_n(counts, parts(), 0);
  for (int w = 0; w < workers_; w++) {
    const std::size_t first = static_cast<std::size_t>(w) * parts();
    std::int64_t smaller = 0, up_to = 0,
                 before = 0;  // records of the slice: of smaller keys; also equal; before the fence
    for (std::size_t k = 0; k < fences_.size(); k++) {
      smaller += lows_[first + k], up_to += highs_[first + k];
      const std::int64_t equal = up_to - smaller;
      const std::int64_t here = smaller + std::clamp<std::int64_t>(fences_[k].left - equals_[k], 0, equal);
      counts_[first + k] = here - before;
      before = here;
      seen_[first + k] = equals_[k];
      equals_[k] += equal;
    }
    counts_[first + fences_.size()] = slice(w + 1) - slice(w) - before;
    for (std::size_t k = 0; k < parts(); k++) counts[k] += counts_[first + k];
  }
}

void BatchParts::take(std::byte* const* to) {
  const std::int64_t record = sort_record_bytes(sort_);
  for (std::size_t k = 0; k < parts(); k++) {
    std::byte* at = to[k];
    for (int w = 0; w < workers_; w++) {
      const std::size_t i = static_cast<std::size_t>(w) * parts() + k;
      places_[i] = at;
      if (at) at += counts_[i] * record;
    }
  }
  run_slices(workers_, n_, [&](int w) {
    const auto at = static_cast<std::size_t>(w) * parts();
    sort_take_parts(sort_, records_ + slice(w) * record, slice(w + 1) - slice(w), fences_, &seen_[at], &places_[at]);
  });
}

}  // namespace tessera
