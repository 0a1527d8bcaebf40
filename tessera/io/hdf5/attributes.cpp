#include <tessera/io/hdf5/attributes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <tessera/io/half_store.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/lists.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr hsize_t most_bytes = 1 << 20, most_values = 1 << 16;
constexpr int most_attributes = 4096;

constexpr std::string_view kept_by_netcdf[] = {
    "DIMENSION_LIST", "REFERENCE_LIST",      "DIMENSION_LABELS", "CLASS",      "NAME",
    "_Netcdf4Dimid",  "_Netcdf4Coordinates", "_NCProperties",    "_nc3_strict"};

std::optional<std::vector<std::string>> texts_of(hid_t attribute, hid_t type, std::size_t n, const std::string& what) {
  std::vector<std::string> texts;
  if (H5Tis_variable_str(type) > 0) {
    auto lists = read_lists(attribute, n, 1, what);
    for (std::size_t i = 0; lists && i < n; i++) {
      texts.push_back((*lists)[i]);
      texts.back().resize(std::min(texts.back().find('\0'), texts.back().size()));
    }
    return lists ? std::optional(texts) : std::nullopt;
  }
  const std::size_t width = H5Tget_size(type);
  if (width == 0 || width * n > most_bytes) return std::nullopt;
  std::string bytes(width * n, '\0');
  check(H5Aread(attribute, type, bytes.data()), what);
  for (std::size_t i = 0; i < n; i++) {
    std::string s = bytes.substr(i * width, width);
    s.resize(std::min(s.find('\0'), s.size()));
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) s.resize(s.find_last_not_of(' ') + 1);
    texts.push_back(std::move(s));
  }
  return texts;
}

std::optional<Attribute> read_attribute(hid_t attribute, const std::string& name, const std::string& what) {
  const Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Sget_simple_extent_ndims(space.get()) > 1) return std::nullopt;
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  if (points < 0 || static_cast<hsize_t>(points) > most_values) return std::nullopt;
  const auto n = static_cast<std::size_t>(points);
  if (H5Tget_class(type.get()) == H5T_STRING) {
    if (n == 0) return Attribute{name, std::string(), std::nullopt};
    const auto texts = texts_of(attribute, type.get(), n, what);
    if (!texts) return std::nullopt;
    std::string joined;
    for (const auto& t : *texts) joined += (&t == &texts->front() ? "" : ", ") + t;
    return Attribute{name, joined, std::nullopt};
  }
  const auto encoding = encoding_of(type.get());
  if (!encoding || n == 0 || is_complex(encoding->dtype)) return std::nullopt;
  // Raw bytes and our own conversion: the library converts no enum to an integer.
  const std::int64_t item = item_size(encoding->dtype);
  std::vector<std::byte> raw(n * static_cast<std::size_t>(item));
  check(H5Aread(attribute, type.get(), raw.data()), what);
  to_host(*encoding, {points}, raw.data(), {item});
  if (encoding->half) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; i++) {
      std::uint16_t bits;
      std::memcpy(&bits, raw.data() + i * sizeof bits, sizeof bits);
      values.push_back(half_to_float(bits));
    }
    return Attribute{name, std::move(values), std::nullopt};
  }
  return visit_dtype(encoding->dtype, [&]<class T>(T) -> std::optional<Attribute> {
    std::vector<T> values;
    for (std::size_t i = 0; i < n; i++) {
      T v;
      std::memcpy(&v, raw.data() + i * sizeof(T), sizeof(T));
      values.push_back(v);
    }
    if constexpr (std::is_integral_v<T>) {
      bool fits = true;
      for (const T v : values)
        fits = fits && std::in_range<std::int64_t>(static_cast<std::conditional_t<std::is_same_v<T, bool>, int, T>>(v));
      if (fits) return Attribute{name, std::vector<std::int64_t>(values.begin(), values.end()), encoding->dtype};
      if (std::is_same_v<T, std::uint64_t>)
        return Attribute{name, std::vector<std::uint64_t>(values.begin(), values.end()), encoding->dtype};
    }
    if constexpr (std::is_arithmetic_v<T>) {
      std::vector<double> doubles;
      for (const T v : values) doubles.push_back(static_cast<double>(v));
      return Attribute{name, std::move(doubles), encoding->dtype};
    }
    return std::nullopt;
  });
}

