#include <tessera/distributed/exchange/rounds.hpp>

namespace tessera {

Rounds::Rounds(Carrier& carrier, const std::shared_ptr<MemoryPool>& pool, std::vector<Stream> send,
               std::vector<Stream> receive, std::int64_t largest)
    : carrier_(carrier), send_(std::move(send)), receive_(std::move(receive)), largest_(largest) {
  std::int64_t bytes = 0;  // of the first round: no later one has more
  for (const auto* side : {&send_, &receive_})
    for (const Stream& s : *side) bytes += message_memory(s.bytes, largest_);
  if (bytes > 0 && pool)
    pooled_ = Buffer(pool, bytes, "messages");
  else if (bytes > 0)
    own_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
  outgoing_.reserve(send_.size()), incoming_.reserve(receive_.size());
  carrier.prepare_exchange(std::max(send_.size(), receive_.size()));
}

std::int64_t Rounds::count() const {
  std::int64_t rounds = 0;
  for (const auto* side : {&send_, &receive_})
    for (const Stream& s : *side) rounds = std::max(rounds, message_count(s.bytes, largest_));
  return rounds;
}

Moved Rounds::incoming() const {
  Moved all;
  for (const Stream& s : receive_) all.bytes += s.bytes, all.messages += message_count(s.bytes, largest_);
  return all;
}

}  // namespace tessera
