#pragma once
// What both ways to sort have: which elements of which rows are sorted how, and where the results go.
#include <string>

#include <tessera/core/kernel/sort.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct SortWalk {
  TileOperator walk;  ///< its only output: what is sorted, and where the results go
  int axis = 0;
  Sort sort;
  std::int64_t first = 0, count = 0;  ///< which of the ordered elements of a row are the result
};

class Draft;
/// Of `node`, a Sort, in stage `stage` of the draft: but for the owners of the walk and the result, and where it goes.
SortWalk sort_walk_of(Draft& draft, std::size_t stage, const NodePtr& node);

std::string name_of(const SortWalk& op);
/// The name of a sort, for people: "argsort float64, descending".
std::string to_string(const Sort& sort);

}  // namespace tessera
