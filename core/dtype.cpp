#include <tessera/core/dtype.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tessera {
namespace {
constexpr std::array<std::string_view, dtype_count> dtype_names = {
    "bool",   "int8",   "int16",   "int32",   "int64",     "uint8",     "uint16",
    "uint32", "uint64", "float32", "float64", "complex64", "complex128"};
DType signed_of(std::int64_t bytes) {
  return bytes == 1 ? DType::int8 : bytes == 2 ? DType::int16 : bytes == 4 ? DType::int32 : DType::int64;
}
}  // namespace

std::string to_string(DType t) { return std::string(dtype_names[static_cast<std::size_t>(t)]); }

std::optional<DType> parse_dtype(std::string_view name) {
  for (std::size_t i = 0; i < dtype_names.size(); i++)
    if (dtype_names[i] == name) return static_cast<DType>(i);
  static constexpr std::pair<std::string_view, DType> others[] = {
      {"bool_", DType::bool_},   {"?", DType::bool_},           {"b1", DType::bool_},       {"i1", DType::int8},
      {"i2", DType::int16},      {"i4", DType::int32},          {"i8", DType::int64},       {"u1", DType::uint8},
      {"u2", DType::uint16},     {"u4", DType::uint32},         {"u8", DType::uint64},      {"f4", DType::float32},
      {"f8", DType::float64},    {"c8", DType::complex64},      {"c16", DType::complex128}, {"int", DType::int64},
      {"float", DType::float64}, {"complex", DType::complex128}};
  if (!name.empty() && (name[0] == '<' || name[0] == '|' || name[0] == '=')) name.remove_prefix(1);
  for (const auto& [other, t] : others)
    if (other == name) return t;
  return std::nullopt;
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);
  if (a == DType::bool_) return b;
  if (is_integer(a) && is_integer(b)) {
    if (is_signed_integer(a) == is_signed_integer(b)) return std::max(a, b);
    const std::int64_t s = item_size(a), u = item_size(b);  // a signed, b unsigned: signed dtypes stand first
    return u < s ? a : u == 8 ? DType::float64 : signed_of(2 * u);
  }
  if (is_integer(a)) {  // with a floating or complex dtype: 8 and 16 bits fit in float32
    const bool fits = item_size(a) <= 2;
    if (is_real_floating(b)) return fits ? b : DType::float64;
    return fits ? b : DType::complex128;
  }
  if (a == DType::float64 && b == DType::complex64) return DType::complex128;
  return b;  // float32 < float64, float32 with complex64, complex64 < complex128
}

DType promote_weak(DType array, Kind scalar) {
  if (scalar <= kind_of(array)) return array;
  switch (scalar) {
    case Kind::integer:
      return DType::int64;
    case Kind::real:
      return DType::float64;
    case Kind::complex:
      return array == DType::float32 ? DType::complex64 : DType::complex128;
    default:
      return array;
  }
}

DType to_inexact(DType t) { return is_inexact(t) ? t : DType::float64; }

}  // namespace tessera
