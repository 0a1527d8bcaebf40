#include <tessera/distributed/exchange/integer_sum.hpp>

#include <algorithm>

namespace tessera {
namespace {

constexpr int nobody = -1;

Moved streams(Amount count, std::int64_t n, std::int64_t largest) {
  return {(count * n * 8).value(), (count * message_count(n * 8, largest)).value()};
}

}  // namespace

IntegerSum::IntegerSum(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t n,
                       std::int64_t largest)
    : comm_(comm), largest_(largest) {
  if (comm.size() == 1) return;
  came_ = Buffer(pool, memory(comm.size(), n), "sums of other ranks");
  const auto most = static_cast<std::size_t>(message_count(n * 8, largest));
  outgoing_.reserve(most), incoming_.reserve(most);
  comm.prepare_exchange(most);
}

std::span<Piece> IntegerSum::cut(std::vector<Piece>& pieces, int peer, std::byte* data, std::int64_t bytes) const {
  pieces.clear();
  if (peer < 0 || peer >= comm_.size()) return {};
  for (std::int64_t at = 0; at < bytes; at += largest_)
    pieces.push_back({peer, data + at, std::min(largest_, bytes - at)});
  return pieces;
}

void IntegerSum::pass(int receiver, std::span<const std::int64_t> values, int sender, std::int64_t* to) {
  const auto bytes = static_cast<std::int64_t>(values.size_bytes());
  auto* from = reinterpret_cast<std::byte*>(const_cast<std::int64_t*>(values.data()));
  const auto sent = cut(outgoing_, receiver, from, bytes);
  const auto came = cut(incoming_, sender, reinterpret_cast<std::byte*>(to), bytes);
  comm_.exchange(sent, came);
  for (const Piece& p : came) moved_.bytes += p.bytes, moved_.messages++;
}

Moved IntegerSum::over_all(std::span<std::int64_t> values) {
  moved_ = {};
  const int rank = comm_.rank(), ranks = comm_.size();
  auto* came = reinterpret_cast<std::int64_t*>(came_.data());
  int step = 1;  // the lowest bit of the rank: to whom it gives its sum
  for (; step < ranks && (rank & step) == 0; step *= 2) {
    if (rank + step >= ranks) continue;
    pass(nobody, values, rank + step, came);
    for (std::size_t i = 0; i < values.size(); i++) values[i] += came[i];
  }
  if (rank > 0) {
    pass(rank - step, values, nobody, nullptr);
    pass(nobody, values, rank - step, values.data());
  }
  for (step /= 2; step > 0; step /= 2)
    if (rank + step < ranks) pass(rank + step, values, nobody, nullptr);
  return moved_;
}

Moved IntegerSum::over_ranks_before(std::span<std::int64_t> values) {
  moved_ = {};
  const int rank = comm_.rank(), ranks = comm_.size();
  auto* came = reinterpret_cast<std::int64_t*>(came_.data());
  for (int step = 1; step < ranks; step *= 2) {
    pass(rank + step, values, rank - step, came);
    for (std::size_t i = 0; rank >= step && i < values.size(); i++) values[i] += came[i];
  }
  if (ranks > 1) pass(rank + 1, values, rank - 1, came);
  if (rank == 0)
    std::fill(values.begin(), values.end(), 0);
  else
    std::copy_n(came, values.size(), values.data());
  return moved_;
}

Moved traffic_of_sum(int ranks, std::int64_t n, std::int64_t largest) {
  return streams(Amount(2) * (ranks - 1), n, largest);
}

Moved traffic_of_sum_before(int ranks, std::int64_t n, std::int64_t largest) {
  Amount count = ranks - 1;
  for (std::int64_t step = 1; step < ranks; step *= 2) count += ranks - step;
  return streams(count, n, largest);
}

}  // namespace tessera
