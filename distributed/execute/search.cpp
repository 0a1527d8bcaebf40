// The search: the sorted array to every rank, then a walk over tiles.
#include <tessera/core/device/host_search.hpp>

#include <optional>

#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

class SearchRunner final : public TileRunner {
 public:
  SearchRunner(StageRun& stage, const Search& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
               std::vector<std::unique_ptr<Columns>>& no_columns, int thread, const std::byte* sorted)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread), search_(op), sorted_(sorted) {}

 private:
  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override {
    const StageOutput& o = op_.outputs[number];
    operands_of(o.inputs, tile.lo);
    StridedOutput to;
    if (o.array) {
      to = output_at(execution_.array(*o.array)->chunk(coordinates), tile.lo);
    } else {
      const std::int64_t item = item_size(o.dtype);
      to = {buffer(op_.values.size() + number, tile.size() * item), row_major_strides(tile.extent, item)};
    }
    {
      const TraceSpan span(within_, Activity::compute, traced_stage_);
      search_rows(tile.extent, operands_[0], to);
    }
    if (!o.writes.empty()) write(o, tile, {to.data, to.strides});
  }

  void search_rows(const Dims& extent, const StridedInput& from, const StridedOutput& to) const {
    const int last = extent.size() - 1;
    Dims rows = extent;
    if (last >= 0) rows[last] = std::min<std::int64_t>(1, rows[last]);
    for_each_index(rows, [&](const Dims& at) {
      std::int64_t in = 0, out = 0;
      for (int i = 0; i < at.size(); i++) in += at[i] * from.strides[i], out += at[i] * to.strides[i];
      search_sorted(search_.element, sorted_, search_.size, search_.right, from.data + in,
                    last < 0 ? 0 : from.strides[last], last < 0 ? 1 : extent[last], to.data + out,
                    last < 0 ? 0 : to.strides[last]);
    });
  }

  const Search& search_;
  const std::byte* sorted_;
};

}  // namespace

void run(StageRun& stage, const Search& op) {
  Execution& x = stage.x;
  const Box whole = Box::whole({op.size});
  const std::int64_t item = item_size(op.element);
  Buffer sorted;
  std::optional<Fetch> fetch;
  TileFetches fetches(stage, op.walk);
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    sorted = Buffer(x.pool, sorted_bytes(op), "a sorted array");
    fetch.emplace(x.comm, x.device, x.resident(op.sorted), whole, [whole](int) { return whole; });
    fetches.prepare();
    no_columns.resize(op.walk.outputs.size());
  });
  agree(x.comm, stage.failure);
  {
    const TraceSpan span(x.lane(), Activity::exchange, stage.traced());
    x.counters.add(fetch->run({sorted.data(), {item}}, x.transport()));
  }
  fetches.run();
  const auto make = [&](const TileCursor& cursor, int thread) {
    return std::make_unique<SearchRunner>(stage, op, cursor, fetches.boxes(), no_columns, thread, sorted.data());
  };
  walk_tiles(stage, op.walk, std::ref(make));
}

}  // namespace tessera
