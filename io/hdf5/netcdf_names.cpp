#include <tessera/io/hdf5/netcdf_names.hpp>

#include <string_view>

namespace tessera::io::hdf5 {
namespace {

constexpr std::string_view prefix = "_nc4_non_coord_";

std::size_t last_name_at(const std::string& path) { return path.rfind('/') + 1; }  // npos + 1 is 0

}  // namespace

std::string variable_path(const std::string& stored) {
  const std::size_t at = last_name_at(stored);
  if (stored.compare(at, prefix.size(), prefix) != 0 || stored.size() == at + prefix.size()) return stored;
  return stored.substr(0, at) + stored.substr(at + prefix.size());
}

std::string path_beside_dimension(const std::string& path) {
  const std::size_t at = last_name_at(path);
  return path.substr(0, at) + std::string(prefix) + path.substr(at);
}

}  // namespace tessera::io::hdf5
