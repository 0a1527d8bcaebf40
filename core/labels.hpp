#pragma once
// Labels: names of dimensions, where an axis's coordinates come from, and attributes, as they follow from the sources
// through an expression. A pure function of the graph; evaluation knows nothing of them.
//
//   t of shape (time: 365, lat: 73, lon: 144)
//   mean(t[::-2, :10], axis=1)  has (time, lon); index i on its axis `time` is index 364 - 2 i of the file's
//   concat((t[0:2], t[5:7]))    has the coordinates of indices 0, 1 and 5, 6
//
//   Map      broadcasts: an axis has the name that its inputs agree on, of those that span it. Where they were cut
//            differently from one dataset (x[1:] - x[:-1]) the name stays and the coordinate goes; where they are of
//            several datasets, it stays as long as the values are the same, which whoever writes it has to see
//   View     permutes and slices; a new axis has no name; of one that an integer index drops the element stays as a
//            scalar coordinate (t[3] has a time), as long as operands agree in it and no axis has its name
//   Reduce   drops the axes; with keepdims they keep their names, without a coordinate
//   Concat   as a Map; along its axis the coordinates of the parts follow one another
//
// Attributes are those of the operands whose quantity the result still is (kernel/quantities.hpp); those that describe
// how the elements are stored and those that name other variables of the file are apart.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

struct AxisLabel {
  /// Index i of `length` is index `start + step * i` on axis `axis` of the store.
  struct Run {
    std::shared_ptr<const Store> store;
    int axis = 0;
    std::int64_t start = 0, step = 1, length = 0;
  };
  using Origin = std::vector<Run>;  ///< one after another
  std::string name;                 ///< empty: none
  /// Of each operand with other ones; empty: the axis has no coordinate.
  std::vector<std::shared_ptr<const Origin>> origins{};
  bool grows = false;  ///< the file lets the axis grow, or let the one that it was made of: NetCDF's record dimension
  bool contested = false;  ///< operands disagreed: whatever else is combined with it brings no name or coordinate back
};

struct Labels {
  std::vector<AxisLabel> axes;               ///< one per axis
  std::vector<AxisLabel> scalars{};          ///< of each axis that an integer index dropped: origins of one element
  std::vector<Attribute> attributes{};       ///< but for these:
  std::vector<Attribute> packing{};          ///< those that say how the elements are stored in the file
  std::vector<Attribute> references{};       ///< those that name other variables of the file, or its dimensions
  std::vector<Attribute> file_attributes{};  ///< of the file of the first dataset that has some: title, history
  bool as_read = false;  ///< the values are elements of one dataset, as they were read: slices, views, decoded ones
  /// Of the datasets that the elements are made of those whose attributes name other variables.
  std::vector<std::shared_ptr<const Store>> givers{};
  std::vector<UnreadAttribute> left_out{};  ///< of all of these, what is too large to be held: "a.nc:/t:notes"
};

TESSERA_API Labels labels_of(const Array& x);

/// True for texts that name other variables or dimensions by CF's conventions: coordinates, grid_mapping, bounds, ...
TESSERA_API bool is_reference_attribute(const Attribute& attribute);
/// True for _FillValue, scale_factor and the like: how elements are stored.
TESSERA_API bool is_packing_attribute(const std::string& name);

}  // namespace tessera
