#include <tessera/core/cuda/fold_box.hpp>

#include <algorithm>

#include <tessera/core/kernel/combiner.hpp>

namespace tessera::cuda {
namespace {

/// strides: of each operand along this axis. An axis joins the one before it only when its extent is a
/// multiple of `in_step`.
void add_axis(FoldAxes& axes, std::int64_t extent, std::int64_t leaf, const std::vector<std::int64_t>& strides,
              std::int64_t in_step) {
  const int last = axes.extent.size() - 1;
  bool one = last >= 0 && leaf == extent && extent % in_step == 0;
  for (std::size_t k = 0; one && k < strides.size(); k++) one = axes.strides[k][last] == strides[k] * extent;
  if (one) {
    axes.extent[last] *= extent;
    axes.leaf[last] *= extent;
    for (std::size_t k = 0; k < strides.size(); k++) axes.strides[k][last] = strides[k];
    return;
  }
  axes.extent.push_back(extent);
  axes.leaf.push_back(leaf);
  for (std::size_t k = 0; k < strides.size(); k++) axes.strides[k].push_back(strides[k]);
}

}  // namespace

FoldBox fold_box(const Dims& extent, std::uint32_t reduced, const Dims& leaf, const std::vector<Dims>& strides) {
  const int rank = extent.size();
  FoldBox box{.along = rank == 0 || (reduced >> (rank - 1) & 1u), .kept = {}, .reduced = {}, .outputs = 1, .leaves = 1};
  for (FoldAxes* axes : {&box.kept, &box.reduced}) axes->strides.resize(strides.size());
  std::vector<std::int64_t> of_axis(strides.size());
  for (int a = 0; a < rank; a++) {
    const bool folded = reduced >> a & 1u, row = box.along && a == rank - 1;
    if (extent[a] == 1 && !row) continue;
    for (std::size_t k = 0; k < strides.size(); k++) of_axis[k] = strides[k][a];
    const std::int64_t cut = folded ? std::min(leaf[a], extent[a]) : extent[a];
    if (!folded) box.outputs *= extent[a];
    add_axis(folded ? box.reduced : box.kept, extent[a], cut, of_axis, row ? lanes : 1);
  }
  std::fill(of_axis.begin(), of_axis.end(), 0);
  for (FoldAxes* axes : {&box.kept, &box.reduced})
    if (axes->extent.empty()) add_axis(*axes, 1, 1, of_axis, 1);
  for (int a = 0; a < box.reduced.extent.size(); a++)
    box.leaves *= ceil_div(box.reduced.extent[a], box.reduced.leaf[a]);
  return box;
}

}  // namespace tessera::cuda
