#pragma once
// A slice along one axis, as functions that are made of slices take it.
#include <tessera/core/array.hpp>

namespace tessera {

/// x[..., begin:end, ...] along an axis from the front.
inline Array slice(const Array& x, int axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end) {
  std::vector<Index> items(static_cast<std::size_t>(axis), Index(Slice{}));
  items.emplace_back(Slice{begin, end});
  return x.index(items);
}

}  // namespace tessera
