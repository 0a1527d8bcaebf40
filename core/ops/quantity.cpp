#include <tessera/core/ops/quantity.hpp>

namespace tessera {

Array with_quantity(const Array& result, const Array& of, Quantity::As as) {
  if (result.node()->kind() != NodeKind::map || result.node() == of.node()) return result;
  const MapNode& m = as_map(*result.node());
  return Array(std::make_shared<MapNode>(m.program(), m.scalars(), m.shape(), m.grid(), m.inputs(), m.kept(),
                                         Quantity{of.node().get(), as}));
}

Array described_by(const Array& joined, std::shared_ptr<const Store> whole) {
  if (joined.node()->kind() != NodeKind::concat) return joined;
  const ConcatNode& c = as_concat(*joined.node());
  return Array(std::make_shared<ConcatNode>(c.dtype(), c.grid(), c.axis(), c.starts(), c.inputs(), std::move(whole)));
}

}  // namespace tessera
