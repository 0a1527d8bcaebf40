#include <tessera/io/npy/npy_dtype.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <optional>
#include <string_view>

#include <tessera/core/errors.hpp>

namespace tessera::io {
namespace {

constexpr DType long_ = sizeof(long) == 8 ? DType::int64 : DType::int32;
constexpr DType unsigned_long = sizeof(long) == 8 ? DType::uint64 : DType::uint32;
constexpr Encoding half{DType::uint16, false, true};

constexpr Encoding of(DType type) { return {type, false, false}; }

/// What numpy.dtype takes for one dtype, of NumPy 1 and 2.
struct Words {
  Encoding encoding;
  std::string_view codes;  ///< behind a byte order, or without one
  std::string_view names;  ///< never behind one
};
constexpr std::array type_words = {
    Words{of(DType::bool_), "? b1", "bool bool_ bool8"},
    Words{of(DType::int8), "b i1", "int8 byte"},
    Words{of(DType::uint8), "B u1", "uint8 ubyte"},
    Words{of(DType::int16), "h i2", "int16 short"},
    Words{of(DType::uint16), "H u2", "uint16 ushort"},
    Words{of(DType::int32), "i i4", "int32 intc"},
    Words{of(DType::uint32), "I u4", "uint32 uintc"},
    Words{of(DType::int64), "q p i8", "int64 longlong intp int0"},
    Words{of(DType::uint64), "Q P u8", "uint64 ulonglong uintp uint0"},
    Words{of(long_), "l", "int int_ long"},
    Words{of(unsigned_long), "L", "uint ulong"},
    Words{half, "e f2", "float16 half"},
    Words{of(DType::float32), "f f4", "float32 single"},
    Words{of(DType::float64), "d f8", "float64 double float float_"},
    Words{of(DType::complex64), "F c8", "complex64 csingle singlecomplex"},
    Words{of(DType::complex128), "D c16", "complex128 cdouble cfloat complex complex_"},
};
constexpr std::string_view long_doubles =
    "g G f12 f16 c24 c32 float96 float128 complex192 complex256 longdouble longfloat clongdouble clongfloat "
    "longcomplex";

bool has_word(std::string_view list, std::string_view word) {
  if (word.empty() || word.find(' ') != std::string_view::npos) return false;
  return (" " + std::string(list) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

std::optional<Encoding> find(std::string_view code, bool has_order) {
  for (const auto& words : type_words)
    if (has_word(words.codes, code) || (!has_order && has_word(words.names, code))) return words.encoding;
  return std::nullopt;
}

/// What numpy has beside numbers that are read; empty: nothing that is written so.
std::string_view other_kind(std::string_view code) {
  if (has_word(long_doubles, code)) return "long double";
  if (has_word("c str str_ unicode bytes bytes_", code)) return "text";
  if (has_word("object object_", code)) return "Python objects";
  const bool is_code = code.size() == 1 || (code.size() > 1 && (code[1] == '[' || (code[1] >= '0' && code[1] <= '9')));
  if (!is_code) return {};
  if (std::string_view("USa").find(code[0]) != std::string_view::npos) return "text";
  if (code[0] == 'O') return "Python objects";
  if (code[0] == 'V') return "structured or void";
  return code[0] == 'M' || code[0] == 'm' ? "dates and times" : "";
}

}  // namespace

// As numpy: without a byte order, or with '|', elements are in this machine's.
Encoding parse_descr(const std::string& name, const std::string& descr) {
  const bool has_order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
  const std::string_view code = std::string_view(descr).substr(has_order ? 1 : 0);
  if (auto encoding = find(code, has_order)) {
    encoding->swapped = descr[0] == (is_little_endian ? '>' : '<') && item_size(encoding->dtype) > 1;
    return *encoding;
  }
  if (const std::string_view kind = other_kind(code); !kind.empty())
    throw UsageError(
        fmt::format("{}: dtype '{}' ({}) is not read; convert it, e.g. with numpy's astype", name, descr, kind));
  throw IoError(fmt::format("{}: damaged npy header: '{}' is no dtype", name, descr));
}

}  // namespace tessera::io
