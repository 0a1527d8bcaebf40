#include <tessera/distributed/exchange/integer_sum.hpp>

namespace tessera {

IntegerSum::IntegerSum(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t n,
                       std::int64_t largest)
    : comm_(comm), largest_(largest), came_(pool, n * 8, "sums of other ranks") {
  const std::int64_t most = message_count(n * 8, largest);
  pieces_.reserve(static_cast<std::size_t>(most));
  comm.prepare_exchange(static_cast<std::size_t>(most));
}

void IntegerSum::pass(Way way, int peer, std::byte* data, std::int64_t bytes) {
  pieces_.clear();
  for (std::int64_t at = 0; at < bytes; at += largest_)
    pieces_.push_back({peer, data + at, std::min(largest_, bytes - at)});
  if (way == Way::send) return comm_.exchange(pieces_, {});
  comm_.exchange({}, pieces_);
  moved_.bytes += bytes, moved_.messages += static_cast<std::int64_t>(pieces_.size());
}

Moved IntegerSum::run(std::span<std::int64_t> values) {
  moved_ = {};
  const int rank = comm_.rank(), ranks = comm_.size();
  const auto bytes = static_cast<std::int64_t>(values.size_bytes());
  auto* own = reinterpret_cast<std::byte*>(values.data());
  const auto* came = reinterpret_cast<const std::int64_t*>(came_.data());
  int step = 1;  // the lowest bit of the rank: to whom it gives its sum
  for (; step < ranks && (rank & step) == 0; step *= 2) {
    if (rank + step >= ranks) continue;
    pass(Way::receive, rank + step, came_.data(), bytes);
    for (std::size_t i = 0; i < values.size(); i++) values[i] += came[i];
  }
  if (rank > 0) {
    pass(Way::send, rank - step, own, bytes);
    pass(Way::receive, rank - step, own, bytes);
  }
  for (step /= 2; step > 0; step /= 2)
    if (rank + step < ranks) pass(Way::send, rank + step, own, bytes);
  return moved_;
}

Moved integer_sum_traffic(int ranks, std::int64_t n, std::int64_t largest) {
  const Amount streams = Amount(2) * (ranks - 1);
  return {(streams * n * 8).value(), (streams * message_count(n * 8, largest)).value()};
}

}  // namespace tessera
