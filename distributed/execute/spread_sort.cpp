// The sort of rows over all ranks: splitters, then walks that send every element where it belongs, of one group into
// memory, of several into a scratch file; a sort of each group there, and the results to where they go. Sizes that depend
// on the elements travel first.
#include <algorithm>
#include <numeric>

#include <tessera/core/device/host_sort.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/batch_parts.hpp>
#include <tessera/distributed/execute/group_file.hpp>
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
        to_(static_cast<std::size_t>(x_.comm.size() * op.together)),
        from_(to_),
        at_(to_),
        sent_to_(static_cast<std::size_t>(x_.comm.size())),
        result_(sent_to_.size()) {
    outgoing_.reserve(result_.size()), incoming_.reserve(result_.size());
    positions_.reserve(static_cast<std::size_t>(most_boundaries(op)));  // all ranks make the same, or none
    x_.comm.prepare_exchange(result_.size());
    if (uses_scratch(op)) file_.emplace(stage, op);
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
    // Fences are looked for of as many groups as there is room for, in whole sets of those that move together.
    const std::int64_t at_once = std::max(op_.together, groups_at_once(op_, parts) / op_.together * op_.together);
    for (std::int64_t g = 0; g < op_.groups; g += at_once) {
      const std::int64_t end = std::min(op_.groups, g + at_once);
      find_fences(g, end);
      for (std::int64_t k = g; k < end; k += op_.together) {
        const std::int64_t next = std::min(end, k + op_.together);
        move_groups(k, next);
        finish_groups(k, next);
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

  // Where in `to_` and its like a group of a rank stands, of the groups that move together.
  std::size_t place_of(int rank, std::int64_t group) const {
    return static_cast<std::size_t>(rank * op_.together + group - first_);
  }

  // The fences between the parts of groups, and whose each part is: -1 nobody's.
  void lay_out_groups() {
    const std::int64_t length = op_.walk.grid.axis(op_.axis).extent();
    group_fences_.clear(), owner_.assign(1, -1);
    std::int64_t last = 0;  // position of the last fence
    const auto pass = [&](std::int64_t at) {
      if (at == last || at == length) return;
      group_fences_.push_back(fence(at).at);
      owner_.push_back(-1);
      last = at;
    };
    for (int r = 0; r < x_.comm.size(); r++)
      for (std::int64_t g = first_; g < end_; g++) {
        const RowPart p = part(r, g);
        if (p.size() == 0) continue;
        pass(p.lo);
        owner_.back() = static_cast<std::int64_t>(place_of(r, g));
        pass(p.hi);
      }
    parts_.begin(group_fences_);
    counts_.resize(owner_.size()), places_.resize(owner_.size());
  }

  // All elements of some groups to those who make them, in the order of their indices: into memory, or the file.
  void move_groups(std::int64_t first, std::int64_t end) {
    first_ = first, end_ = end;
    stage_.failure.then([&] {
      lay_out_groups();
      walk_.rewind();
      std::fill(to_.begin(), to_.end(), 0);
      for (int r = 0; r < x_.comm.size(); r++)
        for (std::int64_t g = first; g < end; g++)
          if (const RowPart p = part(r, g); p.size() > 0) to_[place_of(r, g)] = before(p.hi) - before(p.lo);
    });
    std::int64_t rounds[1] = {walk_.batches()};
    agree(x_.comm, stage_.failure, rounds);
    tell_counts();
    find_places();
    for (std::int64_t k = 0; k < rounds[0]; k++) move_batch();
    agree(x_.comm, stage_.failure);
  }

  // What every rank has for every other one, in `to_`, becomes what they have for this one, in `from_`.
  void tell_counts() {
    if (x_.comm.size() == 1)
      from_ = to_;
    else
      x_.comm.alltoall(reinterpret_cast<const std::byte*>(to_.data()), reinterpret_cast<std::byte*>(from_.data()),
                       8 * op_.together);
  }

  // Where what comes is put: group after group, and of a group what lower ranks send first.
  void find_places() {
    std::int64_t at = 0;
    for (std::int64_t g = first_; g < end_; g++) {
      const std::int64_t begin = at;
      for (int r = 0; r < x_.comm.size(); r++) {
        at_[place_of(r, g)] = at;
        at += from_[place_of(r, g)];
      }
      if (at - begin != part(x_.comm.rank(), g).size())
        stage_.failure.guard([&] { throw InternalError("a sort expects other elements than it makes"); });
    }
  }

  // The next batch as records.
  RowElements load_batch(std::byte* to) {
    const auto load = [&](const RowElements& e) {
      sort_load(op_.sort, e.data, e.stride, e.n, e.index, to + (e.index - walk_.index()) * record_);
    };
    return walk_.next(std::ref(load));
  }

  void move_batch() {
    if (x_.comm.size() == 1 && group_fences_.empty() && !file_) {  // all of it belongs here
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
    place_parts();
    stage_.failure.then([&] {
      if (batch.n > 0) parts_.take(places_.data());
    });
    const int window = peers_at_once();
    for (int distance = 0; distance < x_.comm.size(); distance += window)
      exchange_with(distance, std::min(x_.comm.size(), distance + window));
  }

  // Where the records of this round go: one rank's after the other's, group after group; this rank's own, unless they
  // go to a file, behind what came of it before.
  void place_parts() {
    std::byte* out = sent_.data();
    std::fill(places_.begin(), places_.end(), nullptr), std::fill(sent_to_.begin(), sent_to_.end(), nullptr);
    for (std::size_t p = 0; p < owner_.size(); p++) {
      if (owner_[p] < 0) continue;
      const auto place = static_cast<std::size_t>(owner_[p]);
      const auto r = static_cast<std::size_t>(owner_[p] / op_.together);
      if (static_cast<int>(r) == x_.comm.rank() && !file_) {
        places_[p] = group_.data() + at_[place] * record_;
        continue;
      }
      places_[p] = out;
      if (!sent_to_[r]) sent_to_[r] = out;
      out += to_[place] * record_;
    }
  }

  static std::int64_t of_rank(const std::vector<std::int64_t>& counts, int rank, std::int64_t groups) {
    const auto first = counts.begin() + rank * groups;
    return std::accumulate(first, first + groups, std::int64_t{0});
  }

  // Of how many ranks the records of this round are taken at a time: what is on its way to the file waits in the memory
  // of a group, which holds a batch at least. All, as a rule. Collective, and the same on all ranks.
  int peers_at_once() {
    const int all = x_.comm.size();
    if (!file_ || (all - 1) * op_.batch <= op_.group) return all;
    std::int64_t most[1] = {std::accumulate(from_.begin(), from_.end(), std::int64_t{0}) -
                            of_rank(from_, x_.comm.rank(), op_.together)};
    x_.comm.allreduce_max(most);
    return most[0] <= op_.group ? all : static_cast<int>(op_.group / op_.batch);
  }

  // With the ranks at these distances: what is for them goes, and what comes lands where it belongs.
  void exchange_with(int first, int end) {
    const int me = x_.comm.rank(), ranks = x_.comm.size();
    outgoing_.clear(), incoming_.clear();
    std::byte* staged = group_.data();
    for (int distance = first; distance < end; distance++) {
      const int to = (me + distance) % ranks, from = (me + ranks - distance) % ranks;
      const std::int64_t sends = of_rank(to_, to, op_.together), comes = of_rank(from_, from, op_.together);
      if (distance > 0 && sends > 0) outgoing_.push_back({to, sent_to_[static_cast<std::size_t>(to)], sends * record_});
      std::byte* at = distance == 0 ? sent_to_[static_cast<std::size_t>(me)]
                      : file_       ? staged
                                    : group_.data() + at_[place_of(from, first_)] * record_;
      if (distance > 0 && comes > 0) incoming_.push_back({from, at, comes * record_});
      if (distance > 0 && file_) staged += comes * record_;
      take(from, at);
    }
    {
      const TraceSpan span(x_.lane(), Activity::exchange, stage_.traced());
      if (ranks > 1) x_.comm.exchange(outgoing_, incoming_);
    }
    for (const Piece& p : incoming_) x_.counters.add({p.bytes, 1});
    if (file_) file_->write();
  }

  // What comes of a rank in this round, and lies there once it is here.
  void take(int from, const std::byte* records) {
    for (std::int64_t g = first_; g < end_; g++) {
      const std::size_t place = place_of(from, g);
      const std::int64_t n = from_[place];
      if (file_ && n > 0) {
        stage_.failure.then([&] { file_->add(at_[place], records, n); });
        records += n * record_;
      }
      at_[place] += n;
    }
  }

  // Sorts groups that have come, and puts them where their results go.
  void finish_groups(std::int64_t first, std::int64_t end) {
    std::int64_t at = 0;  // in the file
    for (std::int64_t g = first; g < end; g++) {
      const RowPart p = part(x_.comm.rank(), g);
      if (file_) file_->read(at, group_.data(), p.size());
      at += p.size();
      stage_.failure.then([&] { finish_group(p); });
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
  std::optional<GroupFile> file_;
  std::int64_t first_ = 0, end_ = 0;          // the groups that move
  std::vector<std::int64_t> to_, from_, at_;  // by rank and group: records of a round; where the next of them go
  std::vector<std::byte*> sent_to_;           // by rank: where what it is sent lies
  std::vector<RowPart> result_;               // by rank
  Dims row_;
  std::vector<std::int64_t> positions_;
  std::vector<Fence> fences_;
  std::vector<SortFence> group_fences_;
  std::vector<std::int64_t> owner_;  // of what lies before, between and behind those: a rank's group
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
