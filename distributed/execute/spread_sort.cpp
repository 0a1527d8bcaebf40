// The sort of rows over all ranks: splitters, then for each group a walk that sends every element where it belongs, a
// sort there, and the results to where they go. Sizes that depend on the elements travel first.
#include <algorithm>
#include <numeric>

#include <tessera/core/device/host_sort.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/batch_parts.hpp>
#include <tessera/distributed/execute/group_sort.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/splitters.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

class SpreadSorting {
 public:
  SpreadSorting(StageRun& stage, const SpreadSort& op, const std::vector<HeldBox>& fetched)
      : stage_(stage),
        x_(stage.x),
        op_(op),
        record_(sort_record_bytes(op.sort)),
        batch_(x_.pool, batch_bytes(op), "a batch of a sort"),
        sent_(x_.pool, batch_bytes(op), "a batch of a sort"),
        group_(x_.pool, group_bytes(op), "a group of a sort"),
        scratch_(x_.pool, group_bytes(op), "a group of a sort"),
        walk_(stage, op, fetched),
        splitters_(stage, op, walk_, {group_.data(), static_cast<std::size_t>(group_.bytes())}),
        parts_(op.sort, op.walk.workers),
        to_(static_cast<std::size_t>(x_.comm.size())),
        from_(to_),
        at_(to_),
        result_(to_.size()) {
    outgoing_.reserve(to_.size()), incoming_.reserve(to_.size());
    positions_.reserve(static_cast<std::size_t>(most_boundaries(op)));  // all ranks make the same, or none
    x_.comm.prepare_exchange(to_.size());
  }

  /// All rows. Collective.
  void run() {
    Dims rows = op_.walk.grid.shape();
    rows[op_.axis] = std::min<std::int64_t>(1, op_.count);
    for_each_index(rows, [&](const Dims& row) { sort_row(row); });
  }

 private:
  // What this rank makes of a group of a row: positions in its order.
  RowPart part(int rank, std::int64_t group) const {
    const RowPart& all = result_[static_cast<std::size_t>(rank)];
    const std::int64_t lo = std::min(all.hi, all.lo + group * op_.group);
    return {lo, std::min(all.hi, lo + op_.group)};
  }

  void sort_row(const Dims& row) {
    walk_.begin(row);
    row_ = row;
    find_results(row);
    const std::int64_t parts = std::max<std::int64_t>(
        1, std::count_if(result_.begin(), result_.end(), [](const RowPart& p) { return p.size() > 0; }));
    const std::int64_t at_once = std::max<std::int64_t>(1, most_boundaries(op_) / (2 * parts));
    for (std::int64_t g = 0; g < op_.groups; g += at_once) {
      const std::int64_t end = std::min(op_.groups, g + at_once);
      find_fences(g, end);
      for (std::int64_t k = g; k < end; k++) {
        move_group(k);
        stage_.failure.then([&] { finish_group(part(x_.comm.rank(), k)); });
      }
    }
  }

  // The positions of the row that each rank makes: its chunks of the result.
  void find_results(const Dims& row) {
    const StageOutput& out = op_.walk.outputs[0];
    std::int64_t column = 0;
    for (int i = 0; i < row.size(); i++)
      if (i != op_.axis) column = column * out.grid.axis(i).count() + out.grid.axis(i).find(row[i]);
    const std::int64_t columns = columns_of(out.grid, op_.axis);
    const AxisChunks& along = out.grid.axis(op_.axis);
    for (int r = 0; r < x_.comm.size(); r++) {
      const RowPart chunks = chunks_of_row(out.owners, r, column, columns);
      result_[static_cast<std::size_t>(r)] = {op_.first + along.bound(chunks.lo), op_.first + along.bound(chunks.hi)};
    }
  }

  // Where the parts of groups [first, end) begin and end.
  void find_fences(std::int64_t first, std::int64_t end) {
    const std::int64_t length = op_.walk.grid.axis(op_.axis).extent();
    positions_.clear();
    for (int r = 0; r < x_.comm.size(); r++)
      for (std::int64_t g = first; g < end; g++) {
        const RowPart p = part(r, g);
        if (p.size() == 0) continue;
        for (const auto at : {p.lo, p.hi})
          if (at > 0 && at < length && (positions_.empty() || positions_.back() < at)) positions_.push_back(at);
      }
    fences_ = positions_.empty() ? std::vector<Fence>() : splitters_.find(positions_);
  }

