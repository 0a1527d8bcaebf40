#include <tessera/distributed/exchange/fetch.hpp>

#include <algorithm>
#include <numeric>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

// Cuts `box` into boxes of at most `most` elements, halving the first axis that is longer than 1.
template <class F>
void split_box(const Box& box, std::int64_t most, F&& emit) {
  if (box.size() <= most) {
    if (!box.empty()) emit(box);
    return;
  }
  int axis = 0;
  while (box.extent[axis] == 1) axis++;
  Box first = box, second = box;
  first.extent[axis] = box.extent[axis] / 2;
  second.lo[axis] += first.extent[axis];
  second.extent[axis] -= first.extent[axis];
  split_box(first, most, emit);
  split_box(second, most, emit);
}

// Calls f(coordinates) for the chunks of `grid` that `box` touches.
template <class F>
void for_each_touched(const ChunkGrid& grid, const Box& box, F&& f) {
  if (box.empty()) return;
  Dims lo, extent;
  for (int i = 0; i < grid.rank(); i++) {
    lo.push_back(grid.axis(i).find(box.lo[i]));
    extent.push_back(grid.axis(i).find(box.lo[i] + box.extent[i] - 1) - lo[i] + 1);
  }
  for_each_index(extent, [&](const Dims& at) {
    Dims c = at;
    for (int i = 0; i < c.size(); i++) c[i] += lo[i];
    f(c);
  });
}

std::byte* address(std::byte* base, const Dims& strides, const Dims& at, const Dims& origin) {
  for (int i = 0; i < at.size(); i++) base += (at[i] - origin[i]) * strides[i];
  return base;
}

// The pieces between one pair of ranks, grouped into messages: one a round.
struct Messages {
  std::vector<std::vector<Box>> boxes;
  std::vector<std::int64_t> bytes;
  void add(const Box& b, std::int64_t size, std::int64_t cap) {
    if (boxes.empty() || bytes.back() + size > cap) boxes.emplace_back(), bytes.push_back(0);
    boxes.back().push_back(b);
    bytes.back() += size;
  }
};

// The memory of all rounds, taken before any rank sends, so that none is left waiting for one that has no memory. Not
// from the pool, whose limit counts the plan's buffers; the plan has counted the messages beside them.
class Rounds {
 public:
  Rounds(Communicator& comm, std::vector<Messages> send, std::vector<Messages> receive)
      : send_(std::move(send)), receive_(std::move(receive)) {
    for (const auto* side : {&send_, &receive_})
      for (const auto& m : *side) count_ = std::max(count_, m.bytes.size());
    std::int64_t bytes = 0;
    for (std::size_t k = 0; k < count_; k++) {
      std::int64_t round = 0;
      for (const auto* side : {&send_, &receive_})
        for (const auto& m : *side) round += k < m.bytes.size() ? m.bytes[k] : 0;
      bytes = std::max(bytes, round);
    }
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
    outgoing_.reserve(send_.size()), incoming_.reserve(send_.size());
    comm.prepare_exchange(send_.size());
  }
  std::int64_t count() const { return static_cast<std::int64_t>(count_); }
  /// Bytes that come to this rank in all rounds.
  std::int64_t incoming() const {
    std::int64_t bytes = 0;
    for (const Messages& m : receive_) bytes = std::accumulate(m.bytes.begin(), m.bytes.end(), bytes);
    return bytes;
  }

  /// One round of all ranks; a rank whose own rounds are over still takes part. returns: bytes that came.
  template <class Pack, class Unpack>
  std::int64_t run(Communicator& comm, std::size_t k, Pack&& pack, Unpack&& unpack) {
    std::byte* at = buffer_.get();
    std::int64_t moved = 0;
    outgoing_.clear(), incoming_.clear();
    for (std::size_t p = 0; p < send_.size(); p++) {
      const Messages& m = send_[p];
      if (k >= m.boxes.size()) continue;
      outgoing_.push_back({static_cast<int>(p), at, m.bytes[k]});
      for (const Box& b : m.boxes[k]) at = pack(b, at);
    }
    for (std::size_t p = 0; p < receive_.size(); p++) {
      const Messages& m = receive_[p];
      if (k >= m.boxes.size()) continue;
      incoming_.push_back({static_cast<int>(p), at, m.bytes[k]});
      at += m.bytes[k];
      moved += m.bytes[k];
    }
    comm.exchange(outgoing_, incoming_);
    for (const Piece& piece : incoming_) {
      const std::byte* from = piece.data;
      for (const Box& b : receive_[static_cast<std::size_t>(piece.peer)].boxes[k]) from = unpack(b, from);
    }
    return moved;
  }

 private:
  std::vector<Messages> send_, receive_;
  std::size_t count_ = 0;
  std::unique_ptr<std::byte[]> buffer_;
  std::vector<Piece> outgoing_, incoming_;
};

bool needs_others(const Communicator& comm, const ResidentArray& from) {
  return comm.size() > 1 && from.distribution().kind() != Distribution::Kind::replicated;
}

}  // namespace

Fetch::Fetch(Communicator& comm, const ResidentArray& from, const Box& wanted)
    : comm_(comm), from_(from), wanted_(wanted), talks_(needs_others(comm, from)) {
  if (!talks_) return;
  for (int i = 0; i < wanted.rank(); i++) mine_.push_back(wanted.lo[i]), mine_.push_back(wanted.extent[i]);
  wishes_.resize(mine_.size() * static_cast<std::size_t>(comm.size()));
}

