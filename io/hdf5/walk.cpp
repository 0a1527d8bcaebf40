#include <tessera/io/hdf5/walk.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/driver.hpp>
#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr int most_group_depth = 64;
// No link takes fewer bytes: a damaged group whose pieces form a ring would never end.
constexpr std::int64_t least_link_bytes = 8;

struct Walk {
  hid_t file = -1;
  std::string name;
  std::vector<Found> found;
  std::set<haddr_t> seen;
  std::map<haddr_t, std::string> objects;  // of the level below, each by the first of its names there
  std::size_t datasets = 0, most = 0;
  std::int64_t links = 0, most_links = 0;
  std::string prefix;
  bool stopped = false;
  Unreadable unreadable = Unreadable::thrown;
  std::int64_t failed_before = failed_reads();
  std::exception_ptr thrown;

  void broken(const std::string& path, const std::string& why) {
    found.push_back({path, Found::Kind::broken, HADDR_UNDEF, false, false, why, {}});
  }
};

// Without the name of the file or object before it. To be called in a handler: throws again what `w` does not list.
std::string reason_of(const Walk& w, const Error& error, const std::string& what) {
  if (w.unreadable == Unreadable::thrown && failed_reads() != w.failed_before) throw;
  const std::string text = error.what();
  return text.starts_with(what + ": ") ? text.substr(what.size() + 2) : text;
}

// The library's or the driver's reason for the last failure; clears both.
std::string failure(const Walk& w, const std::string& what) {
  try {
    fail(what);
  } catch (const Error& error) {
    return reason_of(w, error, what);
  }
}

Found unfollowed(const Walk& w, hid_t group, const char* name, const std::string& path, const H5L_info_t& link) {
  Found f{path, Found::Kind::outside, HADDR_UNDEF, false, false, "a user-defined link", {}};
  if (link.type != H5L_TYPE_SOFT && link.type != H5L_TYPE_EXTERNAL) return f;
  std::string value(link.u.val_size + 1, '\0');
  if (H5Lget_val(group, name, value.data(), value.size(), H5P_DEFAULT) < 0) {
    f.kind = Found::Kind::broken;
    f.detail = failure(w, "reading the link");
  } else if (link.type == H5L_TYPE_SOFT) {
    f.kind = Found::Kind::soft;
    f.detail = value.substr(0, value.find('\0'));
  } else {
    const char *target = nullptr, *inside = nullptr;
    unsigned flags = 0;
    f.detail = H5Lunpack_elink_val(value.data(), link.u.val_size, &flags, &target, &inside) < 0
                   ? "an external link"
                   : fmt::format("an external link to '{}:{}'", target, inside);
  }
  return f;
}

void add_dataset(Walk& w, hid_t dataset, const std::string& path, haddr_t address) {
  const Id type(H5Dget_type(dataset), H5Tclose);
  Found f{
      variable_path(path), Found::Kind::dataset, address, type && encoding_of(type.get()).has_value(), false, {}, path};
  try {
    f.scale = is_scale(dataset);
    if (f.scale && is_bare_dimension(dataset)) f.kind = Found::Kind::bare;
  } catch (const Error& error) {
    reason_of(w, error, {});  // damaged attributes: whoever describes the dataset says so
  }
  if (f.kind == Found::Kind::dataset) w.datasets++;
  w.found.push_back(std::move(f));
}

void visit_link(Walk& w, hid_t group, const char* name, const H5L_info_t& link) {
  const std::string path = w.prefix + "/" + name;
  if (link.type != H5L_TYPE_HARD) return w.found.push_back(unfollowed(w, group, name, path, link));
  if (w.seen.contains(link.u.address)) return;
  std::string& first = w.objects[link.u.address];
  if (first.empty() || path < first) first = path;
}

// The library is C: nothing is thrown through it.
herr_t visit(hid_t group, const char* name, const H5L_info_t* link, void* data) {
  auto& w = *static_cast<Walk*>(data);
  try {
    driver_error();  // of what was broken before
    if (++w.links > w.most_links) {
      w.stopped = true;
      w.broken("/", "damaged: more links than the file has room for");
      return 1;
    }
    try {
      visit_link(w, group, name, *link);
    } catch (const Error& error) {
      const std::string path = w.prefix + "/" + name;
      w.broken(path, reason_of(w, error, path));
    }
    return 0;
  } catch (...) {
    w.thrown = std::current_exception();
    return -1;
  }
}

void list_group(Walk& w, hid_t group, const std::string& path) {
  w.prefix = path == "/" ? "" : path;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, visit, &w) < 0 && !w.thrown)
    w.broken(path, "damaged, not listed to the end: " + failure(w, "listing it"));
  if (w.thrown) std::rethrow_exception(w.thrown);
}

void visit_object(Walk& w, const std::string& path, haddr_t address, int depth) {
  if (w.datasets >= w.most) {
    w.stopped = true;
    return w.broken("/", fmt::format("more than {} datasets; the others are not listed", w.most));
  }
  driver_error();  // of what was broken before
  check_header(w.file, address, path);
  const Id object(H5Oopen_by_addr(w.file, address), H5Oclose);
  if (!object) return w.broken(path, failure(w, "opening it"));
  if (H5Iget_type(object.get()) == H5I_DATASET) return add_dataset(w, object.get(), path, address);
  if (H5Iget_type(object.get()) != H5I_GROUP) return;
  if (depth >= most_group_depth) return w.broken(path, fmt::format("a group {} levels deep; not listed", depth));
  list_group(w, object.get(), path);
}

// Level by level: whatever else links to an object, a group's links to groups above among them, it is called by the
// path of the fewest slashes, of these the first.
void list_levels(Walk& w) {
  H5O_info_t root;
  if (H5Oget_info(w.file, &root) >= 0)
    w.seen.insert(root.addr);
  else
    failure(w, w.name + ": reading the root group");  // what is damaged there, listing it tells
  list_group(w, w.file, "/");
  for (int depth = 1; !w.objects.empty(); depth++) {
    std::map<std::string, haddr_t> level;
    for (auto& [address, path] : w.objects) w.seen.insert(address), level.emplace(std::move(path), address);
    w.objects.clear();
    for (const auto& [path, address] : level) {
      if (w.stopped) return;
      try {
        visit_object(w, path, address, depth);
      } catch (const Error& error) {
        if (w.thrown) throw;
        w.broken(path, reason_of(w, error, path));
      }
    }
  }
}

}  // namespace

std::vector<Found> walk(hid_t file, const std::string& name, std::size_t most, Unreadable unreadable) {
  Walk w;
  w.unreadable = unreadable;
  w.file = file;
  w.name = name;
  w.most = most;
  const PositionedFile* bytes = file_behind(file);
  w.most_links = bytes ? bytes->size() / least_link_bytes : INT64_MAX;
  list_levels(w);
  driver_error();
  std::stable_sort(w.found.begin(), w.found.end(), [](const Found& a, const Found& b) { return a.path < b.path; });
  return std::move(w.found);
}

}  // namespace tessera::io::hdf5
