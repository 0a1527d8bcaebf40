// Quantiles by counting: passes over the tiles, or over what is left of their elements, each with a sum over ranks.
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>

#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/exchange/integer_sum.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/execute/wanted_keys.hpp>

namespace tessera {
namespace {

/// Records of the elements that still matter, in blocks: two words, of which the first says how many others are used.
class FoundElements {
 public:
  static constexpr std::int64_t words = found_block_bytes / 8, header = 2, capacity = words - header;

  FoundElements(const std::shared_ptr<MemoryPool>& pool, std::int64_t bytes)
      : memory_(pool, bytes, "elements that are looked for"), blocks_(bytes / found_block_bytes) {}
  /// How many records of `width` words have room, however workers share them.
  static std::int64_t room(std::int64_t bytes, int workers, std::int64_t width) {
    return std::max<std::int64_t>(0, bytes / found_block_bytes - workers) * (capacity / width);
  }
  std::uint64_t* take_block() {
    const std::int64_t block = taken_++;
    if (block >= blocks_) throw InternalError("more elements are found than were counted");
    return reinterpret_cast<std::uint64_t*>(memory_.data()) + block * words;
  }
  template <class F>
  void for_each_block(F&& f) const {
    const auto* at = reinterpret_cast<const std::uint64_t*>(memory_.data());
    for (std::int64_t k = 0; k < taken_; k++, at += words) f(at + header, static_cast<std::int64_t>(*at));
  }

 private:
  Buffer memory_;
  std::int64_t blocks_;
  std::atomic<std::int64_t> taken_{0};
};

/// A worker's end of it.
class FoundByWorker final : public FoundKeys {
 public:
  explicit FoundByWorker(FoundElements& all) : all_(all) {}
  void close() {
    if (block_) *block_ = static_cast<std::uint64_t>(next_ - block_ - FoundElements::header);
  }

 private:
  void take_block() override {
    close();
    block_ = all_.take_block();
    next_ = block_ + FoundElements::header, end_ = block_ + FoundElements::words;
  }
  FoundElements& all_;
  std::uint64_t* block_ = nullptr;
};

/// What the passes of a rank share.
class Counting {
 public:
  /// Takes the memory. Local.
  Counting(Execution& x, const CountedSelection& op)
      : execution_(x),
        op_(op),
        wanted_(op, x.pool),
        own_(x.pool, op.memory.histogram, "a histogram"),
        prefixes_(wanted_.prefixes(0)) {
    if (!shares(op, x.comm.size())) return;
    sums_ = Buffer(x.pool, op.memory.histogram, "a histogram of all ranks");
    sum_.emplace(x.comm, x.pool, std::max(counts_of(op, 0), passes(op) > 1 ? counts_of(op, 1) : 0), op.memory.messages);
  }

  int pass() const { return pass_; }
  const KeyPrefixes& prefixes() const { return prefixes_; }
  bool counts_nans() const { return pass_ == 0 && is_inexact(op_.task.element); }
  std::int64_t counts() const { return counts_of(op_, pass_); }
  /// Where found elements go in this pass; null: nowhere.
  FoundElements* finds() { return finding_ ? &*found_ : nullptr; }
  bool has_found() const { return found_ && !finding_; }

  void begin() { std::memset(own_.data(), 0, counts() * 8); }
  /// Any worker.
  void add(const std::int64_t* counts) {
    const std::lock_guard lock(mutex_);
    auto* own = integers(own_);
    for (std::int64_t i = 0, n = this->counts(); i < n; i++) own[i] += counts[i];
  }
  void count_found_elements() {
    const std::int64_t width = op_.outputs > 1 ? 2 : 1;
    found_->for_each_block([&](const std::uint64_t* records, std::int64_t used) {
      count_found(key_bits(op_.task.element), prefixes_, records, used / width, integers(own_));
    });
  }

  /// Collective.
  void sum() {
    if (!sum_) return;
    std::memcpy(sums_.data(), own_.data(), counts() * 8);
    execution_.counters.add(sum_->over_all({integers(sums_), static_cast<std::size_t>(counts())}));
  }
  /// Goes on to the next pass. Local.
  void learn() {
    const std::int64_t matter = wanted_.learn(pass_, integers(sum_ ? sums_ : own_), integers(own_));
    finding_ = false;
    pass_++;
    if (pass_ == passes(op_)) return;
    prefixes_ = wanted_.prefixes(pass_);
    const std::int64_t bytes = op_.memory.found;
    if (found_ || bytes == 0 || pass_ + 1 == passes(op_)) return;
    if (matter > FoundElements::room(bytes, op_.walk.workers, op_.outputs > 1 ? 2 : 1)) return;
    found_.emplace(execution_.pool, bytes);
    finding_ = true;
  }

