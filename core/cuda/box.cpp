#include <tessera/core/cuda/box.hpp>

#include <algorithm>

namespace tessera::cuda {

MergedBox merge_axes(const Dims& extent, const std::vector<Dims>& strides) {
  MergedBox m;
  m.strides.resize(strides.size());
  for (int a = 0; a < extent.size(); a++) {
    if (extent[a] == 1) continue;
    const int last = m.extent.size() - 1;
    bool one = last >= 0;
    for (std::size_t k = 0; one && k < strides.size(); k++) one = m.strides[k][last] == strides[k][a] * extent[a];
    if (one) {
      m.extent[last] *= extent[a];
    } else {
      m.extent.push_back(extent[a]);
    }
    for (std::size_t k = 0; k < strides.size(); k++) {
      if (one)
        m.strides[k][last] = strides[k][a];
      else
        m.strides[k].push_back(strides[k][a]);
    }
  }
  return m;
}

}  // namespace tessera::cuda
