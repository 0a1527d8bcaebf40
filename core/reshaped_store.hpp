#pragma once
// A dataset under another shape: its elements, or those that a view sees of it, in row-major order. A box of it is read
// in boxes of the dataset: a range of row-major positions is at most 2 n - 1 of them in n axes.
//   (1000, 30) as (30000): [10, 100) is read as [0, 1) x [10, 30), [1, 3) x [0, 30) and [3, 4) x [0, 10)
#include <memory>

#include <tessera/core/index_transform.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

/// stored: what is read. seen: from the shape before to the dataset. shape: as many elements.
/// What belongs to the dataset's axes (names, coordinates) is gone; its name, attributes and identity are kept.
TESSERA_API std::shared_ptr<const Store> make_reshaped_store(std::shared_ptr<const Store> stored,
                                                             const IndexTransform& seen, const Shape& shape);

}  // namespace tessera
