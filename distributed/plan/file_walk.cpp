#include <tessera/distributed/plan/file_walk.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Measured on one core of an AMD EPYC, warm; only their proportions matter.
constexpr double read_call_ns = 700, read_byte_ns = 0.15;
constexpr double write_call_ns = 1500, write_byte_ns = 0.3;
constexpr double decoded_byte_ns = 3;   // gzip
constexpr double fresh_byte_ns = 0.25;  // the first touch of a page
constexpr double copied_byte_ns = 0.2;  // into the block and out of it
// How much less blocks that pass through a scratch file must cost than others, by an estimate.
constexpr double worth_scratch = 0.8;
// As io/region.cpp moves short runs: with the gaps between them, where these are small.
constexpr double straight_bytes = 16 << 10, gap_bytes = 4 << 10, piece_bytes = 256 << 10;
// Tiles of thin chunks take whole cache lines of the block.
constexpr std::int64_t line_elements = 8;
// What a tile writes at once is no longer than this.
constexpr double tile_bytes = 256 << 10;

// A box of a dataset that lies in chunks.
struct Access {
  Dims box, chunk;  // the dataset's axes
  Shape shape;
  std::int64_t item = 1;
};

double touched(std::int64_t box, std::int64_t chunk) {
  if (box % chunk == 0 || chunk % box == 0) return static_cast<double>(ceil_div(box, chunk));
  return 1 + static_cast<double>(box - 1) / static_cast<double>(chunk);
}

// Transfers and bytes of a box, gaps included.
struct Transfers {
  double calls = 0, bytes = 0;
};
Transfers transfers(const Access& x, bool with_gaps, double longest) {
  double bytes = static_cast<double>(x.item), run = bytes, gap = 0;
  bool whole = true;
  for (int j = x.box.size() - 1; j >= 0; j--) {
    const std::int64_t extent = std::min(x.box[j], x.shape[j]), chunk = std::min(x.chunk[j], x.shape[j]);
    bytes *= static_cast<double>(extent);
    if (!whole) continue;
    const double part = static_cast<double>(extent) / touched(extent, chunk), all = static_cast<double>(chunk);
    if (part < all) {
      whole = false;
      gap = (all - part) * run;
    }
    run *= part;
  }
  run = std::min(run, longest);
  if (with_gaps && run < straight_bytes && gap > 0 && gap <= gap_bytes) {
    const double spanned = bytes * (run + gap) / run;
    return {std::max(1.0, spanned / piece_bytes), spanned};
  }
  return {std::max(1.0, bytes / run), bytes};
}

bool is_compressed(const StoreInfo& info) { return !info.filters.empty(); }

double reading_ns(const Plan& plan, const TileValue& v, const Dims& box) {
  const StoreInfo& info = plan.source(v.as<StoredValue>()->source).store()->info();
  Access x{value_extent(v.from_domain, box), {}, info.shape, item_size(info.dtype)};
  for (int j = 0; j < x.box.size(); j++) {
    x.box[j] = std::clamp<std::int64_t>(x.box[j], 1, std::max<std::int64_t>(1, info.shape[j]));
    x.chunk.push_back(
        std::max<std::int64_t>(1, info.chunked || is_compressed(info) ? info.grid.axis(j).longest() : info.shape[j]));
  }
  if (is_compressed(info)) {
    double decoded = static_cast<double>(x.item);
    for (int j = 0; j < x.box.size(); j++) decoded *= touched(x.box[j], x.chunk[j]) * static_cast<double>(x.chunk[j]);
    return decoded * decoded_byte_ns;
  }
  const Transfers t = transfers(x, true, 1e18);
  return t.calls * read_call_ns + t.bytes * read_byte_ns;
}

const FileChunks& chunks_of(const Plan& plan, int sink) { return plan.sink(sink).chunks; }
bool is_compressed(const Plan& plan, int sink) { return plan.sink(sink).cost.in_chunks; }

double writing_ns(const Plan& plan, const StageOutput& o, int sink, const Dims& box) {
  if (is_compressed(plan, sink)) return 0;  // whole chunks in any case
  const Dims& chunk = chunks_of(plan, sink).chunk;
  const Shape shape = o.grid.shape();
  const Transfers t =
      transfers({box, chunk.empty() ? Dims(shape) : chunk, shape, item_size(o.dtype)}, false, tile_bytes);
  return t.calls * write_call_ns + t.bytes * write_byte_ns;
}

