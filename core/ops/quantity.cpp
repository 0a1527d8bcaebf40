#include <tessera/core/ops/quantity.hpp>

namespace tessera {

Array with_quantity(const Array& result, const Array& of, Quantity::As as) {
  if (result.node() == of.node()) return result;
  NodePtr n = result.node();
  if (n->kind() == NodeKind::quantity) n = n->inputs()[0].node;  // of a part of it; now it is known of the whole
  if (n->kind() != NodeKind::map && n->kind() != NodeKind::chunk_call) return result;
  return Array(std::make_shared<QuantityNode>(std::move(n), Quantity{of.node(), as}));
}

Array described_by(const Array& joined, std::shared_ptr<const Store> whole) {
  if (joined.node()->kind() != NodeKind::concat) return joined;
  const ConcatNode& c = as_concat(*joined.node());
  return Array(std::make_shared<ConcatNode>(c.dtype(), c.grid(), c.axis(), c.starts(), c.inputs(), std::move(whole)));
}

}  // namespace tessera
