#include <tessera/io/format.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace tessera::io {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
// What people pass by mistake, and what makes it readable.
constexpr Magic not_read[] = {
    {"CDF\x01"sv, "classic NetCDF-3; nccopy -k netCDF-4 in.nc out.nc converts it"sv},
    {"CDF\x02"sv, "NetCDF-3 with 64-bit offsets; nccopy -k netCDF-4 in.nc out.nc converts it"sv},
    {"CDF\x05"sv, "NetCDF-3 with 64-bit data (CDF-5); nccopy -k netCDF-4 in.nc out.nc converts it"sv},
    {"GRIB"sv, "GRIB; CDO and ecCodes convert it to NetCDF-4"sv},
    {"\x0e\x03\x13\x01"sv, "HDF4; h4toh5 of the HDF Group converts it"sv},
    {"\x1f\x8b"sv, "compressed with gzip; gunzip it first"sv},
    {"BZh"sv, "compressed with bzip2; bunzip2 it first"sv},
    {"\xfd\x37zXZ"sv, "compressed with xz; unxz it first"sv},
    {"\x28\xb5\x2f\xfd"sv, "compressed with zstd; unzstd it first"sv},
    {"PK\x03\x04"sv, "a zip archive (npz?); unzip it and open the .npy files"sv},
    {"MATLAB 5.0"sv, "MATLAB 5; save it in MATLAB with -v7.3"sv},
    {"SIMPLE  ="sv, "FITS"sv},
    {"II*\0"sv, "TIFF"sv},
    {"MM\0*"sv, "TIFF"sv},
    {"PAR1"sv, "Parquet"sv},
    {"\x80\x02"sv, "a Python pickle"sv},
    {"\x80\x04"sv, "a Python pickle"sv},
    {"\x89PNG"sv, "a PNG image"sv},
};
constexpr std::string_view hdf5_magic = "\x89HDF\r\n\x1a\n"sv, npy_magic = "\x93NUMPY"sv;

std::string first_bytes(const PositionedFile& file, std::int64_t offset, std::int64_t most) {
  std::string s(static_cast<std::size_t>(std::clamp<std::int64_t>(file.size() - offset, 0, most)), '\0');
  file.read(offset, reinterpret_cast<std::byte*>(s.data()), static_cast<std::int64_t>(s.size()));
  return s;
}

std::string shown(std::string_view bytes) {
  std::string s;
  for (const char c : bytes.substr(0, 8))
    s += c >= ' ' && c <= '~' ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return s;
}

std::optional<Format> format_that_is_read(const PositionedFile& file, std::string_view start) {
  if (start.starts_with(npy_magic.substr(0, start.size()))) return Format::npy;
  if (start.starts_with(hdf5_magic.substr(0, start.size()))) return Format::hdf5;
  // An HDF5 file may begin with a user block: the signature is then at 512, 1024, 2048, ...
  for (std::int64_t at = 512; at < file.size() && at > 0; at *= 2)
    if (first_bytes(file, at, 8) == hdf5_magic) return Format::hdf5;
  return std::nullopt;
}

}  // namespace

Format format_of(const PositionedFile& file) {
  if (file.size() == 0) throw IoError(fmt::format("{}: is empty (0 bytes)", file.name()));
  const std::string start = first_bytes(file, 0, 64);
  if (const auto format = format_that_is_read(file, start)) return *format;
  for (const auto& m : not_read)
    if (start.starts_with(m.bytes)) throw UsageError(fmt::format("{}: not read: it is {}", file.name(), m.name));
  throw UsageError(
      fmt::format("{}: neither HDF5 nor npy (it begins with \"{}\"); a raw file is read by its dtype and shape (option "
                  "'raw_dtype' f4, "
                  "option 'raw_shape' 100,200)",
                  file.name(), shown(start)));
}

std::optional<std::string> known_format(const PositionedFile& file) {
  if (file.size() < 6) return std::nullopt;
  const auto format = format_that_is_read(file, first_bytes(file, 0, 64));
  if (!format) return std::nullopt;
  return *format == Format::npy ? "an npy file" : "an HDF5 file";
}

std::string suffix_of(const std::string& path) {
  std::string s = std::filesystem::path(path).extension().string();
  for (auto& c : s) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return s;
}

Format format_to_write(const std::string& path) {
  const std::string suffix = suffix_of(path);
  if (suffix == ".npy") return Format::npy;
  return suffix == ".bin" || suffix == ".raw" ? Format::raw : Format::hdf5;
}

}  // namespace tessera::io