template <class F>
void for_each_target(const TileOperator& op, const F& f) {
  for (const auto& o : op.outputs)
    for (const int sink : o.writes) f(o, sink);
}

// The target by whose chunks blocks and tiles are cut: a compressed one, else the first that has chunks.
std::optional<int> leading_target(const Plan& plan, const TileOperator& op) {
  std::optional<int> lead;
  for_each_target(op, [&](const StageOutput&, int sink) {
    if (chunks_of(plan, sink).chunk.empty()) return;
    if (!lead || (is_compressed(plan, sink) && !is_compressed(plan, *lead))) lead = sink;
  });
  return lead;
}

// What each chunk of a compressed dataset gives each box, written to a scratch file and read from there.
double through_scratch_ns(const Plan& plan, const TileValue& v, const Dims& box) {
  const StoreInfo& info = plan.source(v.as<StoredValue>()->source).store()->info();
  const Dims extent = value_extent(v.from_domain, box);
  double pieces = 1;
  for (int j = 0; j < extent.size(); j++)
    pieces *= touched(std::max<std::int64_t>(1, std::min(extent[j], info.shape[j])),
                      std::max<std::int64_t>(1, info.grid.axis(j).longest()));
  const auto bytes = static_cast<double>((product(extent) * item_size(info.dtype)).value());
  return bytes * (decoded_byte_ns + write_byte_ns + read_byte_ns + 2 * copied_byte_ns) +
         pieces * (write_call_ns + read_call_ns);
}

// Blocks of these extents may pass through a scratch file: of one compressed dataset, each element of which one block
// needs; chunks are decoded in the memory of a block.
bool can_pass_scratch(const Plan& plan, const TileOperator& op, const Dims& box) {
  const TileValue* v = read_by_blocks(op);
  if (!v || plan.limits.scratch == 0) return false;
  const StoreInfo& info = plan.source(v->as<StoredValue>()->source).store()->info();
  if (!is_compressed(info)) return false;
  std::uint32_t used = 0;
  for (const auto& a : v->from_domain.axes()) {
    if (a.from < 0) continue;
    if (std::abs(a.stride) != 1 || (used >> a.from & 1u)) return false;
    used |= 1u << a.from;
  }
  double blocks = 1;
  for (int i = 0; i < box.size(); i++) {
    if (!(used >> i & 1u) && op.grid.axis(i).extent() > 1) return false;
    blocks *= static_cast<double>(ceil_div(op.grid.axis(i).extent(), box[i]));
  }
  const Amount block = product(value_extent(v->from_domain, box)) * item_size(v->dtype);
  const Amount chunk = product(info.grid.largest()) * item_size(v->dtype);
  const double file = std::ceil(blocks / plan.limits.ranks) * static_cast<double>(block.value());
  return chunk * 2 <= block && file <= static_cast<double>(plan.limits.scratch);
}

std::int64_t block_bytes_of(const TileOperator& op, const Dims& block) {
  Amount bytes;
  for (const auto& v : op.values)
    if (v.as<StoredValue>()) bytes += product(value_extent(v.from_domain, block)) * item_size(v.dtype);
  return bytes.value();
}

// What is tried on an axis: chunks of the target and of the sources times powers of two, what both are made of, all.
std::vector<std::int64_t> extents_to_try(const Plan& plan, const TileOperator& op, int axis) {
  const std::int64_t n = std::max<std::int64_t>(1, op.grid.axis(axis).extent());
  const auto lead = leading_target(plan, op);
  const std::int64_t target = lead ? std::min(n, chunks_of(plan, *lead).chunk[axis]) : 1;
  const std::int64_t unit = lead && is_compressed(plan, *lead) ? target : 1;  // blocks are whole ones of these
  std::vector<std::int64_t> tried{n};
  const auto add = [&](std::int64_t e) {
    for (; e < n; e *= 2)
      if (e % unit == 0) tried.push_back(e);
  };
  add(target);
  add(ceil_div(ceil_div(n, plan.limits.ranks), unit) * unit);  // a block for each rank
  if (unit == 1) {
    for (std::int64_t e = 1; e < n; e *= 4) tried.push_back(e);
    for (std::int64_t e = target; e > 16; e /= 2) tried.push_back(e);
  }
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) {
      const StoreInfo& info = plan.source(stored->source).store()->info();
      for (int j = 0; j < v.from_domain.input_rank() && info.chunked; j++)
        if (const auto& a = v.from_domain.axis(j); a.from == axis) {
          const std::int64_t source = std::max<std::int64_t>(1, info.grid.axis(j).longest() / std::abs(a.stride));
          add(source);
          if (const Amount both = Amount(source / std::gcd(source, target)) * target; both < n) add(both.value());
        }
    }
  std::sort(tried.begin(), tried.end());
  tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
  return tried;
}

