// What people pass by mistake, and what makes it readable.
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include <tessera/io/formats.hpp>

namespace tessera::io {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
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
std::string shown(std::string_view bytes) {
  std::string s;
  for (const char c : bytes.substr(0, 8))
    s += c >= ' ' && c <= '~' ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return s;
}

[[noreturn]] void refuse_folder(const std::string& path) {
  std::error_code ignored;
  for (const char* inside : {".zarray", ".zgroup", "zarr.json"})
    if (std::filesystem::exists(std::filesystem::path(path) / inside, ignored))
      throw UsageError(fmt::format("{}: is a Zarr store, which is not read yet", path));
  throw UsageError(fmt::format("{}: is a directory, not a file", path));
}

}  // namespace

void refuse_unread(const FoundSource& found) {
  if (!found.file) refuse_folder(found.path);
  if (found.start.empty()) throw IoError(fmt::format("{}: is empty (0 bytes)", found.path));
  for (const auto& m : not_read)
    if (found.start.starts_with(m.bytes)) throw UsageError(fmt::format("{}: not read: it is {}", found.path, m.name));
  throw UsageError(
      fmt::format("{}: neither HDF5 nor npy (it begins with \"{}\"); a raw file is read by its dtype and shape (option "
                  "'raw_dtype' f4, "
                  "option 'raw_shape' 100,200)",
                  found.path, shown(found.start)));
}

}  // namespace tessera::io
