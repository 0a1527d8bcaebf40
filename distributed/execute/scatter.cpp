// A scatter: a copy of what is scattered into, then the values, block by block, to the owners of the elements that they
// replace: as a gather's requests go there (gather_exchange.hpp), but with the values behind them.
#include <algorithm>
#include <optional>

#include <tessera/distributed/execute/gather_block.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

class ScatterExchange {
 public:
  /// Takes the memory. Local. The copy has been made.
  ScatterExchange(StageRun& stage, const ScatterOperator& op, GatherBlocks& blocks)
      : stage_(stage),
        x_(stage.x),
        op_(op.assign),
        blocks_(blocks),
        item_(item_size(op.assign.walk.outputs[0].dtype)),
        most_(requests_of_message(op.assign)),
        memory_(stage.x.pool, owner_bytes(op.assign), "requests of each rank"),
        messages_(stage.x.pool, message_bytes_of(op.assign), "messages"),
        written_(stage.x.pool, writer_bytes(op), "whose value each element has") {
    const int ranks = x_.comm.size(), me = x_.comm.rank();
    auto* at = reinterpret_cast<std::int64_t*>(memory_.data());
    to_ = at, from_ = at + ranks, starts_ = at + 2 * ranks, ends_ = starts_ + ranks + 1;
    const Distribution& owners = op_.owners;
    for (int r = 0; r < ranks; r++) ends_[r] = owners.grid().elements_before(owners.run_end(r));
    first_ = me == 0 ? 0 : ends_[me - 1];
    if (owners.run_begin(me) < owners.run_end(me))
      elements_ = x_.array(op_.array.number)->chunk(owners.at_position(owners.run_begin(me))).data;
    if (written_.bytes() > 0) std::fill_n(written_.data(), written_.bytes(), std::byte{0});
    const auto peers = static_cast<std::size_t>(op_.windows.peers);
    asks_.reserve(peers), answers_.reserve(peers), outgoing_.reserve(peers), incoming_.reserve(peers);
    x_.comm.prepare_exchange(peers);
  }

  /// What this rank's block replaces, once it has asked. Collective, as GatherExchange::run.
  bool run() {
    const int ranks = x_.comm.size(), me = x_.comm.rank();
    std::fill(to_, to_ + ranks, 0);
    stage_.failure.then([&] {
      blocks_.group(
          ranks, true,
          [&](std::int64_t position) {
            return static_cast<int>(std::upper_bound(ends_, ends_ + ranks, position) - ends_);
          },
          starts_);
      for (int r = 0; r < ranks; r++) to_[r] = r == me ? 0 : starts_[r + 1] - starts_[r];
    });
    if (stage_.failure.any()) std::fill(to_, to_ + ranks, 0);
    x_.comm.alltoall(reinterpret_cast<const std::byte*>(to_), reinterpret_cast<std::byte*>(from_), 8);
    std::int64_t more[1] = {blocks_.more() ? 1 : 0};
    agree(x_.comm, stage_.failure, more);
    for (std::int64_t i = starts_[me]; i < starts_[me + 1]; i++)
      replace(blocks_.requests()[i], blocks_.element(blocks_.places()[i]), me);
    for (int first = 1; first < ranks; first += op_.windows.peers)
      run_window(first, std::min(ranks, first + op_.windows.peers));
    return more[0] != 0;
  }

 private:
  struct Lane {
    int peer;
    std::int64_t first, count;
  };

  /// Unless a later rank has.
  void replace(std::int64_t request, const std::byte* with, int rank) {
    const std::int64_t at = GatherRequest::position(request) - first_, n = GatherRequest::length(request);
    if (written_.bytes() > 0) {
      auto& last = reinterpret_cast<std::uint32_t*>(written_.data())[at];
      if (last > static_cast<std::uint32_t>(rank)) return;
      last = static_cast<std::uint32_t>(rank);
    }
    std::memcpy(elements_ + at * item_, with, static_cast<std::size_t>(n * item_));
  }

