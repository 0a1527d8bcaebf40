#include <tessera/distributed/execute/gather_exchange.hpp>

#include <algorithm>

#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {
enum Slot { asked, answered, taken };  // requests that came; elements that go; elements that came
}  // namespace

GatherExchange::GatherExchange(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks)
    : stage_(stage),
      x_(stage.x),
      op_(op),
      blocks_(blocks),
      rows_(stage.x, stage.x.resident(op.array), blocks.order(), Stream{}),
      item_(item_size(op.walk.outputs[0].dtype)),
      most_(requests_of_message(op)),
      ascending_(op.owners.kind() == Distribution::Kind::blocks && op.owners.is_row_major()),
      memory_(stage.x.pool, owner_bytes(op), "requests of each rank"),
      messages_(stage.x.pool, message_bytes_of(op), "messages") {
  const int ranks = x_.comm.size();
  auto* at = reinterpret_cast<std::int64_t*>(memory_.data());
  to_ = at, from_ = at + ranks, starts_ = at + 2 * ranks, ends_ = starts_ + ranks + 1;
  if (ascending_)
    for (int r = 0; r < ranks; r++) ends_[r] = op.owners.grid().elements_before(op.owners.run_end(r));
  const auto peers = static_cast<std::size_t>(op.windows.peers);
  asks_.reserve(peers), answers_.reserve(peers), outgoing_.reserve(peers), incoming_.reserve(peers);
  x_.comm.prepare_exchange(peers);
}

int GatherExchange::owner_of(std::int64_t position) {
  if (ascending_) return static_cast<int>(std::upper_bound(ends_, ends_ + x_.comm.size(), position) - ends_);
  if (position < chunk_.begin || position >= chunk_.end) {
    chunk_ = blocks_.order().find(position);
    owner_ = op_.owners.owner(chunk_.coordinates);
  }
  return owner_;
}

bool GatherExchange::run() {
  const int ranks = x_.comm.size(), me = x_.comm.rank();
  std::fill(to_, to_ + ranks, 0);
  stage_.failure.then([&] {
    blocks_.group(
        ranks, ascending_, [&](std::int64_t position) { return owner_of(position); }, starts_);
    for (int r = 0; r < ranks; r++) to_[r] = r == me ? 0 : starts_[r + 1] - starts_[r];
  });
  if (stage_.failure.any()) std::fill(to_, to_ + ranks, 0);
  x_.comm.alltoall(reinterpret_cast<const std::byte*>(to_), reinterpret_cast<std::byte*>(from_), 8);
  std::int64_t more[1] = {blocks_.more() ? 1 : 0};
  agree(x_.comm, stage_.failure, more);
  stage_.failure.then([&] {
    const std::int64_t* requests = blocks_.requests();
    for (std::int64_t i = starts_[me]; i < starts_[me + 1]; i++)
      rows_.copy(GatherRequest::position(requests[i]), GatherRequest::length(requests[i]),
                 blocks_.element(blocks_.places()[i]));
    rows_.wait();
  });
  for (int first = 1; first < ranks; first += op_.windows.peers)
    run_window(first, std::min(ranks, first + op_.windows.peers));
  return more[0] != 0;
}

// Peers at the distances [first, last).
void GatherExchange::run_window(int first, int last) {
  const int ranks = x_.comm.size(), me = x_.comm.rank();
  asks_.clear(), answers_.clear();
  std::int64_t longest = 0;
  for (int d = first; d < last; d++) {
    const int owner = (me + d) % ranks, asking = (me - d + ranks) % ranks;
    if (to_[owner] > 0) asks_.push_back({owner, starts_[owner], to_[owner]});
    if (from_[asking] > 0) answers_.push_back({asking, 0, from_[asking]});
    longest = std::max({longest, to_[owner], from_[asking]});
  }
  for (std::int64_t round = 0; round * most_ < longest; round++) run_round(round);
}

std::int64_t GatherExchange::in_round(const Lane& lane, std::int64_t round) const {
  return std::clamp<std::int64_t>(lane.count - round * most_, 0, most_);
}

std::byte* GatherExchange::slot(int kind, std::size_t number) const {
  return messages_.data() + (kind * op_.windows.peers + static_cast<std::int64_t>(number)) * op_.windows.largest;
}

void GatherExchange::run_round(std::int64_t round) {
  const auto count = [&](const std::vector<Piece>& pieces) {
    for (const Piece& p : pieces) x_.counters.add({p.bytes, 1});
  };
  outgoing_.clear(), incoming_.clear();
  std::int64_t* requests = const_cast<std::int64_t*>(blocks_.requests());
  for (const Lane& l : asks_)
    if (const std::int64_t n = in_round(l, round))
      outgoing_.push_back({l.peer, reinterpret_cast<std::byte*>(requests + l.first + round * most_), n * 8});
  for (std::size_t k = 0; k < answers_.size(); k++)
    if (const std::int64_t n = in_round(answers_[k], round))
      incoming_.push_back({answers_[k].peer, slot(asked, k), n * 8});
  x_.comm.exchange(outgoing_, incoming_);
  count(incoming_);
  // Answers: as many bytes as the requests say, whatever fails meanwhile.
  outgoing_.clear(), incoming_.clear();
  for (std::size_t k = 0; k < answers_.size(); k++) {
    const std::int64_t n = in_round(answers_[k], round);
    if (n == 0) continue;
    const auto* wanted = reinterpret_cast<const std::int64_t*>(slot(asked, k));
    std::byte* to = slot(answered, k);
    for (std::int64_t i = 0; i < n; i++) {
      const std::int64_t length = GatherRequest::length(wanted[i]);
      stage_.failure.then([&] { rows_.copy(GatherRequest::position(wanted[i]), length, to); });
      to += length * item_;
    }
    outgoing_.push_back({answers_[k].peer, slot(answered, k), to - slot(answered, k)});
  }
  stage_.failure.then([&] { rows_.wait(); });
  for (std::size_t k = 0; k < asks_.size(); k++) {
    std::int64_t bytes = 0;
    const std::int64_t first = asks_[k].first + round * most_, n = in_round(asks_[k], round);
    for (std::int64_t i = first; i < first + n; i++) bytes += GatherRequest::length(requests[i]) * item_;
    if (n > 0) incoming_.push_back({asks_[k].peer, slot(taken, k), bytes});
  }
  x_.comm.exchange(outgoing_, incoming_);
  count(incoming_);
  for (std::size_t k = 0; k < asks_.size(); k++) {
    const std::int64_t first = asks_[k].first + round * most_, n = in_round(asks_[k], round);
    const std::byte* from = slot(taken, k);
    for (std::int64_t i = first; i < first + n; i++) {
      const std::int64_t bytes = GatherRequest::length(requests[i]) * item_;
      std::memcpy(blocks_.element(blocks_.places()[i]), from, static_cast<std::size_t>(bytes));
      from += bytes;
    }
  }
}

}  // namespace tessera
