// An array in other chunks: what a rank keeps is copied from chunk to chunk, what others get goes in messages, a window
// of peers at a time. The sizes follow from the geometry on both sides; no rank waits for more than its peers.
#include <algorithm>
#include <optional>

#include <tessera/distributed/exchange/linked.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/flattened.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

constexpr Stream callers_stream{};

class Redistributing {
 public:
  Redistributing(StageRun& stage, const Redistribution& op)
      : stage_(stage), x_(stage.x), op_(op), item_(item_size(op.dtype)) {}

  /// Takes the memory for the exchange. Local.
  void prepare() {
    from_ = seen_as(x_.resident(op_.from), op_.regrid.from, flat_[0]);
    to_ = seen_as(*x_.array(op_.array), op_.regrid.to, flat_[1]);
    streaming_ = Amount(num_elements(to_->grid().shape())) * item_ > streaming_bytes;
    if (!talks()) return;
    const int me = x_.comm.rank();
    for (const auto& [peer, n] : op_.regrid.receivers_of(me)) add(sends_, peer, op_.windows.of(me, peer), n);
    for (const auto& [peer, n] : op_.regrid.senders_of(me)) add(receives_, peer, op_.windows.of(peer, me), n);
    for (auto* lanes : {&sends_, &receives_})
      std::stable_sort(lanes->begin(), lanes->end(), [](const Lane& a, const Lane& b) { return a.window < b.window; });
    for (const Lane& l : receives_) coming_ += l.bytes;
    const auto most = static_cast<std::size_t>(op_.windows.peers);
    messages_ = Buffer(x_.pool_in(op_.carried), op_.messages, "messages");
    if (op_.carried == Space::device && x_.link) linked_.emplace(x_.comm, x_.device, *x_.link, stage_.failure);
    outgoing_.reserve(std::min(most, sends_.size())), incoming_.reserve(std::min(most, receives_.size()));
    x_.comm.prepare_exchange(std::max(outgoing_.capacity(), incoming_.capacity()));
  }

  bool talks() const {
    return x_.comm.size() > 1 && op_.regrid.from.kind() != Distribution::Kind::replicated &&
           op_.regrid.to.grid().count() > 0;
  }

  /// What stays on this rank: each of its threads takes every n-th part of a chunk. What goes wrong is kept.
  void copy_own() {
    const bool alone = x_.plan.limits.threads == 1 || !streaming_;
    const int workers = alone ? 1 : x_.plan.limits.threads;
    const auto copy = [&](int worker) { stage_.failure.then([&] { copy_own({worker}, worker, workers); }); };
    if (workers == 1)
      copy(0);
    else
      run_team(workers, copy);
  }

  /// Collective among those that have something for each other.
  void exchange() {
    std::size_t sends = 0, receives = 0;
    stage_.failure.then([&] { stage_.tell(true, 0, coming_); });
    while (sends < sends_.size() || receives < receives_.size()) {
      int window = op_.windows.ranks;
      if (sends < sends_.size()) window = std::min(window, sends_[sends].window);
      if (receives < receives_.size()) window = std::min(window, receives_[receives].window);
      const auto to = window_at(sends_, sends, window), from = window_at(receives_, receives, window);
      run_window(to, from);
      sends += to.size(), receives += from.size();
    }
    if (!linked_) return;
    stage_.failure.then([&] { x_.device.wait(LinkedExchange::stream); });
    if (stage_.failure.any() && !linked_->settle())
      new Buffer(std::move(messages_));  // something may still write there
  }

 private:
  struct Lane {
    int peer, window;
    std::int64_t bytes;
    std::optional<RegridStream> parts{};
  };

  /// The array, or this with some axes as one, when that is what the geometry is about.
  static const ResidentArray* seen_as(const ResidentArray& array, const Distribution& d,
                                      std::optional<FlattenedArray>& flat) {
    return array.grid() == d.grid() ? &array : &flat.emplace(array, d);
  }
  void add(std::vector<Lane>& lanes, int peer, int window, std::int64_t elements) const {
    if (peer != x_.comm.rank()) lanes.push_back({peer, window, elements * item_});
  }
  static std::span<Lane> window_at(std::vector<Lane>& lanes, std::size_t first, int window) {
    std::size_t end = first;
    while (end < lanes.size() && lanes[end].window == window) end++;
    return std::span(lanes).subspan(first, end - first);
  }

  void copy_own(Stream of, int worker, int workers) {
    const int me = x_.comm.rank();
    RegridStream own(op_.regrid, me, me);
    std::int64_t turn = 0;
    own.for_each_part([&](const Dims& chunk, const Box& part) {
      const StridedInput source = source_at(from_->chunk(chunk), part.lo);
      for_each_target(part, [&](const HeldBox& target) {
        if (turn++ % workers == worker) write(of, part, source, target);
      });
    });
    x_.device.wait(of);
  }

  /// What goes wrong is kept until the end of the stage: the peers are in the exchange.
  void run_window(std::span<Lane> to, std::span<Lane> from) {
    const int me = x_.comm.rank();
    stage_.failure.then([&] {
      for (Lane& l : to) l.parts.emplace(op_.regrid, me, l.peer);
      for (Lane& l : from) l.parts.emplace(op_.regrid, l.peer, me);
    });
    std::int64_t longest = 0;
    for (const auto& lanes : {to, from})
      for (const Lane& l : lanes) longest = std::max(longest, l.bytes);
    for (std::int64_t at = 0; at < longest; at += op_.windows.largest) run_round(to, from, at);
    for (const auto& lanes : {to, from})
      for (Lane& l : lanes) l.parts.reset();
  }

