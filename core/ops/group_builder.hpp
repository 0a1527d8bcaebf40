#pragma once
// What functions of groups share: the Group node between what is given and an epilogue.
#include <optional>
#include <vector>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/fold_builder.hpp>

namespace tessera::groups {

/// An array and how its elements are seen from the domain.
struct Seen {
  Array array;
  IndexTransform map;
};
Seen as_it_is(const Array& x);

/// How many values there are in each group: int64.
struct Counted {};
/// What is folded of values, of any dtype that `fold` takes.
struct Folded {
  Seen values;
  Fold fold;
  bool skips_nan = false;
  Epilogue epilogue;
};

/// Groups by integer labels, which do not depend on the kept axes. returns: the kept axes, and one of groups in the place of
/// the first folded axis. throws ValueError for too many groups.
Array by_labels(const Seen& labels, std::int64_t least_label, std::int64_t groups, const ChunkGrid& domain,
                std::uint32_t folded, const std::optional<Folded>& what);
/// Groups by the bins of one or several axes; coordinates and edges: one each, edges of float64. All axes of the domain are
/// folded. finite: edges must be. returns: an axis for each of bins.
Array by_bins(const std::vector<Array>& coordinates, const std::vector<Array>& edges, bool finite,
              const std::optional<Folded>& what);

/// float32 or float64: what is not stays, else float64.
Array real_coordinates(const Array& x, const char* name);

}  // namespace tessera::groups
