#include <tessera/io/hdf5/attributes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <tessera/core/attribute_bytes.hpp>
#include <tessera/io/half_store.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/lists.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr hsize_t most_values = 1 << 16;
// Of one object together. They are held, sent to every rank and copied along, beside what the budget plans.
constexpr std::int64_t most_bytes_together = 8 << 20;
constexpr std::size_t most_attributes = 4096, most_names = 1 << 16;

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
  if (width == 0) return std::nullopt;
  if (width > most_list_bytes / n) throw TooLarge{width * n};
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

// Numbers as an attribute holds them.
template <class T>
decltype(Attribute::value) values_of(const std::vector<T>& values) {
  if constexpr (std::is_integral_v<T>) {
    bool fits = true;
    for (const T v : values)
      fits = fits && std::in_range<std::int64_t>(static_cast<std::conditional_t<std::is_same_v<T, bool>, int, T>>(v));
    if (fits) return std::vector<std::int64_t>(values.begin(), values.end());
    if (std::is_same_v<T, std::uint64_t>) return std::vector<std::uint64_t>(values.begin(), values.end());
  }
  if constexpr (std::is_arithmetic_v<T>) {
    std::vector<double> doubles;
    for (const T v : values) doubles.push_back(static_cast<double>(v));
    return doubles;
  } else {
    return std::vector<std::complex<double>>(values.begin(), values.end());
  }
}

std::optional<Attribute> read_number_list(hid_t attribute, hid_t type, std::size_t n, Attribute a,
                                          const std::string& what) {
  const auto encoding = encoding_of(type);
  if (!encoding) return std::nullopt;
  // Raw bytes and our own conversion: the library converts no enum to an integer.
  const std::int64_t item = item_size(encoding->dtype);
  std::vector<std::byte> raw(n * static_cast<std::size_t>(item));
  if (n > 0) {
    check(H5Aread(attribute, type, raw.data()), what);
    to_host(*encoding, {static_cast<std::int64_t>(n)}, raw.data(), {item});
  }
  if (!encoding->half) a.stored = encoding->dtype;
  visit_dtype(encoding->dtype, [&]<class T>(T) {
    std::vector<T> values;
    for (std::size_t i = 0; i < n; i++) {
      T v;
      std::memcpy(&v, raw.data() + i * sizeof(T), sizeof(T));
      values.push_back(v);
    }
    if (!encoding->half) {
      a.value = values_of(values);
    } else if constexpr (std::is_same_v<T, std::uint16_t>) {
      std::vector<double> halves;
      for (const T v : values) halves.push_back(half_to_float(v));
      a.value = halves;
    }
  });
  return a;
}

// Attribute::shape: nothing where it is the one that so many values have anyway.
std::optional<Dims> unusual_shape(hid_t space, std::size_t n) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || (rank == 1 && n > 1)) return std::nullopt;
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  Dims shape;
  for (const auto e : extents) shape.push_back(static_cast<std::int64_t>(e));
  return shape;
}

std::optional<Attribute> read_attribute(hid_t attribute, const std::string& name, const std::string& what) {
  const Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Sget_simple_extent_ndims(space.get()) > max_rank) return std::nullopt;
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  if (points < 0 || static_cast<hsize_t>(points) > most_values) return std::nullopt;
  const auto n = static_cast<std::size_t>(points);
  Attribute a{name, std::string(), std::nullopt, unusual_shape(space.get(), n)};
  if (H5Tget_class(type.get()) != H5T_STRING) return read_number_list(attribute, type.get(), n, std::move(a), what);
  auto texts = n == 0 ? std::vector<std::string>() : texts_of(attribute, type.get(), n, what);
  if (!texts) return std::nullopt;
  if (n == 1)
    a.value = std::move(texts->front());
  else if (n > 1 || a.shape)  // nothing without a shape is NetCDF's empty text
    a.value = std::move(*texts);
  return a;
}

herr_t note_name(hid_t, const char* name, const H5A_info_t*, void* data) {
  auto& names = *static_cast<std::vector<std::string>*>(data);
  if (names.size() == most_names) return 1;
  try {
    names.emplace_back(name);
    return 0;
  } catch (...) {
    return -1;
  }
}

