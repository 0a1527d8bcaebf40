#pragma once
// Quantiles of small arrays as those of long columns are made: by counting.
#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {

/// What quantile, median and their like gave without keepdims, made by counting whatever the length of the columns; as
/// it is where there is nothing to select from.
inline Array counted(const Array& quantiles) {
  if (quantiles.node()->kind() != NodeKind::select) return quantiles;
  const SelectNode& n = as_select(*quantiles.node());
  Edge from = n.inputs()[0];
  if (from.node->kind() == NodeKind::redistribute) from = from.node->inputs()[0];
  Selection selection = n.selection();
  selection.by_columns = false;
  return Array(std::make_shared<SelectNode>(n.program(), std::vector<ScalarParameter>{}, std::vector<Edge>{from},
                                            from.node->grid(), selection));
}

}  // namespace tessera::testing