  /// The results that this rank owns.
  void write() const {
    const StageOutput& r = op_.task.result;
    const std::int64_t item = item_size(r.dtype);
    Buffer chunk;
    r.owners.for_each_owned(execution_.comm.rank(), [&](const Dims& at) {
      HeldBox h;
      h.held = r.grid.box(at);
      if (r.array) {
        h = execution_.array(*r.array)->chunk(at);
      } else {
        if (chunk.bytes() < h.held.size() * item) chunk = Buffer(execution_.pool, h.held.size() * item, "quantiles");
        h.data = chunk.data(), h.strides = row_major_strides(h.held.extent, item);
      }
      write(h);
      for (const int sink : r.writes) {
        StoreWriter& writer = execution_.writer(sink);
        execution_.counters.bytes_written +=
            run_store_code(writer, [&] { return writer.write(h.held, h.data, h.strides); });
      }
    });
  }

 private:
  static std::int64_t* integers(const Buffer& b) { return reinterpret_cast<std::int64_t*>(b.data()); }

  void write(const HeldBox& h) const {
    const Shape shape = op_.task.result.grid.shape();
    const int first = op_.task.is_list ? 1 : 0;
    for_each_index(h.held.extent, [&](const Dims& offset) {
      Dims at = h.held.lo;
      std::int64_t output = 0;
      for (int i = 0; i < at.size(); i++) {
        at[i] += offset[i];
        if (i >= first) output = output * shape[i] + at[i];
      }
      wanted_.write(output, first ? at[0] : 0, address(h, at));
    });
  }

  Execution& execution_;
  const CountedSelection& op_;
  WantedKeys wanted_;
  Buffer own_, sums_;
  std::optional<IntegerSum> sum_;
  KeyPrefixes prefixes_;
  int pass_ = 0;
  std::optional<FoundElements> found_;
  bool finding_ = false;
  std::mutex mutex_;
};

class CountingRunner final : public TileRunner {
 public:
  CountingRunner(StageRun& stage, const CountedSelection& op, const TileCursor& cursor,
                 const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& no_columns, int thread,
                 Counting& counting)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
        selection_(op),
        counting_(counting),
        counts_(stage.x.pool, op.memory.histogram, "a histogram") {
    std::memset(counts_.data(), 0, counting.counts() * 8);
    if (FoundElements* found = counting.finds()) found_.emplace(*found);
    const Shape shape = op.walk.grid.shape();
    strides_ = Dims::filled(shape.size(), 0);
    std::int64_t step = 1;
    for (int i = shape.size() - 1; i >= 0; i--)
      if (!(op.task.folded >> i & 1u)) strides_[i] = step, step *= shape[i];
  }

  void finish() override {
    TileRunner::finish();
    counting_.add(integers());
    if (found_) found_->close();
  }

 private:
  std::int64_t* integers() const { return reinterpret_cast<std::int64_t*>(counts_.data()); }

  void map_tile(std::size_t number, const Dims&, const Box& tile) override {
    const StridedInput from = elements(number, tile);
    const TraceSpan span(within_, Activity::reduce, traced_stage_);
    const KeyPrefixes& prefixes = counting_.prefixes();
    OutputNumbers outputs{0, strides_};
    for (int i = 0; i < tile.rank(); i++) outputs.first += tile.lo[i] * strides_[i];
    std::int64_t* nans = counting_.counts_nans() ? integers() + prefixes.histogram_counts() : nullptr;
    count_digits(selection_.task.element, prefixes, tile.extent, from, outputs, integers(), nans,
                 found_ ? &*found_ : nullptr);
  }

  const CountedSelection& selection_;
  Counting& counting_;
  Buffer counts_;
  Dims strides_;  // of output numbers along the walk's axes
  std::optional<FoundByWorker> found_;
};

}  // namespace

void run(StageRun& stage, const CountedSelection& op) {
  // Memory first: only when every rank has it does anyone exchange.
  TileFetches fetches(stage, op.walk);
  std::optional<Counting> counting;
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    fetches.prepare();
    no_columns.resize(op.walk.outputs.size());
    counting.emplace(stage.x, op);
  });
  fetches.run();
  const auto make = [&](const TileCursor& cursor, int thread) {
    return std::make_unique<CountingRunner>(stage, op, cursor, fetches.boxes(), no_columns, thread, *counting);
  };
  for (int pass = 0; pass < passes(op); pass++) {
    if (counting) counting->begin();
    if (counting && counting->has_found())
      walk_and_agree(stage, [&] { counting->count_found_elements(); });
    else
      walk_tiles(stage, op.walk, std::ref(make));
    // Here every rank is well.
    {
      const TraceSpan exchange(stage.x.lane(), Activity::exchange, stage.traced());
      counting->sum();
    }
    stage.failure.then([&] { counting->learn(); });
  }
  stage.failure.then([&] { counting->write(); });
}

}  // namespace tessera