std::int64_t Fetch::run(std::byte* to, const Dims& strides, std::int64_t message_bytes, const Moved& moved) {
  const int me = comm_.rank(), ranks = comm_.size(), rank = wanted_.rank();
  const std::int64_t item = item_size(from_.dtype());
  const auto& owners = from_.distribution();
  const auto local = [&](const Dims& c) {
    const HeldBox h = from_.chunk(c);
    const Box part = intersect(h.held, wanted_);
    if (!part.empty())
      cpu::copy(part.extent, item, address(h.data, h.strides, part.lo, h.held.lo), h.strides,
                address(to, strides, part.lo, wanted_.lo), strides);
  };
  if (!talks_) {
    for_each_touched(from_.grid(), wanted_, local);
    return 0;
  }

  if (rank > 0)
    comm_.allgather(reinterpret_cast<const std::byte*>(mine_.data()), reinterpret_cast<std::byte*>(wishes_.data()),
                    2 * rank * 8);
  const std::int64_t cap = std::max<std::int64_t>(64 << 10, message_bytes / (ranks - 1)),
                     most = std::max<std::int64_t>(1, cap / item);
  Failure failure;
  std::optional<Rounds> rounds;
  failure.guard([&] {
    std::vector<Messages> send(static_cast<std::size_t>(ranks)), receive(static_cast<std::size_t>(ranks));
    for (int p = 0; p < ranks; p++) {
      if (p == me) continue;
      Box theirs;
      for (int i = 0; i < rank; i++) {
        theirs.lo.push_back(wishes_[static_cast<std::size_t>(2 * (p * rank + i))]);
        theirs.extent.push_back(wishes_[static_cast<std::size_t>(2 * (p * rank + i) + 1)]);
      }
      for_each_touched(from_.grid(), theirs, [&](const Dims& c) {
        if (owners.owner(c) != me) return;
        split_box(intersect(from_.grid().box(c), theirs), most,
                  [&](const Box& b) { send[static_cast<std::size_t>(p)].add(b, b.size() * item, cap); });
      });
    }
    for_each_touched(from_.grid(), wanted_, [&](const Dims& c) {
      const int owner = owners.owner(c);
      if (owner == me) return local(c);
      split_box(intersect(from_.grid().box(c), wanted_), most,
                [&](const Box& b) { receive[static_cast<std::size_t>(owner)].add(b, b.size() * item, cap); });
    });
    rounds.emplace(comm_, std::move(send), std::move(receive));
  });
  std::int64_t count[1] = {rounds ? rounds->count() : 0}, came = 0;
  const auto tell = [&] {
    if (moved && rounds->incoming() > 0) moved(came, rounds->incoming());
  };
  agree(comm_, failure, count);
  tell();
  for (std::int64_t k = 0; k < count[0]; k++) {
    came += rounds->run(
        comm_, static_cast<std::size_t>(k),
        [&](const Box& b, std::byte* at) {
          Dims c;
          for (int i = 0; i < rank; i++) c.push_back(from_.grid().axis(i).find(b.lo[i]));
          const HeldBox h = from_.chunk(c);
          cpu::copy(b.extent, item, address(h.data, h.strides, b.lo, h.held.lo), h.strides, at,
                    row_major_strides(b.extent, item));
          return at + b.size() * item;
        },
        [&](const Box& b, const std::byte* at) {
          cpu::copy(b.extent, item, at, row_major_strides(b.extent, item), address(to, strides, b.lo, wanted_.lo),
                    strides);
          return at + b.size() * item;
        });
    tell();
  }
  return came;
}

std::int64_t fetch(Communicator& comm, const ResidentArray& from, const Box& wanted, std::byte* to, const Dims& strides,
                   std::int64_t message_bytes) {
  if (!needs_others(comm, from)) return Fetch(comm, from, wanted).run(to, strides, message_bytes);
  std::optional<Fetch> fetch;
  together(comm, [&] { fetch.emplace(comm, from, wanted); });
  return fetch->run(to, strides, message_bytes);
}

Replication::Replication(Communicator& comm, const ResidentArray& from, std::shared_ptr<SlabArray> all)
    : comm_(comm), from_(from), all_(std::move(all)) {
  const auto& grid = from.grid();
  if (grid.count() == 1) return;
  // Fetched densely, then laid out in chunks.
  const std::int64_t bytes = num_elements(grid.shape()) * item_size(from.dtype());
  dense_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
  fetch_.emplace(comm, from, Box::whole(grid.shape()));
}

std::int64_t Replication::run() {
  const auto& grid = from_.grid();
  const std::int64_t item = item_size(from_.dtype());
  if (!fetch_) {
    const Dims only = Dims::filled(grid.rank(), 0);
    const int owner = from_.distribution().owner(only);
    const std::int64_t bytes = num_elements(grid.shape()) * item;
    if (owner == comm_.rank()) {
      const HeldBox h = from_.chunk(only);
      cpu::copy(h.held.extent, item, h.data, h.strides, all_->data(), row_major_strides(h.held.extent, item));
    }
    comm_.broadcast(all_->data(), bytes, owner);
    return owner == comm_.rank() ? 0 : bytes;
  }
  const Box whole = Box::whole(grid.shape());
  const Dims strides = row_major_strides(grid.shape(), item);
  const std::int64_t moved = fetch_->run(dense_.get(), strides, 16 << 20);
  for_each_index(grid.counts(), [&](const Dims& c) {
    const HeldBox h = all_->chunk(c);
    cpu::copy(h.held.extent, item, address(dense_.get(), strides, h.held.lo, whole.lo), strides, h.data, h.strides);
  });
  return moved;
}

}  // namespace tessera
