#include <tessera/io/hdf5/dimension_lengths.hpp>

#include <algorithm>
#include <array>
#include <limits>

#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/header_check.hpp>

namespace tessera::io::hdf5 {
namespace {

const std::string what = "reading the lengths of the dimensions";

struct Extent {
  std::int64_t now = 0;
  bool grows = false;
};

// -1: of what has no such axis.
Extent extent_of(hid_t object, unsigned axis) {
  const Id space(H5Iget_type(object) == H5I_DATASET ? H5Dget_space(object) : -1, H5Sclose);
  std::array<hsize_t, H5S_MAX_RANK> now{}, most{};
  if (!space || H5Sget_simple_extent_dims(space.get(), now.data(), most.data()) <= static_cast<int>(axis)) return {-1};
  return {static_cast<std::int64_t>(std::min<hsize_t>(now[axis], std::numeric_limits<std::int64_t>::max())),
          most[axis] == H5S_UNLIMITED};
}

Id open_object(hid_t file, hobj_ref_t reference) {
  if (reference == 0) return {};
  check_header(file, reference, what);
  return Id(H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, &reference), H5Oclose);
}

}  // namespace

// Variables that are gone stay in the list: what can't be opened has no length.
std::int64_t DimensionLengths::longest(hid_t scale) const {
  std::int64_t length = extent_of(scale, 0).now;
  for (const auto& use : uses_of(scale, what)) {
    const Id variable = open_object(file_, use.dataset);
    if (variable) length = std::max(length, extent_of(variable.get(), use.axis).now);
  }
  return length;
}

std::int64_t DimensionLengths::of(hid_t scale) {
  const Extent own = extent_of(scale, 0);
  if (!own.grows) return own.now;
  H5O_info_t info;
  check(H5Oget_info(scale, &info), what);
  const auto [at, is_new] = known_.try_emplace(info.addr, own.now);
  if (is_new) at->second = longest(scale);
  return at->second;
}

Shape DimensionLengths::shape_of(hid_t dataset, const Shape& stored) {
  Shape shape = stored;
  if (stored.empty()) return shape;
  const auto scales = scales_of(dataset, stored.size());
  if (scales.empty() && is_scale(dataset)) shape[0] = std::max(shape[0], of(dataset));  // a coordinate
  for (int i = 0; i < static_cast<int>(scales.size()); i++) {
    const Id scale = open_object(file_, scales[i]);
    if (scale) shape[i] = std::max(shape[i], extent_of(scale.get(), 0).grows ? of(scale.get()) : shape[i]);
  }
  return shape;
}

}  // namespace tessera::io::hdf5
