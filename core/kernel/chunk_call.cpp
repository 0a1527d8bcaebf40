#include <tessera/core/kernel/chunk_call.hpp>

#include <algorithm>

namespace tessera {

bool ChunkCall::keeps_chunks() const {
  for (int r = 0; r < made_from.size(); r++)
    if (made_from[r] != r) return false;
  return made_from.size() == domain.rank() && result == domain;
}

Dims ChunkCall::result_chunk(const Dims& chunk) const {
  Dims at;
  for (const auto a : made_from) at.push_back(a < 0 ? 0 : chunk[static_cast<int>(a)]);
  return at;
}

Dims ChunkCall::domain_chunk(const Dims& chunk) const {
  Dims at = Dims::filled(domain.rank(), 0);
  for (int r = 0; r < made_from.size(); r++)
    if (made_from[r] >= 0) at[static_cast<int>(made_from[r])] = chunk[r];
  return at;
}

Box ChunkCall::made(const Dims& chunk, const Box& part) const {
  Box box = result.box(result_chunk(chunk));
  for (int r = 0; r < made_from.size(); r++) {
    const auto a = static_cast<int>(made_from[r]);
    if (a >= 0 && !is_whole(a)) box.lo[r] = part.lo[a], box.extent[r] = part.extent[a];
  }
  return box;
}

Dims ChunkCall::made_extent(const Dims& part) const {
  Dims extent = result.largest();
  for (int r = 0; r < made_from.size(); r++)
    if (const auto a = static_cast<int>(made_from[r]); a >= 0 && !is_whole(a)) extent[r] = part[a];
  return extent;
}

Box ChunkCall::seen_around(const Box& part) const {
  Box box = part;
  for (int i = 0; i < before.size(); i++) {
    const std::int64_t end = std::min(box.lo[i] + box.extent[i] + after[i], source.lo[i] + source.extent[i]);
    box.lo[i] = std::max(box.lo[i] - before[i], source.lo[i]);
    box.extent[i] = end - box.lo[i];
  }
  return box;
}

void add(Key& key, const ChunkCall& c) {
  const auto add_dims = [&](const Dims& dims) {
    key.add(dims.size());
    for (const auto d : dims) key.add(d);
  };
  add(key, *c.function);
  key.add(c.domain).add(c.result).add(c.whole).add(c.seen.size());
  for (const auto& seen : c.seen) add_dims(seen);
  for (const Dims* dims : {&c.made_from, &c.before, &c.after, &c.source.lo, &c.source.extent}) add_dims(*dims);
}

}  // namespace tessera
