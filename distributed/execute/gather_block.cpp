#include <tessera/distributed/execute/gather_block.hpp>

#include <algorithm>
#include <atomic>
#include <bit>

#include <tessera/distributed/execute/team.hpp>
#include <tessera/io/files.hpp>

namespace tessera {

// What a worker does with a tile of a block: first it asks, later it puts what has come.
class GatherBlockRunner final : public TileRunner {
 public:
  GatherBlockRunner(GatherBlocks& blocks, const std::vector<HeldBox>& fetched, const GatherUse* use, int thread)
      : TileRunner(blocks.stage_, blocks.op_.walk, blocks.cursor_, fetched, blocks.no_columns_, thread),
        blocks_(blocks),
        positions_(blocks.op_, blocks.order_, blocks.stage_.x.pool) {
    if (use) user_.emplace(blocks.stage_, blocks.op_, blocks.cursor_, *use, thread);
  }

  void finish() override {
    TileRunner::finish();
    if (user_) user_->finish();
  }

  void ask(const GatherBlocks::Tile& tile) {
    tile_ = &tile;
    run(tile.item);
  }

  void put(const GatherBlocks::Tile& of) {
    const StageOutput& o = op_.outputs[0];
    const Dims at = op_.owners.at_position(of.item.position);
    const Box tile = blocks_.cursor_.tile_box(at, of.item);
    if (user_) return user_->run(at, tile, blocks_.element(of.element));
    const std::int64_t item = item_size(o.dtype);
    const StridedInput dense{blocks_.element(of.element), row_major_strides(tile.extent, item)};
    if (o.array)
      execution_.copy(stream_, tile.extent, item, dense, output_at(execution_.array(*o.array)->chunk(at), tile.lo));
    within_ = lane_;
    if (!o.writes.empty()) write(o, tile, dense);
  }

 private:
  void map_tile(std::size_t, const Dims&, const Box& tile) override {
    const GatherOperator& op = blocks_.op_;
    const std::int64_t length = row_of(op, tile.extent);
    std::int64_t* request = blocks_.requests_[0] + tile_->request;
    std::uint32_t* place = blocks_.places_[0] + tile_->request;
    std::int64_t element = tile_->element;
    operands_of(op_.outputs[0].inputs, tile.lo);
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    positions_.for_each_batch(tile, operands_, [&](const Dims&, std::int64_t rows, const std::int64_t* positions) {
      for (std::int64_t i = 0; i < rows; i++)
        for (std::int64_t done = 0; done < length; done += op.piece) {
          const std::int64_t n = std::min(op.piece, length - done);
          *request++ = GatherRequest::of(positions[i] + done, n);
          *place++ = static_cast<std::uint32_t>(element);
          element += n;
        }
    });
    if (operands_.size() > op.indices.size()) {  // a scatter's values
      const std::int64_t item = item_size(op_.outputs[0].dtype);
      execution_.copy(stream_, tile.extent, item, operands_.back(),
                      {blocks_.element(tile_->element), row_major_strides(tile.extent, item)});
    }
  }

  GatherBlocks& blocks_;
  GatherPositions positions_;
  std::optional<GatherUser> user_;
  const GatherBlocks::Tile* tile_ = nullptr;
};

GatherBlocks::GatherBlocks(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched,
                           const GatherUse* use)
    : stage_(stage),
      op_(op),
      order_(op.grid),
      item_(item_size(op.walk.outputs[0].dtype)),
      cursor_(op.walk, stage.x.comm.rank()),
      no_columns_(op.walk.outputs.size()),
      memory_(stage.x.pool, request_bytes(op), "requests"),
      elements_(stage.x.pool, gathered_bytes(op), "gathered elements"),
      sorting_(stage.x.pool, sorting_bytes(op), "sorting requests") {
  const std::int64_t n = op.block.requests;
  auto* at = reinterpret_cast<std::int64_t*>(memory_.data());
  requests_[0] = at, requests_[1] = at + n;
  auto* rest = reinterpret_cast<std::uint32_t*>(at + 2 * n);
  places_[0] = rest, places_[1] = rest + n, keys_ = rest + 2 * n;
  tiles_.reserve(gather_block_tiles);
  for (int k = 0; k < op.walk.workers; k++)
    workers_.push_back(std::make_unique<GatherBlockRunner>(*this, fetched, use, k));
  more_ = cursor_.next(next_);
}

GatherBlocks::~GatherBlocks() = default;

// Tiles as long as there is room for what they ask for. Many tiny chunks are one item of the cursor, and a tile each.
void GatherBlocks::take_tiles() {
  tiles_.clear();
  std::int64_t requests = 0, elements = 0;
  while (more_) {
    const Box tile = cursor_.tile_box(op_.walk.owners.at_position(next_.position), next_);
    const std::int64_t n = requests_of(op_, tile.extent);
    if (std::ssize(tiles_) == gather_block_tiles || requests + n > op_.block.requests ||
        elements + tile.size() > op_.block.elements)
      break;
    tiles_.push_back({{next_.position, 1, next_.kept_tile, next_.folded_tile}, requests, elements});
    requests += n, elements += tile.size();
    if (next_.count > 1)
      next_.position++, next_.count--;
    else
      more_ = cursor_.next(next_);
  }
  count_ = requests;
  current_ = 0;
}

template <class Work>
void GatherBlocks::for_each_tile(Work&& work) {
  std::atomic<std::size_t> next{0};
  const auto some = [&](int worker) {
    stage_.failure.then([&] {
      for (std::size_t i = next++; i < tiles_.size() && !stage_.failure.any(); i = next++)
        work(*workers_[static_cast<std::size_t>(worker)], tiles_[i]);
      workers_[static_cast<std::size_t>(worker)]->finish();
    });
    free_scratch();
  };
  const int team = static_cast<int>(std::min(workers_.size(), tiles_.size()));
  if (team > 1)
    run_team(team, some);
  else
    some(0);
}

void GatherBlocks::ask() {
  take_tiles();
  for_each_tile([](GatherBlockRunner& worker, const Tile& tile) { worker.ask(tile); });
}

void GatherBlocks::put() {
  for_each_tile([](GatherBlockRunner& worker, const Tile& tile) { worker.put(tile); });
}

// Stable: requests of one key stay in order. keys_ has each request's, sorting_ how many have those before it.
void GatherBlocks::move_by_keys(std::int64_t keys) {
  auto* counts = reinterpret_cast<std::int64_t*>(sorting_.data());
  for (std::int64_t k = 0; k < keys; k++) counts[k + 1] += counts[k];
  const int to = 1 - current_;
  for (std::int64_t i = 0; i < count_; i++) {
    const std::int64_t at = counts[keys_[i]]++;
    requests_[to][at] = requests_[current_][i];
    places_[to][at] = places_[current_][i];
  }
  current_ = to;
}

void GatherBlocks::sort() {
  auto* counts = reinterpret_cast<std::int64_t*>(sorting_.data());
  const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(1, num_elements(order_.grid().shape())) - 1);
  constexpr std::int64_t groups = std::int64_t{1} << gather_group_bits;
  for (int shift = 0; shift < static_cast<int>(std::bit_width(last)); shift += gather_group_bits) {
    std::fill(counts, counts + groups + 1, 0);
    for (std::int64_t i = 0; i < count_; i++) {
      keys_[i] = static_cast<std::uint32_t>(GatherRequest::position(requests()[i]) >> shift & (groups - 1));
      counts[keys_[i] + 1]++;
    }
    move_by_keys(groups);
  }
}

}  // namespace tessera
