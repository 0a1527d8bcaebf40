// A scatter: a copy of what is scattered into, then the values, block by block, to the owners of the elements that they
// replace: as a gather's requests go there (owner_requests.hpp), but with the values behind them.
#include <algorithm>
#include <cstring>
#include <optional>

#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/owner_requests.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

class ScatterExchange {
 public:
  /// Takes the memory. Local. The copy has been made.
  ScatterExchange(StageRun& stage, const ScatterOperator& op, GatherBlocks& blocks)
      : blocks_(blocks),
        item_(item_size(op.assign.walk.outputs[0].dtype)),
        rank_(stage.x.comm.rank()),
        requests_(stage, op.assign, blocks),
        written_(stage.x.pool, writer_bytes(op), "whose value each element has") {
    const Distribution& owners = op.assign.owners;
    const std::int64_t begin = owners.run_begin(rank_);
    first_ = owners.grid().elements_before(begin);
    if (begin < owners.run_end(rank_))
      elements_ = stage.x.array(op.assign.array.number)->chunk(owners.at_position(begin)).data;
    if (written_.bytes() > 0) std::fill_n(written_.data(), written_.bytes(), std::byte{0});
  }

  /// What this rank's block replaces, once it has asked. Collective, as GatherExchange::run.
  bool run() {
    const bool more = requests_.begin();
    const auto own = requests_.own();
    const std::uint32_t* place = blocks_.places() + own.first;
    for (const auto request : own.requests) replace(request, blocks_.element(*place++), rank_);
    requests_.exchange(
        OwnerRequests::Elements::to_owner, [&](auto messages) { fill(messages); },
        [&](auto messages) { replace(messages); });
    return more;
  }

 private:
  using Messages = std::span<const OwnerRequests::Message>;

  void fill(Messages messages) const {
    for (const auto& m : messages) {
      std::byte* to = m.elements;
      const std::uint32_t* place = blocks_.places() + m.first;
      for (const auto request : m.requests) {
        const std::int64_t bytes = GatherRequest::length(request) * item_;
        std::memcpy(to, blocks_.element(*place++), static_cast<std::size_t>(bytes));
        to += bytes;
      }
    }
  }
  void replace(Messages messages) {
    for (const auto& m : messages) {
      const std::byte* with = m.elements;
      for (const auto request : m.requests) {
        replace(request, with, m.peer);
        with += GatherRequest::length(request) * item_;
      }
    }
  }

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

  GatherBlocks& blocks_;
  const std::int64_t item_;
  const int rank_;
  OwnerRequests requests_;
  Buffer written_;
  std::byte* elements_ = nullptr;  // of this rank, from position first_ on
  std::int64_t first_ = 0;
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
