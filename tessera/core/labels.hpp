#pragma once
// Labels: names of dimensions, where an axis's coordinates come from, and attributes, as they follow from the sources
// through an expression. A pure function of the graph; evaluation knows nothing of them.
//
//   t of shape (time: 365, lat: 73, lon: 144)
//   mean(t[::-2, :10], axis=1)  has (time, lon); index i on its axis `time` is index 364 - 2 i of the file's
//
//   Map      broadcasts: an axis has the name that its inputs agree on. Where they were cut differently from one source
//            (x[1:] - x[:-1]) the name stays and the coordinate goes
//   View     permutes and slices; a new axis has no name, one that was dropped by an index is gone
//   Reduce   drops the axes; with keepdims they keep their names, without a coordinate
//   Concat   as a Map; along its axis a coordinate stays where the parts follow one another in one dataset
//
// Attributes are those of the first array operand that has any (as NCO does), without those that describe how the
// elements are stored and those that name other variables of the file.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

struct AxisLabel {
  /// Index i of the axis is index `start + step * i` on axis `axis` of the store.
  struct Origin {
    std::shared_ptr<const Store> store;
    int axis = 0;
    std::int64_t start = 0, step = 1;
  };
  std::string name;  ///< empty: none
  std::optional<Origin> origin{};
  bool grows = false;  ///< the file lets the axis grow, or let the one that it was made of: NetCDF's record dimension
};

struct Labels {
  std::vector<AxisLabel> axes;  ///< one per axis
  std::vector<Attribute> attributes;
  std::vector<Attribute> file_attributes;  ///< of the file of the first dataset that has some: title, history
  std::vector<Attribute> packing;          ///< those that say how the elements are stored in the file
};

TESSERA_API Labels labels_of(const Array& x);

/// True for _FillValue, scale_factor and the like: how elements are stored.
TESSERA_API bool is_packing_attribute(const std::string& name);

}  // namespace tessera
