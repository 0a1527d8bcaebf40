#include <tessera/distributed/exchange/variable_streams.hpp>

#include <tessera/distributed/together.hpp>

namespace tessera {

VariableStreams::VariableStreams(Communicator& comm)
    : comm_(comm), to_(static_cast<std::size_t>(comm.size())), from_(to_.size()) {}

void VariableStreams::begin(const std::shared_ptr<MemoryPool>& pool, std::int64_t budget, Failure& failure) {
  // A rank that has failed sends nothing; that it has is said by the agreement.
  if (failure.any()) std::fill(to_.begin(), to_.end(), 0);
  comm_.alltoall(reinterpret_cast<const std::byte*>(to_.data()), reinterpret_cast<std::byte*>(from_.data()), 8);
  failure.then([&] {
    std::vector<Rounds::Stream> send, receive;
    for (int p = 0; p < comm_.size(); p++) {
      const auto at = static_cast<std::size_t>(p);
      if (to_[at] > 0) send.push_back({p, to_[at]}), to_peers_.push_back(p);
      if (from_[at] > 0) receive.push_back({p, from_[at]}), from_peers_.push_back(p);
    }
    streams_.emplace(comm_, pool, std::move(send), std::move(receive), largest_message(budget, comm_.size()));
  });
  std::int64_t rounds[1] = {streams_ ? streams_->count() : 0};
  agree(comm_, failure, rounds);
  rounds_ = rounds[0];
}

}  // namespace tessera