std::string size_text(std::uint64_t bytes) {
  return bytes < 1 << 20 ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} MiB", bytes >> 20);
}

// What an attribute that is not read holds.
std::string holds(hid_t attribute) {
  const Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space) return "something that can't be told";
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  return points > static_cast<hssize_t>(most_values) ? fmt::format("{} elements", points) : describe_type(type.get());
}

void require_room(const std::string& name, std::int64_t bytes, std::int64_t room) {
  if (bytes <= few_attribute_bytes || bytes <= room / attribute_copies) return;
  throw MemoryBudgetError(
      fmt::format("{}: its attributes take {} or more while it is opened, and of the budget {} are left: use a larger "
                  "option 'memory'",
                  name, size_text(static_cast<std::uint64_t>(attribute_copies * bytes)),
                  size_text(static_cast<std::uint64_t>(std::max<std::int64_t>(0, room)))));
}

bool has_too_many(hid_t attribute) {
  const Id space(H5Aget_space(attribute), H5Sclose);
  return space && H5Sget_simple_extent_npoints(space.get()) > static_cast<hssize_t>(most_values);
}

}  // namespace

AttributesThere read_attributes(hid_t object, const std::string& name, std::int64_t room) {
  // Looking for a name decodes every attribute and fails in order; making a table of them (1.10.8), as for an order by
  // names, holds them all and crashes over one that is damaged.
  if (H5Aexists(object, "\x01") < 0) fail(name + ": reading the attributes");
  std::vector<std::string> names;
  check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, note_name, &names),
        name + ": reading the attributes");
  std::sort(names.begin(), names.end());
  AttributesThere there;
  std::int64_t together = 0, held = 0;
  for (const auto& text : names) {
    if (std::find(std::begin(kept_by_netcdf), std::end(kept_by_netcdf), text) != std::end(kept_by_netcdf)) continue;
    if (&text - names.data() == most_attributes) {
      there.unread.push_back({text, fmt::format("and all behind it: more than {} attributes", most_attributes), true});
      break;
    }
    const std::string what = fmt::format("{}: reading the attribute {}", name, text);
    const Id attribute = own(H5Aopen(object, text.c_str(), H5P_DEFAULT), H5Aclose, what);
    try {
      auto a = read_attribute(attribute.get(), text, what);
      const std::int64_t bytes = a ? value_bytes(*a) : 0;
      if (!a) {
        there.unread.push_back({text, holds(attribute.get()), has_too_many(attribute.get())});
      } else if (together + bytes > most_bytes_together) {
        there.unread.push_back({text,
                                size_text(static_cast<std::uint64_t>(bytes)) + ", and all together at most " +
                                    size_text(most_bytes_together),
                                true});
      } else {
        together += bytes;
        there.read.push_back(std::move(*a));
        held += attribute_bytes({&there.read.back(), 1});
        require_room(name, held, room);
      }
    } catch (const TooLarge& large) {
      there.unread.push_back({text, size_text(large.bytes) + " of text", true});
    }
  }
  return there;
}

std::string text_of(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  std::string lines;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute.value))
    for (const auto& t : *texts) lines += (lines.empty() ? "" : "\n") + t;
  return lines;
}

std::string read_text(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return {};
  const Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return {};
  try {
    const auto a = read_attribute(attribute.get(), name, fmt::format("reading the attribute {}", name));
    return a ? text_of(*a) : std::string();
  } catch (const TooLarge&) {
    return {};
  }
}

std::vector<std::string> read_texts(hid_t object, const char* name, std::size_t n) {
  if (H5Aexists(object, name) <= 0) return {};
  const Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  const Id type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose),
      space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  if (!type || !space || H5Tget_class(type.get()) != H5T_STRING) return {};
  if (H5Sget_simple_extent_npoints(space.get()) != static_cast<hssize_t>(n)) return {};
  try {
    return texts_of(attribute.get(), type.get(), n, fmt::format("reading the attribute {}", name))
        .value_or(std::vector<std::string>());
  } catch (const TooLarge&) {
    return {};
  }
}

}  // namespace tessera::io::hdf5