  void run_window(int first, int last) {
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

  std::int64_t in_round(const Lane& lane, std::int64_t round) const {
    return std::clamp<std::int64_t>(lane.count - round * most_, 0, most_);
  }
  std::byte* slot(int kind, std::size_t number) const {
    return messages_.data() + (kind * op_.windows.peers + static_cast<std::int64_t>(number)) * op_.windows.largest;
  }

  void run_round(std::int64_t round) {
    enum { asked, sent, came };
    outgoing_.clear(), incoming_.clear();
    auto* requests = const_cast<std::int64_t*>(blocks_.requests());
    for (const Lane& l : asks_)
      if (const std::int64_t n = in_round(l, round))
        outgoing_.push_back({l.peer, reinterpret_cast<std::byte*>(requests + l.first + round * most_), n * 8});
    for (std::size_t k = 0; k < answers_.size(); k++)
      if (const std::int64_t n = in_round(answers_[k], round))
        incoming_.push_back({answers_[k].peer, slot(asked, k), n * 8});
    exchange();
    outgoing_.clear(), incoming_.clear();
    for (std::size_t k = 0; k < asks_.size(); k++) {
      const std::int64_t first = asks_[k].first + round * most_, n = in_round(asks_[k], round);
      std::byte* to = slot(sent, k);
      for (std::int64_t i = first; i < first + n; i++) {
        const std::int64_t bytes = GatherRequest::length(requests[i]) * item_;
        std::memcpy(to, blocks_.element(blocks_.places()[i]), static_cast<std::size_t>(bytes));
        to += bytes;
      }
      if (n > 0) outgoing_.push_back({asks_[k].peer, slot(sent, k), to - slot(sent, k)});
    }
    const auto asked_of = [&](std::size_t k) { return reinterpret_cast<const std::int64_t*>(slot(asked, k)); };
    for (std::size_t k = 0; k < answers_.size(); k++) {
      std::int64_t bytes = 0;
      const std::int64_t n = in_round(answers_[k], round);
      for (std::int64_t i = 0; i < n; i++) bytes += GatherRequest::length(asked_of(k)[i]) * item_;
      if (n > 0) incoming_.push_back({answers_[k].peer, slot(came, k), bytes});
    }
    exchange();
    for (std::size_t k = 0; k < answers_.size(); k++) {
      const std::byte* from = slot(came, k);
      for (std::int64_t i = 0; i < in_round(answers_[k], round); i++) {
        replace(asked_of(k)[i], from, answers_[k].peer);
        from += GatherRequest::length(asked_of(k)[i]) * item_;
      }
    }
  }

  void exchange() {
    x_.comm.exchange(outgoing_, incoming_);
    for (const Piece& p : incoming_) x_.counters.add({p.bytes, 1});
  }

  StageRun& stage_;
  Execution& x_;
  const GatherOperator& op_;
  GatherBlocks& blocks_;
  const std::int64_t item_, most_;
  Buffer memory_, messages_, written_;
  std::int64_t *to_, *from_, *starts_, *ends_;  // by rank; ends_: of an owner's positions
  std::byte* elements_ = nullptr;               // of this rank, from position first_ on
  std::int64_t first_ = 0;
  std::vector<Lane> asks_, answers_;  // of the window
  std::vector<Piece> outgoing_, incoming_;
};

}  // namespace

void run(StageRun& stage, const ScatterOperator& op) {
  run(stage, op.copy);
  TileFetches fetches(stage, op.assign.walk);
  stage.failure.then([&] { fetches.prepare(); });
  fetches.run();
  std::optional<GatherBlocks> blocks;
  std::optional<ScatterExchange> exchange;
  stage.failure.then([&] {
    blocks.emplace(stage, op.assign, fetches.boxes());
    exchange.emplace(stage, op, *blocks);
  });
  agree(stage.x.comm, stage.failure);
  for (bool more = true; more;) {
    stage.failure.then([&] { blocks->ask(); });
    const TraceSpan span(stage.x.lane(), Activity::exchange, stage.traced());
    more = exchange->run();
    stage.failure.then([&] { stage.tell(false, stage.x.counters.tiles, stage.x.counters.tiles); });
  }
}

}  // namespace tessera
