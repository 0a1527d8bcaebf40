#include <tessera/distributed/execute/owner_requests.hpp>

#include <algorithm>

#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {
enum Slot { asked, filled, taken };  // requests that came; elements that go; elements that came
}  // namespace

OwnerRequests::OwnerRequests(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks)
    : x_(stage.x),
      failure_(stage.failure),
      op_(op),
      blocks_(blocks),
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
  asks_.reserve(peers), answers_.reserve(peers), mine_.reserve(peers), others_.reserve(peers);
  outgoing_.reserve(peers), incoming_.reserve(peers);
  x_.comm.prepare_exchange(peers);
}

int OwnerRequests::owner_of(std::int64_t position) {
  if (ascending_) return static_cast<int>(std::upper_bound(ends_, ends_ + x_.comm.size(), position) - ends_);
  if (position < chunk_.begin || position >= chunk_.end) {
    chunk_ = blocks_.order().find(position);
    owner_ = op_.owners.owner(chunk_.coordinates);
  }
  return owner_;
}

bool OwnerRequests::begin() {
  const int ranks = x_.comm.size(), me = x_.comm.rank();
  std::fill(to_, to_ + ranks, 0);
  failure_.then([&] {
    blocks_.group(
        ranks, ascending_, [&](std::int64_t position) { return owner_of(position); }, starts_);
    for (int r = 0; r < ranks; r++) to_[r] = r == me ? 0 : starts_[r + 1] - starts_[r];
  });
  if (failure_.any()) std::fill(to_, to_ + ranks, 0);
  x_.comm.alltoall(reinterpret_cast<const std::byte*>(to_), reinterpret_cast<std::byte*>(from_), 8);
  std::int64_t more[1] = {blocks_.more() ? 1 : 0};
  agree(x_.comm, failure_, more);
  return more[0] != 0;
}

OwnerRequests::Message OwnerRequests::own() const {
  const int me = x_.comm.rank();
  return {me,
          {blocks_.requests() + starts_[me], static_cast<std::size_t>(starts_[me + 1] - starts_[me])},
          starts_[me],
          nullptr};
}

void OwnerRequests::exchange(Elements way, const Messages& fill, const Messages& take) {
  const int ranks = x_.comm.size();
  for (int first = 1; first < ranks; first += op_.windows.peers) {
    set_window(first, std::min(ranks, first + op_.windows.peers));
    for (std::int64_t round = 0; round * most_ < longest_; round++) run_round(round, way, fill, take);
  }
}

// Of peers at the distances [first, last).
void OwnerRequests::set_window(int first, int last) {
  const int ranks = x_.comm.size(), me = x_.comm.rank();
  asks_.clear(), answers_.clear();
  longest_ = 0;
  for (int d = first; d < last; d++) {
    const int owner = (me + d) % ranks, asking = (me - d + ranks) % ranks;
    if (to_[owner] > 0) asks_.push_back({owner, starts_[owner], to_[owner]});
    if (from_[asking] > 0) answers_.push_back({asking, 0, from_[asking]});
    longest_ = std::max({longest_, to_[owner], from_[asking]});
  }
}

std::int64_t OwnerRequests::in_round(const Lane& lane, std::int64_t round) const {
  return std::clamp<std::int64_t>(lane.count - round * most_, 0, most_);
}

std::byte* OwnerRequests::slot(int kind, std::size_t number) const {
  return messages_.data() + (kind * op_.windows.peers + static_cast<std::int64_t>(number)) * op_.windows.largest;
}

// As many bytes as the requests say, whatever fails meanwhile.
std::int64_t OwnerRequests::bytes_of(const Message& message) const {
  std::int64_t elements = 0;
  for (const auto request : message.requests) elements += GatherRequest::length(request);
  return elements * item_;
}

void OwnerRequests::move() {
  x_.comm.exchange(outgoing_, incoming_);
  for (const Piece& p : incoming_) x_.counters.add({p.bytes, 1});
  outgoing_.clear(), incoming_.clear();
}

void OwnerRequests::run_round(std::int64_t round, Elements way, const Messages& fill, const Messages& take) {
  const bool answers = way == Elements::to_asking;
  const int of_mine = answers ? taken : filled, of_others = answers ? filled : taken;
  mine_.clear(), others_.clear();
  auto* requests = const_cast<std::int64_t*>(blocks_.requests());
  for (const Lane& l : asks_)
    if (const std::int64_t n = in_round(l, round)) {
      const std::int64_t first = l.first + round * most_;
      outgoing_.push_back({l.peer, reinterpret_cast<std::byte*>(requests + first), n * 8});
      mine_.push_back({l.peer, {requests + first, static_cast<std::size_t>(n)}, first, slot(of_mine, mine_.size())});
    }
  for (const Lane& l : answers_)
    if (const std::int64_t n = in_round(l, round)) {
      std::byte* at = slot(asked, others_.size());
      incoming_.push_back({l.peer, at, n * 8});
      others_.push_back({l.peer,
                         {reinterpret_cast<const std::int64_t*>(at), static_cast<std::size_t>(n)},
                         0,
                         slot(of_others, others_.size())});
    }
  move();
  const std::vector<Message>&to_fill = answers ? others_ : mine_, &to_take = answers ? mine_ : others_;
  fill(to_fill);
  for (const Message& m : to_fill) outgoing_.push_back({m.peer, m.elements, bytes_of(m)});
  for (const Message& m : to_take) incoming_.push_back({m.peer, m.elements, bytes_of(m)});
  move();
  take(to_take);
}

}  // namespace tessera
