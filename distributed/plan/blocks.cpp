#include <tessera/distributed/plan/blocks.hpp>

#include <algorithm>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

bool walks_blocks(const TileOperator& op) {
  return std::any_of(op.values.begin(), op.values.end(), [](const TileValue& v) {
    const auto* stored = v.as<StoredValue>();
    return stored && stored->by_block;
  });
}

bool can_walk_blocks(const TileOperator& op) {
  return op.space == Space::host && op.owners.kind() != Distribution::Kind::replicated &&
         std::none_of(op.values.begin(), op.values.end(),
                      [](const TileValue& v) { return v.as<StoredValue>() && v.is_part(); });
}

void read_by_block(const Plan& plan, TileOperator& op, ByBlock which) {
  for (auto& v : op.values)
    if (auto* stored = std::get_if<StoredValue>(&v.how)) {
      const auto& whole = plan.source(stored->source).store()->info().indivisible;
      const bool compressed = std::any_of(whole.begin(), whole.end(), [](std::int64_t n) { return n > 1; });
      stored->by_block = which == ByBlock::stored || (which == ByBlock::compressed && compressed);
    }
}

Box block_of(const TileValue& v, const Box& chunk) { return v.from_domain.map(reach(v, chunk)); }

std::int64_t block_bytes(const TileOperator& op, const TileValue& v) {
  return (product(value_extent(v.from_domain, reach_extent(v, op.grid.largest()))) * item_size(v.dtype)).value();
}

Amount block_bytes(const TileOperator& op) {
  Amount bytes;
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>(); stored && stored->by_block)
      bytes += MemoryPool::rounded(block_bytes(op, v));
  return bytes;
}

}  // namespace tessera