Id text_type() {
  Id type = own(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5: making a datatype");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "HDF5: making a datatype");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "HDF5: making a datatype");
  return type;
}

void write_values(hid_t object, const std::string& what, const std::string& name, hid_t file_type, hid_t memory_type,
                  std::size_t n, bool list, const void* values) {
  const hsize_t extent = n;
  const Id space = own(list ? H5Screate_simple(1, &extent, nullptr) : H5Screate(H5S_SCALAR), H5Sclose, what);
  const Id attribute =
      own(H5Acreate2(object, name.c_str(), file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  check(H5Awrite(attribute.get(), memory_type, values), what);
}

}  // namespace

std::vector<Attribute> read_attributes(hid_t object, const std::string& name) {
  std::vector<Attribute> all;
  H5O_info_t info;
  check(H5Oget_info(object, &info), name + ": counting the attributes");
  // Looking for a name decodes every attribute and fails in order; opening by index (1.10.8) crashes over one that is
  // damaged.
  if (info.num_attrs > 0 && H5Aexists(object, "\x01") < 0) fail(name + ": reading the attributes");
  const auto n = static_cast<int>(std::min<hsize_t>(info.num_attrs, most_attributes));
  for (int i = 0; i < n; i++) {
    const Id attribute =
        own(H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, static_cast<hsize_t>(i), H5P_DEFAULT, H5P_DEFAULT),
            H5Aclose, name + ": reading the attributes");
    char text[512] = {};
    if (H5Aget_name(attribute.get(), sizeof text, text) <= 0) continue;
    if (std::find(std::begin(kept_by_netcdf), std::end(kept_by_netcdf), std::string_view(text)) !=
        std::end(kept_by_netcdf))
      continue;
    if (auto a = read_attribute(attribute.get(), text, fmt::format("{}: reading the attribute {}", name, text)))
      all.push_back(std::move(*a));
  }
  return all;
}

void write_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype) {
  const std::string what = fmt::format("{}: writing the attribute {}", name, attribute.name);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    // Of fixed length, as NetCDF's own programs write it: ncdump calls others `string`. An empty one takes a byte.
    const Id type = own(H5Tcopy(H5T_C_S1), H5Tclose, what);
    check(H5Tset_size(type.get(), std::max<std::size_t>(1, text->size())), what);
    const bool ascii =
        std::all_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
    check(H5Tset_cset(type.get(), ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8), what);
    return write_values(object, what, attribute.name, type.get(), type.get(), 1, false, text->c_str());
  }
  // NetCDF wants these two in the dtype of the data; a value that dtype can't hold is clipped by the library.
  const bool as_data = (attribute.name == "_FillValue" || attribute.name == "missing_value") && !is_complex(dtype) &&
                       dtype != DType::bool_;
  // NetCDF knows no bool: a byte.
  const auto plain = [](DType t) { return t == DType::bool_ ? DType::int8 : t; };
  const auto write = [&](DType own, hid_t memory, const auto& values) {
    const Id type = file_type(as_data ? dtype : plain(attribute.stored.value_or(own)));
    write_values(object, what, attribute.name, type.get(), memory, values.size(), values.size() != 1, values.data());
  };
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    return write(DType::float64, H5T_NATIVE_DOUBLE, *reals);
  if (const auto* large = std::get_if<std::vector<std::uint64_t>>(&attribute.value))
    return write(DType::uint64, H5T_NATIVE_UINT64, *large);
  write(DType::int64, H5T_NATIVE_INT64, std::get<std::vector<std::int64_t>>(attribute.value));
}

void replace_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype) {
  if (H5Aexists(object, attribute.name.c_str()) > 0)
    check(H5Adelete(object, attribute.name.c_str()),
          fmt::format("{}: replacing the attribute {}", name, attribute.name));
  write_attribute(object, name, attribute, dtype);
}

std::string read_text(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return {};
  const Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return {};
  const auto a = read_attribute(attribute.get(), name, fmt::format("reading the attribute {}", name));
  return a && std::holds_alternative<std::string>(a->value) ? std::get<std::string>(a->value) : std::string();
}

std::vector<std::string> read_texts(hid_t object, const char* name, std::size_t n) {
  if (H5Aexists(object, name) <= 0) return {};
  const Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  const Id type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose),
      space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  if (!type || !space || H5Tget_class(type.get()) != H5T_STRING) return {};
  if (H5Sget_simple_extent_npoints(space.get()) != static_cast<hssize_t>(n)) return {};
  return texts_of(attribute.get(), type.get(), n, fmt::format("reading the attribute {}", name))
      .value_or(std::vector<std::string>());
}

void write_texts(hid_t object, const std::string& what, const char* name, const std::vector<std::string>& texts) {
  const Id type = text_type();
  std::vector<const char*> pointers;
  for (const auto& t : texts) pointers.push_back(t.c_str());
  write_values(object, what, name, type.get(), type.get(), pointers.size(), true, pointers.data());
}

}  // namespace tessera::io::hdf5