// The best of a few hundred boxes: two axes at a time are tried in all their extents, until nothing gets better.
class BlockSearch {
 public:
  BlockSearch(const Plan& plan, const TileOperator& op, std::int64_t room, bool by_block)
      : plan_(plan), op_(op), room_(room), by_block_(by_block) {
    for (int i = 0; i < op.grid.rank(); i++) {
      tried_.push_back(extents_to_try(plan, op, i));
      best_.push_back(tried_.back().front());
    }
    cost_ = cost(best_);
  }
  std::optional<Dims> run() {
    const int rank = best_.size();
    for (double before = HUGE_VAL; cost_ < before;) {
      before = cost_;
      for (int i = 0; i < rank; i++)
        for (int k = rank == 1 ? i : i + 1; k < rank; k++) try_axes(i, k);
    }
    if (cost_ == HUGE_VAL) return std::nullopt;
    return best_;
  }

 private:
  double cost(const Dims& box) const {
    return block_bytes_of(op_, box) > room_ ? HUGE_VAL : walking_cost(plan_, op_, box, by_block_);
  }
  void try_axes(int i, int k) {
    Dims box = best_;
    for (const auto a : tried_[i])
      for (const auto b : tried_[k]) {
        box[i] = a, box[k] = b;
        if (const double c = cost(box); c < cost_) best_ = box, cost_ = c;
      }
  }

  const Plan& plan_;
  const TileOperator& op_;
  std::int64_t room_;
  bool by_block_;
  std::vector<std::vector<std::int64_t>> tried_;
  Dims best_;
  double cost_;
};

}  // namespace

bool is_between_files(const Plan& plan, const TileOperator& op) {
  if (op.space != Space::host || op.grid.rank() == 0 || op.grid.count() == 0 || has_halos(op)) return false;
  bool reads = false;
  for (const auto& v : op.values) {
    if (v.is_part() || v.as<HeldValue>() || v.as<FetchedValue>()) return false;
    reads = reads || v.as<StoredValue>();
  }
  std::optional<FileChunks> compressed;  // several compressed targets have the same chunks: they share a traversal
  bool alike = true;
  for (const auto& o : op.outputs)
    if (o.fold() || o.array || o.writes.empty()) return false;
  for_each_target(op, [&](const StageOutput&, int sink) {
    if (!is_compressed(plan, sink)) return;
    const FileChunks& chunks = chunks_of(plan, sink);
    if (compressed && !(*compressed == chunks)) alike = false;
    compressed = chunks;
    // What is appended within a chunk is left to tiles.
    for (const auto n : chunks.skip) alike = alike && n == 0;
  });
  return reads && alike;
}

namespace {

// reading: of a value in a box of these extents, in nanoseconds.
template <class Reading>
double walking_ns(const Plan& plan, const TileOperator& op, const Dims& box, bool by_block, Reading&& reading) {
  double boxes = 1;
  for (int i = 0; i < box.size(); i++) boxes *= static_cast<double>(ceil_div(op.grid.axis(i).extent(), box[i]));
  double each = 0;
  for (const auto& v : op.values)
    if (v.as<StoredValue>()) each += reading(plan, v, box);
  for_each_target(op, [&](const StageOutput& o, int sink) { each += writing_ns(plan, o, sink, box); });
  double all = boxes * each;
  if (!by_block) return all;
  const auto bytes = static_cast<double>(block_bytes_of(op, box)), ranks = static_cast<double>(plan.limits.ranks);
  all += boxes * bytes * copied_byte_ns + ranks * bytes * fresh_byte_ns;
  return all * std::ceil(boxes / ranks) * ranks / boxes;  // ranks without a block wait
}

// The blocks cost less so than read from the dataset.
bool is_cheaper_through_scratch(const Plan& plan, const TileOperator& op, const Dims& box) {
  return can_pass_scratch(plan, op, box) && walking_ns(plan, op, box, true, through_scratch_ns) <
                                                worth_scratch * walking_ns(plan, op, box, true, reading_ns);
}

}  // namespace

