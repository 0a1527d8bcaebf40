#include <tessera/distributed/plan/fold_states.hpp>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

}  // namespace

Amount region_state_bytes(const FoldOutput& f, const Dims& extent) {
  return f.fold.layout().bytes(product(kept_axes(extent, f.reduced)).value());
}

Amount leaves_in(const FoldOutput& f, const Dims& extent) {
  Amount n = 1;
  for (int i = 0; i < extent.size(); i++)
    if (f.reduced >> i & 1u) n *= ceil_div(extent[i], f.leaf[i]);
  return n;
}

Amount state_bytes(const TileOperator& op, const StageOutput& o, const Dims& tile, int workers) {
  const FoldOutput& f = *o.fold();
  std::int64_t chunks = 1, leaves = 1;
  const Dims largest = op.grid.largest();
  for (int i = 0; i < op.grid.rank(); i++)
    if (f.reduced >> i & 1u) {
      chunks *= op.grid.axis(i).count();
      leaves *= ceil_div(std::max<std::int64_t>(1, largest[i]), f.leaf[i]);
    }
  const Amount region = rounded(region_state_bytes(f, tile));
  const std::int64_t depth = tree_depth(chunks) + 2 + (leaves > leaves_in(f, tile) ? tree_depth(leaves) + 1 : 0);
  if (f.in_order || o.owners.ranks() == 1) {
    Amount bytes = region * (depth + 2 * workers);
    if (o.owners.ranks() > 1 && f.in_order)
      for (auto start : op.owners.starts())
        if (chunks > 0 && start % chunks) {  // a result begun on one rank and ended on another
          bytes += 2 * (tree_depth(chunks) + 1) * rounded(region_state_bytes(f, largest));
          break;
        }
    if (!f.in_order) bytes += (tree_depth(chunks) + 1) * region_state_bytes(f, op.grid.shape());
    return bytes;
  }
  return (tree_depth(chunks) + 1) * (region_state_bytes(f, op.grid.shape()) + 64) + region * depth;
}

}  // namespace tessera
