#pragma once
// Arrays made from their own indices. Lazy; an element is computed where it is needed.
#include <functional>
#include <vector>

#include <tessera/core/ops/creation.hpp>

namespace tessera {

/// Ones on diagonal `k` (positive: above the main one), zeros elsewhere: shape (rows, columns), square when columns is
/// absent.
TESSERA_API Array eye(std::int64_t rows, std::optional<std::int64_t> columns = {}, std::int64_t k = 0,
                      const CreateArrayOptions& options = {});
/// Element (a, i, j, ...) is index number a: shape (rank, *shape), int64 unless `dtype` is given.
TESSERA_API Array indices(const Shape& shape, DType dtype = DType::int64);
/// The same as one array an axis, each of length 1 but on its own: they broadcast to `shape`.
TESSERA_API std::vector<Array> sparse_indices(const Shape& shape, DType dtype = DType::int64);

struct MeshgridOptions {
  bool sparse = false;  ///< length 1 where an array does not vary
  bool matrix_order =
      false;  ///< NumPy's indexing='ij': axis k belongs to array k; else ('xy') the first two change places
};
/// The coordinates of a grid: array k varies as the 1-d array k along its axis. 0-d arrays count as of length 1.
/// throws ShapeError when an array has more than one axis.
TESSERA_API std::vector<Array> meshgrid(const std::vector<Array>& arrays, const MeshgridOptions& options = {});

/// f(index arrays), one a dimension, each of the whole shape: fromfunction([](auto& at) { return at[0] + at[1]; }, {3,
/// 3}).
TESSERA_API Array fromfunction(const std::function<Array(const std::vector<Array>&)>& f, const Shape& shape,
                               const CreateArrayOptions& options = {});

}  // namespace tessera