  const Fence& fence(std::int64_t position) const {
    return fences_[static_cast<std::size_t>(std::lower_bound(positions_.begin(), positions_.end(), position) -
                                            positions_.begin())];
  }
  std::int64_t before(std::int64_t position) const {
    if (position == 0) return 0;
    return position == op_.walk.grid.axis(op_.axis).extent() ? walk_.size() : fence(position).before;
  }

  // The fences between the parts of a group, and whose each part is: -1 nobody's.
  void lay_out_group(std::int64_t group) {
    const std::int64_t length = op_.walk.grid.axis(op_.axis).extent();
    group_fences_.clear(), owner_.assign(1, -1);
    std::int64_t last = 0;  // position of the last fence
    const auto pass = [&](std::int64_t at) {
      if (at == last || at == length) return;
      group_fences_.push_back(fence(at).at);
      owner_.push_back(-1);
      last = at;
    };
    for (int r = 0; r < x_.comm.size(); r++) {
      const RowPart p = part(r, group);
      if (p.size() == 0) continue;
      pass(p.lo);
      owner_.back() = r;
      pass(p.hi);
    }
    parts_.begin(group_fences_);
    counts_.resize(owner_.size()), places_.resize(owner_.size());
  }

  // All elements of a group to those who make it, in the order of their indices.
  void move_group(std::int64_t group) {
    const int ranks = x_.comm.size();
    stage_.failure.then([&] {
      lay_out_group(group);
      walk_.rewind();
      for (int r = 0; r < ranks; r++) {
        const RowPart p = part(r, group);
        to_[static_cast<std::size_t>(r)] = p.size() > 0 ? before(p.hi) - before(p.lo) : 0;
      }
    });
    std::int64_t rounds[1] = {walk_.batches()};
    agree(x_.comm, stage_.failure, rounds);
    tell_counts();
    std::exclusive_scan(from_.begin(), from_.end(), at_.begin(), std::int64_t{0});
    const std::int64_t expected = std::accumulate(from_.begin(), from_.end(), std::int64_t{0});
    for (std::int64_t k = 0; k < rounds[0]; k++) move_batch();
    agree(x_.comm, stage_.failure);
    if (expected != part(x_.comm.rank(), group).size())
      stage_.failure.guard([&] { throw InternalError("a sort expects other elements than it makes"); });
  }

  // What every rank has for every other one, in `to_`, becomes what they have for this one, in `from_`.
  void tell_counts() {
    if (x_.comm.size() == 1)
      from_ = to_;
    else
      x_.comm.alltoall(reinterpret_cast<const std::byte*>(to_.data()), reinterpret_cast<std::byte*>(from_.data()), 8);
  }

  // The next batch as records.
  RowElements load_batch(std::byte* to) {
    const auto load = [&](const RowElements& e) {
      sort_load(op_.sort, e.data, e.stride, e.n, e.index, to + (e.index - walk_.index()) * record_);
    };
    return walk_.next(std::ref(load));
  }

  void move_batch() {
    const int me = x_.comm.rank();
    if (x_.comm.size() == 1 && group_fences_.empty()) {  // all of it belongs here
      stage_.failure.then([&] { at_[0] += load_batch(group_.data() + at_[0] * record_).n; });
      return;
    }
    std::fill(to_.begin(), to_.end(), 0);
    RowElements batch;
    stage_.failure.then([&] { batch = load_batch(batch_.data()); });
    stage_.failure.then([&] {
      if (batch.n == 0) return;
      parts_.count(batch_.data(), batch.n, counts_.data());
      for (std::size_t p = 0; p < owner_.size(); p++)
        if (owner_[p] >= 0) to_[static_cast<std::size_t>(owner_[p])] += counts_[p];
    });
    if (stage_.failure.any()) std::fill(to_.begin(), to_.end(), 0);
    tell_counts();
    place_pieces();
    stage_.failure.then([&] {
      if (batch.n > 0) parts_.take(places_.data());
    });
    const TraceSpan span(x_.lane(), Activity::exchange, stage_.traced());
    if (x_.comm.size() > 1) x_.comm.exchange(outgoing_, incoming_);
    for (const Piece& p : incoming_) x_.counters.add({p.bytes, 1});
    at_[static_cast<std::size_t>(me)] += to_[static_cast<std::size_t>(me)];
  }

