#pragma once
// Folds apart for each group (core/kernel/grouping.hpp), in the host's memory (core/cpu/groups.cpp).
#include <cstdint>
#include <optional>
#include <span>

#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/grouping.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera {

/// The edges of the bins of one axis, and what tells quickly about where among them a number lies.
struct BinEdges {
  const double* edges = nullptr;  ///< bins + 1, rising
  std::int64_t bins = 0;
  double first = 0, last = 0;
  double per_width = 0;  ///< bins of equal width: bins / (last - first); 0: of different widths
  double doubt = 0;      ///< how far at most (edge k - first) * per_width, as it is computed, is from k
};
/// throws ValueError for edges that fall, or are no numbers; `finite`: or infinite.
TESSERA_API BinEdges bin_edges(const double* edges, std::int64_t bins, bool finite);

struct GroupInput {
  StridedInput memory;
  DType dtype = DType::float64;
};
/// A label of no group: where it stands in the box, and what it is.
struct WrongLabel {
  Dims at;
  std::int64_t label = 0;
};

/// True for the folds that states of groups are kept for: counts and sums (of int64, uint64, float64, complex128), products
/// and extremes of these, nan_sum and nan_moments.
TESSERA_API bool is_grouped(const Fold& fold);

/// Groups of [first, first + count) alone: a state is kept for each of these.
/// Folds a box of whole leaves of at most `leaf` each, starting at a leaf's edge. inputs: the values, where there are
/// some; labels or coordinates. states: for each leaf, row-major over the grid of leaves, those of all results of the box, as
/// Kernel::reduce has them; overwritten. returns: the first wrong label, if there is one; the states are no use then.
TESSERA_API std::optional<WrongLabel> fold_groups(const Fold& fold, const Grouping& grouping, std::int64_t first,
                                                  std::int64_t count, std::span<const BinEdges> edges,
                                                  const Dims& extent, std::uint32_t folded, const Dims& leaf,
                                                  std::span<const GroupInput> inputs, std::byte* states);

}  // namespace tessera
