#include <tessera/io/hdf5/datatype.hpp>

#include <fmt/format.h>

#include <bit>
#include <string_view>

namespace tessera::io::hdf5 {
namespace {

const std::string making = "HDF5: making a datatype";

hid_t native_type(DType t) {
  switch (t) {
    case DType::bool_:
    case DType::int8:
      return H5T_NATIVE_INT8;
    case DType::int16:
      return H5T_NATIVE_INT16;
    case DType::int32:
      return H5T_NATIVE_INT32;
    case DType::int64:
      return H5T_NATIVE_INT64;
    case DType::uint8:
      return H5T_NATIVE_UINT8;
    case DType::uint16:
      return H5T_NATIVE_UINT16;
    case DType::uint32:
      return H5T_NATIVE_UINT32;
    case DType::uint64:
      return H5T_NATIVE_UINT64;
    case DType::complex64:
    case DType::float32:
      return H5T_NATIVE_FLOAT;
    default:
      return H5T_NATIVE_DOUBLE;
  }
}

std::string member_name(hid_t type, unsigned i) {
  char* name = H5Tget_member_name(type, i);
  if (!name) return {};
  std::string s = name;
  H5free_memory(name);
  return s;
}

// The two floats of a complex number, under the names that h5py, NetCDF and MATLAB use.
std::optional<Encoding> complex_of(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return std::nullopt;
  const std::string re = member_name(type, 0), im = member_name(type, 1);
  if (!((re == "r" && im == "i") || (re == "re" && im == "im") || (re == "real" && im == "imag"))) return std::nullopt;
  const Id first(H5Tget_member_type(type, 0), H5Tclose), second(H5Tget_member_type(type, 1), H5Tclose);
  if (!first || !second || H5Tequal(first.get(), second.get()) <= 0) return std::nullopt;
  const auto part = encoding_of(first.get());
  if (!part || !is_real_floating(part->dtype)) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(item_size(part->dtype));
  if (H5Tget_member_offset(type, 0) != 0 || H5Tget_member_offset(type, 1) != bytes || H5Tget_size(type) != 2 * bytes)
    return std::nullopt;
  return Encoding{part->dtype == DType::float32 ? DType::complex64 : DType::complex128, part->swapped, false};
}

bool is_h5py_bool(hid_t type) {
  if (H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1) return false;
  std::int8_t no = -1, yes = -1;
  return H5Tenum_valueof(type, "FALSE", &no) >= 0 && H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

// IEEE binary16, as h5py writes NumPy's float16.
bool is_half(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, fraction = 0, fraction_bits = 0;
  return H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 2 && H5Tget_precision(type) == 16 &&
         H5Tget_offset(type) == 0 && H5Tget_ebias(type) == 15 && H5Tget_norm(type) == H5T_NORM_IMPLIED &&
         H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) >= 0 && sign == 15 &&
         exponent == 10 && exponent_bits == 5 && fraction == 0 && fraction_bits == 10;
}

}  // namespace

std::optional<Encoding> encoding_of(hid_t type) {
  for (int t = static_cast<int>(DType::int8); t <= static_cast<int>(DType::float64); t++)
    if (H5Tequal(type, native_type(static_cast<DType>(t))) > 0) return Encoding{static_cast<DType>(t), false, false};
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_FLOAT: {
      const H5T_order_t order = H5Tget_order(type);
      if (is_half(type) && (order == H5T_ORDER_BE || order == H5T_ORDER_LE))
        return Encoding{DType::uint16,
                        order != (std::endian::native == std::endian::little ? H5T_ORDER_LE : H5T_ORDER_BE), true};
      if (order != H5T_ORDER_BE && order != H5T_ORDER_LE) return std::nullopt;
      const Id other(H5Tcopy(type), H5Tclose);
      if (!other || H5Tset_order(other.get(), order == H5T_ORDER_BE ? H5T_ORDER_LE : H5T_ORDER_BE) < 0)
        return std::nullopt;
      for (int t = static_cast<int>(DType::int8); t <= static_cast<int>(DType::float64); t++)
        if (H5Tequal(other.get(), native_type(static_cast<DType>(t))) > 0)
          return Encoding{static_cast<DType>(t), H5Tget_size(type) > 1, false};
      return std::nullopt;
    }
    case H5T_ENUM: {
      if (is_h5py_bool(type)) return Encoding{DType::bool_, false, false};
      const Id base(H5Tget_super(type), H5Tclose);
      return base && H5Tget_class(base.get()) == H5T_INTEGER ? encoding_of(base.get()) : std::nullopt;
    }
    case H5T_COMPOUND:
      return complex_of(type);
    default:
      return std::nullopt;
  }
}

std::string describe_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return fmt::format("an integer of {} bits in {} bytes", H5Tget_precision(type), H5Tget_size(type));
    case H5T_FLOAT:
      return fmt::format("a float of {} bits in {} bytes", H5Tget_precision(type), H5Tget_size(type));
    case H5T_STRING:
      return "text";
    case H5T_BITFIELD:
      return "a bit field";
    case H5T_OPAQUE:
      return "opaque bytes";
    case H5T_COMPOUND: {
      std::string s = "a compound of ";
      const int n = H5Tget_nmembers(type);
      for (int i = 0; i < n && i < 8; i++) s += (i ? ", " : "") + member_name(type, static_cast<unsigned>(i));
      return s + (n > 8 ? ", ..." : "");
    }
    case H5T_REFERENCE:
      return "references";
    case H5T_ENUM:
      return "an enumeration";
    case H5T_VLEN:
      return "lists of variable length";
    case H5T_ARRAY:
      return "small arrays";
    default:
      return "an unknown type";
  }
}

Id file_type(DType dtype) {
  if (dtype == DType::bool_) {
    Id type = own(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose, making);
    for (const std::int8_t v : {std::int8_t{0}, std::int8_t{1}})
      check(H5Tenum_insert(type.get(), v ? "TRUE" : "FALSE", &v), making);
    return type;
  }
  if (is_complex(dtype)) {
    const auto part = static_cast<std::size_t>(item_size(dtype)) / 2;
    Id type = own(H5Tcreate(H5T_COMPOUND, 2 * part), H5Tclose, making);
    check(H5Tinsert(type.get(), "r", 0, native_type(dtype)), making);
    check(H5Tinsert(type.get(), "i", part, native_type(dtype)), making);
    return type;
  }
  return own(H5Tcopy(native_type(dtype)), H5Tclose, making);
}

}  // namespace tessera::io::hdf5