  // Where the records of this round lie: those for others, one after another, and those that come, behind what came of
  // the same rank before.
  void place_pieces() {
    outgoing_.clear(), incoming_.clear();
    std::byte* out = sent_.data();
    std::fill(places_.begin(), places_.end(), nullptr);
    for (std::size_t p = 0; p < owner_.size(); p++) {
      if (owner_[p] < 0) continue;
      const auto r = static_cast<std::size_t>(owner_[p]);
      if (owner_[p] == x_.comm.rank()) {
        places_[p] = group_.data() + at_[r] * record_;
        continue;
      }
      places_[p] = out;
      if (to_[r] > 0) outgoing_.push_back({owner_[p], out, to_[r] * record_});
      out += to_[r] * record_;
    }
    for (int r = 0; r < x_.comm.size(); r++) {
      const auto k = static_cast<std::size_t>(r);
      if (r == x_.comm.rank() || from_[k] == 0) continue;
      incoming_.push_back({r, group_.data() + at_[k] * record_, from_[k] * record_});
      at_[k] += from_[k];
    }
  }

  void finish_group(const RowPart& p) {
    if (p.size() == 0) return;
    const std::byte* sorted = nullptr;
    {
      const TraceSpan span(x_.lane(), Activity::compute, stage_.traced());
      sorted = sort_group(op_.sort, op_.walk.workers, group_.data(), scratch_.data(), p.size());
    }
    const StageOutput& out = op_.walk.outputs[0];
    const AxisChunks& along = out.grid.axis(op_.axis);
    for (std::int64_t lo = p.lo - op_.first, end = p.hi - op_.first; lo < end;) {
      const std::int64_t chunk = along.find(lo), hi = std::min(end, along.bound(chunk + 1));
      put(chunk, {lo, hi}, sorted + (lo - (p.lo - op_.first)) * record_);
      lo = hi;
    }
  }

  // Results of one chunk: into memory, and to files.
  void put(std::int64_t chunk, const RowPart& range, const std::byte* records) {
    const StageOutput& out = op_.walk.outputs[0];
    Box box{row_, Dims::filled(row_.size(), 1)};
    box.lo[op_.axis] = range.lo, box.extent[op_.axis] = range.size();
    if (out.array) {
      Dims at;
      for (int i = 0; i < row_.size(); i++) at.push_back(i == op_.axis ? chunk : out.grid.axis(i).find(row_[i]));
      const StridedOutput to = output_at(x_.array(*out.array)->chunk(at), box.lo);
      store_group(op_.sort, op_.walk.workers, records, range.size(), to.data, to.strides[op_.axis]);
    }
    if (out.writes.empty()) return;
    // The results are no longer than their records, and take their place.
    auto* dense = const_cast<std::byte*>(records);
    const std::int64_t item = item_size(out.dtype);
    sort_store(op_.sort, records, range.size(), dense, item);
    for (const int sink : out.writes) {
      TraceSpan span(x_.lane(), Activity::write, stage_.traced());
      StoreWriter& writer = x_.writer(sink);
      const std::int64_t bytes =
          run_store_code(writer, [&] { return writer.write(box, dense, row_major_strides(box.extent, item)); });
      span.set_bytes(bytes);
      x_.counters.bytes_written += bytes;
    }
  }

  StageRun& stage_;
  Execution& x_;
  const SpreadSort& op_;
  const std::int64_t record_;
  Buffer batch_, sent_, group_, scratch_;
  RowWalk walk_;
  Splitters splitters_;
  BatchParts parts_;
  std::vector<std::int64_t> to_, from_, at_;  // by rank: records of a round; where the next of the group go
  std::vector<RowPart> result_;               // by rank
  Dims row_;
  std::vector<std::int64_t> positions_;
  std::vector<Fence> fences_;
  std::vector<SortFence> group_fences_;
  std::vector<int> owner_;  // of what lies before, between and behind those
  std::vector<std::int64_t> counts_;
  std::vector<std::byte*> places_;
  std::vector<Piece> outgoing_, incoming_;
};

}  // namespace

void run(StageRun& stage, const SpreadSort& op) {
  TileFetches fetches(stage, op.walk);
  std::optional<SpreadSorting> sorting;
  stage.failure.then([&] { fetches.prepare(); });
  fetches.run();
  stage.failure.then([&] { sorting.emplace(stage, op, fetches.boxes()); });
  agree(stage.x.comm, stage.failure);
  sorting->run();
}

}  // namespace tessera
