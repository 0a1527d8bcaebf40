#pragma once
// The header of an npy file (NumPy Enhancement Proposal 1): "\x93NUMPY", version, length, a Python dict literal such as
// {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } padded with blanks to a line feed. Parsed by hand,
// strictly.
#include <optional>
#include <string>
#include <string_view>

#include <tessera/io/elements.hpp>

namespace tessera::io {

inline constexpr std::string_view npy_magic{"\x93NUMPY", 6};

struct NpyHeader {
  Encoding encoding;
  bool fortran_order = false;
  Shape shape;
  std::int64_t data_offset = 0;  ///< bytes before element 0
};

/// Length and version are in the first 12 bytes: how many bytes parse_npy_header needs.
/// throws IoError when `start` (the file's first bytes, 12 or fewer) can't be the start of an npy file.
std::int64_t npy_header_bytes(const std::string& name, std::string_view start);
/// `header`: that many bytes. throws IoError naming what is wrong; UsageError for a dtype that is not read.
NpyHeader parse_npy_header(const std::string& name, std::string_view header);
/// The header with another length of the axis along which elements may be written behind the others (the first; in
/// Fortran order the last), as long as it was. Nothing where that has no room, as NumPy before 1.23 left none, or the
/// elements are not this machine's.
std::optional<std::string> grown_npy_header(const std::string& header, const NpyHeader& h, std::int64_t length);
/// The bytes before the elements, for a row-major array of this machine's byte order that may grow; a multiple of 64.
std::string make_npy_header(const Shape& shape, DType dtype);

}  // namespace tessera::io
