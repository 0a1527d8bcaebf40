#include <tessera/distributed/exchange/fetch.hpp>

#include <algorithm>

#include <tessera/core/cpu/kernel.hpp>

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

// The pieces between one pair of ranks, grouped into messages.
struct Messages {
  std::vector<std::vector<Box>> boxes;
  std::vector<std::int64_t> bytes;
  void add(const Box& b, std::int64_t size, std::int64_t cap) {
    if (boxes.empty() || bytes.back() + size > cap) boxes.emplace_back(), bytes.push_back(0);
    boxes.back().push_back(b);
    bytes.back() += size;
  }
};

}  // namespace

std::int64_t fetch(Communicator& comm, const ResidentArray& from, const Box& wanted, std::byte* to, const Dims& strides,
                   std::int64_t message_bytes) {
  const int me = comm.rank(), ranks = comm.size();
  const std::int64_t item = item_size(from.dtype());
  const auto& owners = from.distribution();
  const bool here = owners.kind() == Distribution::Kind::replicated;
  const auto local = [&](const Dims& c) {
    const HeldBox h = from.chunk(c);
    const Box part = intersect(h.held, wanted);
    if (!part.empty())
      cpu::copy(part.extent, item, address(h.data, h.strides, part.lo, h.held.lo), h.strides,
                address(to, strides, part.lo, wanted.lo), strides);
  };
  if (ranks == 1 || here) {
    for_each_touched(from.grid(), wanted, local);
    return 0;
  }

  // Everybody's wish.
  const int rank = wanted.rank();
  std::vector<std::int64_t> mine, all(static_cast<std::size_t>(2 * rank * ranks));
  for (int i = 0; i < rank; i++) mine.push_back(wanted.lo[i]), mine.push_back(wanted.extent[i]);
  if (rank > 0)
    comm.allgather(reinterpret_cast<const std::byte*>(mine.data()), reinterpret_cast<std::byte*>(all.data()),
                   2 * rank * 8);
  const std::int64_t cap = std::max<std::int64_t>(64 << 10, message_bytes / (ranks - 1)),
                     most = std::max<std::int64_t>(1, cap / item);

  std::vector<Messages> send(static_cast<std::size_t>(ranks)), receive(static_cast<std::size_t>(ranks));
  for (int p = 0; p < ranks; p++) {
    if (p == me) continue;
    Box theirs;
    for (int i = 0; i < rank; i++) {
      theirs.lo.push_back(all[static_cast<std::size_t>(2 * (p * rank + i))]);
      theirs.extent.push_back(all[static_cast<std::size_t>(2 * (p * rank + i) + 1)]);
    }
    for_each_touched(from.grid(), theirs, [&](const Dims& c) {
      if (owners.owner(c) != me) return;
      split_box(intersect(from.grid().box(c), theirs), most,
                [&](const Box& b) { send[static_cast<std::size_t>(p)].add(b, b.size() * item, cap); });
    });
  }
  for_each_touched(from.grid(), wanted, [&](const Dims& c) {
    const int owner = owners.owner(c);
    if (owner == me) return local(c);
    split_box(intersect(from.grid().box(c), wanted), most,
              [&](const Box& b) { receive[static_cast<std::size_t>(owner)].add(b, b.size() * item, cap); });
  });

  std::int64_t rounds[1] = {0}, moved = 0;
  for (const auto* side : {&send, &receive})
    for (const auto& m : *side) rounds[0] = std::max(rounds[0], static_cast<std::int64_t>(m.boxes.size()));
  comm.allreduce_max(rounds);
  for (std::int64_t round = 0; round < rounds[0]; round++) {
    const auto k = static_cast<std::size_t>(round);
    // Not from the pool, whose limit could refuse one rank while the others wait for it; the plan has counted them.
    std::vector<std::unique_ptr<std::byte[]>> buffers;
    std::vector<Piece> outgoing, incoming;
    std::vector<std::pair<int, std::byte*>> arrived;
    for (int p = 0; p < ranks; p++) {
      const auto& m = send[static_cast<std::size_t>(p)];
      if (k >= m.boxes.size()) continue;
      buffers.push_back(std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(m.bytes[k])));
      std::byte* at = buffers.back().get();
      outgoing.push_back({p, at, m.bytes[k]});
      for (const Box& b : m.boxes[k]) {
        Dims c;
        for (int i = 0; i < rank; i++) c.push_back(from.grid().axis(i).find(b.lo[i]));
        const HeldBox h = from.chunk(c);
        cpu::copy(b.extent, item, address(h.data, h.strides, b.lo, h.held.lo), h.strides, at,
                  row_major_strides(b.extent, item));
        at += b.size() * item;
      }
    }
    for (int p = 0; p < ranks; p++) {
      const auto& m = receive[static_cast<std::size_t>(p)];
      if (k >= m.boxes.size()) continue;
      buffers.push_back(std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(m.bytes[k])));
      incoming.push_back({p, buffers.back().get(), m.bytes[k]});
      arrived.emplace_back(p, buffers.back().get());
      moved += m.bytes[k];
    }
    comm.exchange(outgoing, incoming);
    for (auto [p, at] : arrived)
      for (const Box& b : receive[static_cast<std::size_t>(p)].boxes[k]) {
        cpu::copy(b.extent, item, at, row_major_strides(b.extent, item), address(to, strides, b.lo, wanted.lo),
                  strides);
        at += b.size() * item;
      }
  }
  return moved;
}

std::int64_t replicate(Communicator& comm, const ResidentArray& from, SlabArray& all) {
  const auto& grid = from.grid();
  const std::int64_t item = item_size(from.dtype()), bytes = num_elements(grid.shape()) * item;
  if (grid.count() == 1) {
    const Dims only = Dims::filled(grid.rank(), 0);
    const int owner = from.distribution().owner(only);
    if (owner == comm.rank()) {
      const HeldBox h = from.chunk(only);
      cpu::copy(h.held.extent, item, h.data, h.strides, all.data(), row_major_strides(h.held.extent, item));
    }
    comm.broadcast(all.data(), bytes, owner);
    return owner == comm.rank() ? 0 : bytes;
  }
  // Fetched densely, then laid out in chunks.
  const Box whole = Box::whole(grid.shape());
  const auto dense = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
  const Dims strides = row_major_strides(grid.shape(), item);
  const std::int64_t moved = fetch(comm, from, whole, dense.get(), strides, 16 << 20);
  for_each_index(grid.counts(), [&](const Dims& c) {
    const HeldBox h = all.chunk(c);
    cpu::copy(h.held.extent, item, address(dense.get(), strides, h.held.lo, whole.lo), strides, h.data, h.strides);
  });
  return moved;
}

}  // namespace tessera
