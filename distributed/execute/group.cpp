// Groups: the edges of bins to every rank, then a walk that folds tiles apart for each group.
#include <tessera/core/device/host_groups.hpp>

#include <tessera/core/errors.hpp>
#include <tessera/distributed/execute/fold_walk.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

class GroupRunner final : public TileRunner {
 public:
  GroupRunner(StageRun& stage, const GroupOperator& op, const TileOperator& walk, const TileCursor& cursor,
              const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& columns, int thread,
              std::span<const BinEdges> edges)
      : TileRunner(stage, walk, cursor, fetched, columns, thread), group_(op), edges_(edges) {}

 private:
  void fold_leaves(std::size_t number, const Box& tile, const FoldedPositions&) override {
    const FoldOutput& f = *op_.outputs[number].fold();
    inputs_.clear();
    for (std::size_t k = 0; k < operands_.size(); k++) inputs_.push_back({operands_[k], group_.inputs[k]});
    const auto wrong = fold_groups(f.fold, group_.grouping, f.groups->first, f.groups->count, edges_, tile.extent,
                                   f.reduced, f.leaf, inputs_, folds_[0].states);
    if (wrong) refuse(*wrong, tile, f.reduced);
  }

  [[noreturn]] void refuse(const WrongLabel& wrong, const Box& tile, std::uint32_t folded) const {
    Dims place;
    for (int i = 0; i < tile.rank(); i++)
      if (folded >> i & 1u) place.push_back(tile.lo[i] + wrong.at[i]);
    throw IndexError("groups: label " + std::to_string(wrong.label) + " at " + to_string(place) +
                     " is not one of the " + std::to_string(group_.grouping.groups) + " groups from 0 on" +
                     (group_.grouping.least_label < 0 ? "; -1 stands for none" : ""));
  }

  const GroupOperator& group_;
  std::span<const BinEdges> edges_;
  std::vector<GroupInput> inputs_;
};

// The edges of all axes of bins, and how they come.
class EdgeCopies {
 public:
  EdgeCopies(StageRun& stage, const GroupOperator& op) : stage_(stage), op_(op) {}
  /// Takes the memory. Local.
  void prepare() {
    Execution& x = stage_.x;
    memory_ = Buffer(x.pool, edge_bytes(op_), "bin edges");
    for (std::size_t k = 0; k < op_.edges.size(); k++) {
      const Box whole = Box::whole({op_.grouping.bins[k] + 1});
      fetches_.emplace_back(x.comm, x.device, x.resident(op_.edges[k]), whole, [whole](int) { return whole; });
    }
    edges_.resize(op_.edges.size());
  }
  /// Collective.
  void run() {
    Execution& x = stage_.x;
    agree(x.comm, stage_.failure);
    const TraceSpan span(x.lane(), Activity::exchange, stage_.traced());
    std::byte* to = memory_.data();
    for (std::size_t k = 0; k < fetches_.size(); k++) {
      x.counters.add(fetches_[k].run({to, {8}}, x.transport()));
      const auto* edges = reinterpret_cast<const double*>(to);
      to += (op_.grouping.bins[k] + 1) * 8;
      stage_.failure.then([&] { edges_[k] = bin_edges(edges, op_.grouping.bins[k], op_.grouping.finite); });
    }
  }
  std::span<const BinEdges> edges() const { return edges_; }

 private:
  StageRun& stage_;
  const GroupOperator& op_;
  Buffer memory_;
  std::vector<Fetch> fetches_;
  std::vector<BinEdges> edges_;
};

}  // namespace

void run(StageRun& stage, const GroupOperator& op) {
  EdgeCopies copies(stage, op);
  if (!op.edges.empty()) {
    stage.failure.then([&] { copies.prepare(); });
    copies.run();
  }
  for (std::int64_t band = 0; band < op.bands; band++) {
    TileOperator of_band;
    const TileOperator* walk = &op.walk;  // where there is no memory for another one it is not walked
    stage.failure.then([&] {
      of_band = walk_of_band(op, band);
      walk = &of_band;
    });
    const auto make = [&](const TileCursor& cursor, const std::vector<HeldBox>& fetched,
                          std::vector<std::unique_ptr<Columns>>& columns, int thread) {
      return std::make_unique<GroupRunner>(stage, op, *walk, cursor, fetched, columns, thread, copies.edges());
    };
    fetch_and_fold_tiles(stage, *walk, std::ref(make));
  }
}

}  // namespace tessera