  void run_round(std::span<Lane> to, std::span<Lane> from, std::int64_t at) {
    std::byte* data = messages_.data();
    const auto message = [&](std::vector<Piece>& pieces, const Lane& l) {
      const std::int64_t bytes = std::min(op_.windows.largest, l.bytes - at);
      if (bytes <= 0) return;
      pieces.push_back({l.peer, data, bytes});
      data += bytes;
    };
    outgoing_.clear(), incoming_.clear();
    for (Lane& l : to) {
      message(outgoing_, l);
      if (l.bytes > at) stage_.failure.then([&] { pack(l, outgoing_.back()); });
    }
    for (Lane& l : from) message(incoming_, l);
    Carrier& carrier = linked_ ? static_cast<Carrier&>(*linked_) : x_.comm;
    carrier.begin_exchange(outgoing_, incoming_);
    carrier.end_exchange();
    std::size_t next = 0;
    for (Lane& l : from) {
      if (l.bytes <= at) continue;
      const Piece& piece = incoming_[next++];
      came_ += piece.bytes;
      x_.counters.add({piece.bytes, 1, linked_ ? piece.bytes : 0});
      stage_.failure.then([&] { unpack(l, piece); });
    }
    stage_.failure.then([&] { stage_.tell(true, came_, coming_); });
  }

  void pack(Lane& l, const Piece& piece) {
    std::byte* data = piece.data;
    l.parts->take(piece.bytes / item_, [&](const Dims& chunk, const Box& part) {
      const HeldBox source = from_->chunk(chunk);
      x_.copy(stream(), part.extent, item_, source_at(source, part.lo),
              {data, row_major_strides(part.extent, item_), op_.carried});
      data += part.size() * item_;
    });
    if (!linked_) x_.device.wait(callers_stream);
  }

  void unpack(Lane& l, const Piece& piece) {
    std::byte* data = piece.data;
    l.parts->take(piece.bytes / item_, [&](const Dims&, const Box& part) {
      const StridedInput dense{data, row_major_strides(part.extent, item_), op_.carried};
      for_each_target(part, [&](const HeldBox& target) { write(stream(), part, dense, target); });
      data += part.size() * item_;
    });
    if (!linked_) x_.device.wait(callers_stream);
  }

  /// Over a link what comes next is in the same stream.
  Stream stream() const { return linked_ ? LinkedExchange::stream : callers_stream; }

  /// A chunk of the source from the element on that becomes `at`, by the axes of the target.
  StridedInput source_at(const HeldBox& source, const Dims& at) const {
    StridedInput in{address(source, op_.regrid.map.map(at)), Dims::filled(at.size(), 0), source.space};
    for (int j = 0; j < op_.regrid.map.input_rank(); j++)
      if (const auto& a = op_.regrid.map.axis(j); a.from >= 0) in.strides[a.from] = source.strides[j] * a.stride;
    return in;
  }

  /// Calls f(chunk) for the chunks of the target that the box lies in.
  template <class F>
  void for_each_target(const Box& box, F&& f) const {
    const ChunkGrid& grid = to_->grid();
    Box chunks;
    for (int i = 0; i < box.rank(); i++) {
      chunks.lo.push_back(grid.axis(i).find(box.lo[i]));
      chunks.extent.push_back(grid.axis(i).find(box.lo[i] + box.extent[i] - 1) - chunks.lo[i] + 1);
    }
    for_each_index(chunks.extent, [&](Dims chunk) {
      for (int i = 0; i < chunk.size(); i++) chunk[i] += chunks.lo[i];
      f(to_->chunk(chunk));
    });
  }

  /// Copies what a box, whose elements begin at `in`, has of a chunk.
  void write(Stream of, const Box& box, StridedInput in, const HeldBox& target) {
    const Box part = intersect(box, target.held);
    for (int i = 0; i < part.rank(); i++) in.data += (part.lo[i] - box.lo[i]) * in.strides[i];
    x_.copy(of, part.extent, item_, in, output_at(target, part.lo), streaming_);
  }

  StageRun& stage_;
  Execution& x_;
  const Redistribution& op_;
  const std::int64_t item_;
  bool streaming_ = false;
  std::optional<FlattenedArray> flat_[2];  // of from_ and to_
  const ResidentArray* from_ = nullptr;
  const ResidentArray* to_ = nullptr;
  std::vector<Lane> sends_, receives_;
  Buffer messages_;
  std::optional<LinkedExchange> linked_;
  std::vector<Piece> outgoing_, incoming_;
  std::int64_t came_ = 0, coming_ = 0;
};

}  // namespace

void run(StageRun& stage, const Redistribution& op) {
  Execution& x = stage.x;
  Redistributing redistributing(stage, op);
  stage.failure.then([&] { redistributing.prepare(); });
  const TraceSpan span(x.lane(), Activity::exchange, stage.traced());
  if (redistributing.talks()) agree(x.comm, stage.failure);
  if (!stage.failure.any()) redistributing.copy_own();
  if (redistributing.talks()) redistributing.exchange();
}

}  // namespace tessera