double walking_cost(const Plan& plan, const TileOperator& op, const Dims& box, bool by_block) {
  if (by_block && is_cheaper_through_scratch(plan, op, box)) return walking_ns(plan, op, box, true, through_scratch_ns);
  return walking_ns(plan, op, box, by_block, reading_ns);
}

const TileValue* read_by_blocks(const TileOperator& op) {
  const TileValue* only = nullptr;
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) {
      if (only || !stored->by_block) return nullptr;
      only = &v;
    }
  return only;
}

bool walks_through_scratch(const Plan& plan, const TileOperator& op) {
  return walks_blocks(op) && op.owners.has_runs() && is_between_files(plan, op) &&
         is_cheaper_through_scratch(plan, op, op.grid.largest());
}

std::int64_t block_file_bytes(const Plan& plan, const TileOperator& op) {
  if (!walks_through_scratch(plan, op)) return 0;
  return (Amount(op.owners.most_elements()) * item_size(read_by_blocks(op)->dtype)).value();
}

std::optional<Dims> cheapest_blocks(const Plan& plan, const TileOperator& op, std::int64_t room) {
  return BlockSearch(plan, op, room, true).run();
}

std::optional<Dims> cheapest_tiles(const Plan& plan, const TileOperator& op, std::int64_t bytes) {
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>(); stored && is_compressed(plan.source(stored->source).store()->info()))
      return std::nullopt;
  bool compressed = false;
  for_each_target(op, [&](const StageOutput&, int sink) { compressed = compressed || is_compressed(plan, sink); });
  if (compressed) return std::nullopt;
  return BlockSearch(plan, op, bytes, false).run();
}

ChunkGrid grid_of_blocks(const Plan& plan, const TileOperator& op, const Dims& block) {
  const auto lead = leading_target(plan, op);
  std::vector<AxisChunks> axes;
  for (int i = 0; i < block.size(); i++) {
    const std::int64_t skip = lead ? chunks_of(plan, *lead).skip[i] : 0, n = op.grid.axis(i).extent();
    // One block has all, also where it begins within a chunk.
    axes.push_back(AxisChunks::regular(n, block[i], block[i] < n ? skip % block[i] : 0));
  }
  return ChunkGrid(std::move(axes));
}

Dims tile_of_block(const Plan& plan, const TileOperator& op, const Dims& block, std::int64_t target) {
  std::int64_t item = 0;
  for (const auto& o : op.outputs) item += item_size(o.dtype);
  for (const auto& v : op.values)
    if (v.as<ComputedValue>() || v.as<GeneratedValue>()) item += item_size(v.dtype);
  const auto lead = leading_target(plan, op);
  const Dims chunk = lead ? chunks_of(plan, *lead).chunk : block;
  Dims tile = Dims::filled(block.size(), 1);
  std::int64_t left = std::max<std::int64_t>(1, target / std::max<std::int64_t>(1, item));  // elements
  bool whole = true;
  for (int i = tile.size() - 1; i >= 0; i--) {
    const std::int64_t most = std::min(chunk[i], block[i]);
    tile[i] = lead && is_compressed(plan, *lead) ? most : std::clamp<std::int64_t>(left, 1, most);
    left /= tile[i];
    whole = whole && tile[i] == most;
  }
  // Several chunks that are smaller than a tile.
  for (int i = tile.size() - 1; whole && i >= 0 && left > 1; i--) {
    std::int64_t times = std::clamp<std::int64_t>(left, 1, ceil_div(block[i], tile[i]));
    if (times > line_elements) times -= times % line_elements;
    tile[i] = std::min(block[i], tile[i] * times);
    left /= times;
    whole = tile[i] >= block[i];
  }
  return tile;
}

}  // namespace tessera
