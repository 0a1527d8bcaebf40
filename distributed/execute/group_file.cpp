#include <tessera/distributed/execute/group_file.hpp>

#include <algorithm>
#include <atomic>

#include <tessera/distributed/execute/team.hpp>

namespace tessera {
namespace {

constexpr std::int64_t slice_bytes = 4 << 20;

// Calls work(k) for k < n, each by any worker, until something fails.
template <class Work>
void share(StageRun& stage, int workers, std::int64_t n, Work&& work) {
  std::atomic<std::int64_t> next{0};
  run_team(static_cast<int>(std::min<std::int64_t>(workers, n)), [&](int) {
    stage.failure.guard([&] {
      for (std::int64_t k = next++; k < n && !stage.failure.any(); k = next++) work(k);
    });
  });
}

}  // namespace

GroupFile::GroupFile(StageRun& stage, const SpreadSort& op)
    : stage_(stage),
      record_(sort_record_bytes(op.sort)),
      workers_(op.walk.workers),
      file_(stage.x.scratch, scratch_file_bytes(op)) {}

void GroupFile::add(std::int64_t first, const std::byte* records, std::int64_t n) {
  const std::int64_t all = n * record_;
  for (std::int64_t at = 0; at < all; at += slice_bytes)
    slices_.push_back({first * record_ + at, records + at, std::min(slice_bytes, all - at)});
}

void GroupFile::write() {
  const auto n = static_cast<std::int64_t>(slices_.size());
  if (n > 0 && !stage_.failure.any()) {
    TraceSpan span(stage_.x.lane(), Activity::write, stage_.traced());
    share(stage_, workers_, n, [&](std::int64_t k) {
      const Slice& s = slices_[static_cast<std::size_t>(k)];
      file_.write(s.offset, s.from, s.bytes);
      stage_.x.counters.scratch_bytes += s.bytes;
    });
  }
  slices_.clear();
}

void GroupFile::read(std::int64_t first, std::byte* to, std::int64_t n) {
  const std::int64_t all = n * record_, slices = ceil_div(all, slice_bytes);
  if (n == 0 || stage_.failure.any()) return;
  const TraceSpan span(stage_.x.lane(), Activity::read, stage_.traced(), all);
  share(stage_, workers_, slices, [&](std::int64_t k) {
    const std::int64_t at = k * slice_bytes;
    file_.read(first * record_ + at, to + at, std::min(slice_bytes, all - at));
  });
}

}  // namespace tessera
