#include <tessera/io/hdf5/scale_paths.hpp>

#include <tessera/io/hdf5/attributes.hpp>

namespace tessera::io::hdf5 {

std::string path_of(hid_t object) {
  char path[1024] = {};
  return H5Iget_name(object, path, sizeof path) <= 0 ? std::string() : std::string(path);
}

ScalePaths::ScalePaths(hid_t file, const std::vector<Found>& walked) : file_(file) { know(walked); }

void ScalePaths::know(const std::vector<Found>& walked) {
  for (const auto& f : walked)
    if (f.address != HADDR_UNDEF) known_.emplace(f.address, f.link);
  complete_ = true;
}

// By NetCDF's convention: in the group of the dataset or above.
std::string ScalePaths::near(hid_t scale, haddr_t address, std::string group) const {
  const std::string name = read_text(scale, "NAME");
  if (name.empty() || name.find('/') != std::string::npos) return {};
  while (!group.empty()) {
    group.erase(group.rfind('/'));
    const std::string path = group + "/" + name;
    H5L_info_t link;
    if (H5Lget_info(file_, path.c_str(), &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD &&
        link.u.address == address)
      return path;
  }
  return {};
}

std::string ScalePaths::of(hid_t scale, haddr_t address, const std::string& dataset) {
  if (const auto known = known_.find(address); known != known_.end()) return known->second;
  std::string path = dataset.starts_with('/') ? near(scale, address, dataset) : std::string();
  if (path.empty() && !complete_) {
    know(walk(file_, {}, most_datasets));
    return of(scale, address, dataset);
  }
  return known_[address] = path;
}

}  // namespace tessera::io::hdf5
