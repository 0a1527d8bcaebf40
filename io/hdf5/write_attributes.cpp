#include <fmt/format.h>

#include <algorithm>

#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/datatype.hpp>

namespace tessera::io::hdf5 {
namespace {

Id text_type() {
  Id type = own(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5: making a datatype");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "HDF5: making a datatype");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "HDF5: making a datatype");
  return type;
}

void write_values(hid_t object, const std::string& what, const std::string& name, hid_t file_type, hid_t memory_type,
                  std::size_t n, const std::optional<Dims>& shape, const void* values) {
  const std::vector<hsize_t> extents =
      shape ? std::vector<hsize_t>(shape->begin(), shape->end()) : std::vector<hsize_t>{n};
  const bool lies = shape ? !shape->empty() : n > 1;
  const Id space = own(lies     ? H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr)
                       : n == 1 ? H5Screate(H5S_SCALAR)
                                : H5Screate(H5S_NULL),
                       H5Sclose, what);
  const Id attribute =
      own(H5Acreate2(object, name.c_str(), file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  if (n > 0) check(H5Awrite(attribute.get(), memory_type, values), what);
}

// Of variable length: NetCDF's lists of strings.
void write_list(hid_t object, const std::string& what, const std::string& name, const std::vector<std::string>& texts,
                const std::optional<Dims>& shape) {
  const Id type = text_type();
  std::vector<const char*> pointers;
  for (const auto& t : texts) pointers.push_back(t.c_str());
  write_values(object, what, name, type.get(), type.get(), pointers.size(), shape, pointers.data());
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype) {
  const std::string what = fmt::format("{}: writing the attribute {}", name, attribute.name);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute.value))
    return write_list(object, what, attribute.name, *texts, attribute.shape);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    if (attribute.shape) return write_list(object, what, attribute.name, {*text}, attribute.shape);
    // Of fixed length, as NetCDF's own programs write it: ncdump calls others `string`. An empty one takes a byte.
    const Id type = own(H5Tcopy(H5T_C_S1), H5Tclose, what);
    check(H5Tset_size(type.get(), std::max<std::size_t>(1, text->size())), what);
    const bool ascii =
        std::all_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
    check(H5Tset_cset(type.get(), ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8), what);
    return write_values(object, what, attribute.name, type.get(), type.get(), 1, std::nullopt, text->c_str());
  }
  // NetCDF wants these two in the dtype of the data; a value that dtype can't hold is clipped by the library.
  const bool as_data = (attribute.name == "_FillValue" || attribute.name == "missing_value") && !is_complex(dtype) &&
                       dtype != DType::bool_;
  // NetCDF knows no bool: a byte.
  const auto plain = [](DType t) { return t == DType::bool_ ? DType::int8 : t; };
  const auto write = [&](DType own, hid_t memory, const auto& values) {
    const Id type = file_type(as_data ? dtype : plain(attribute.stored.value_or(own)));
    write_values(object, what, attribute.name, type.get(), memory, values.size(), attribute.shape, values.data());
  };
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    return write(DType::float64, H5T_NATIVE_DOUBLE, *reals);
  if (const auto* large = std::get_if<std::vector<std::uint64_t>>(&attribute.value))
    return write(DType::uint64, H5T_NATIVE_UINT64, *large);
  if (const auto* complex = std::get_if<std::vector<std::complex<double>>>(&attribute.value)) {
    const Id type = file_type(attribute.stored.value_or(DType::complex128)), memory = file_type(DType::complex128);
    return write_values(object, what, attribute.name, type.get(), memory.get(), complex->size(), attribute.shape,
                        complex->data());
  }
  write(DType::int64, H5T_NATIVE_INT64, std::get<std::vector<std::int64_t>>(attribute.value));
}

void replace_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype) {
  if (H5Aexists(object, attribute.name.c_str()) > 0)
    check(H5Adelete(object, attribute.name.c_str()),
          fmt::format("{}: replacing the attribute {}", name, attribute.name));
  write_attribute(object, name, attribute, dtype);
}

void write_texts(hid_t object, const std::string& what, const char* name, const std::vector<std::string>& texts) {
  write_list(object, what, name, texts, Dims{static_cast<std::int64_t>(texts.size())});
}

}  // namespace tessera::io::hdf5
