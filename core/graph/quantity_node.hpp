#pragma once
// Quantity: its input, of which is known what it is, where the operations that it is made of would not tell
// (labels.hpp): a weighted mean has the quantity of its data, a decoded dataset that of the dataset. Evaluation looks
// through it.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

struct Quantity {
  enum class As : std::uint8_t {
    itself,
    decoded,  ///< without what says how the elements are stored
    mean      ///< behind a reduction
  };
  NodePtr of;  ///< among those below
  As as = As::itself;
};

class TESSERA_API QuantityNode final : public Node {
 public:
  QuantityNode(NodePtr input, Quantity quantity);
  const Quantity& quantity() const { return quantity_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;

 private:
  Quantity quantity_;
};

}  // namespace tessera
