#include <tessera/distributed/exchange/sums.hpp>

#include <algorithm>

#include <tessera/core/shape.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

std::int64_t padded(int ranks, std::int64_t places) { return ceil_div(places, ranks) * ranks; }

}  // namespace

Sums::Sums(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t places)
    : comm_(comm), places_(padded(comm.size(), places)) {
  if (comm.size() == 1) return;
  memory_ = Buffer(pool, memory(comm.size(), places), "sums over ranks");
  sent_ = reinterpret_cast<std::int64_t*>(memory_.data());
  received_ = sent_ + places_;
}

std::int64_t Sums::memory(int ranks, std::int64_t places) { return ranks == 1 ? 0 : 2 * 8 * padded(ranks, places); }

std::int64_t Sums::deal(std::span<const std::int64_t> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  const std::int64_t share = ceil_div(n, comm_.size());
  std::fill_n(std::copy_n(values.data(), n, sent_), share * comm_.size() - n, 0);
  comm_.alltoall(reinterpret_cast<const std::byte*>(sent_), reinterpret_cast<std::byte*>(received_), 8 * share);
  return share;
}

void Sums::over_all(std::span<std::int64_t> values) {
  if (comm_.size() == 1 || values.empty()) return;
  const std::int64_t share = deal(values);
  std::fill_n(sent_, share, 0);
  for (int r = 0; r < comm_.size(); r++)
    for (std::int64_t i = 0; i < share; i++) sent_[i] += received_[r * share + i];
  comm_.allgather(reinterpret_cast<const std::byte*>(sent_), reinterpret_cast<std::byte*>(received_), 8 * share);
  std::copy_n(received_, values.size(), values.data());
}

void Sums::over_ranks_before(std::span<std::int64_t> values) {
  if (comm_.size() == 1) std::fill(values.begin(), values.end(), 0);
  if (comm_.size() == 1 || values.empty()) return;
  const std::int64_t share = deal(values);
  for (std::int64_t i = 0; i < share; i++) {
    std::int64_t before = 0;
    for (int r = 0; r < comm_.size(); r++) {
      const std::int64_t of = received_[r * share + i];
      sent_[r * share + i] = before;
      before += of;
    }
  }
  comm_.alltoall(reinterpret_cast<const std::byte*>(sent_), reinterpret_cast<std::byte*>(received_), 8 * share);
  std::copy_n(received_, values.size(), values.data());
}

}  // namespace tessera
