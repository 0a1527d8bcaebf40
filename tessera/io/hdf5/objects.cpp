#include <tessera/io/hdf5/objects.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr int most_links = 32, most_depth = 64;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::size_t count) {
  std::string s;
  for (std::size_t i = 0; i < count; i++) s += "/" + parts[i];
  return s.empty() ? "/" : s;
}

// Edit distance, for "did you mean".
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); j++) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); i++) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

std::string listed(const std::vector<Found>& all) {
  std::vector<std::string> names;
  for (const auto& d : all) {
    if (names.size() == 20) break;
    names.push_back(d.path + (d.readable ? "" : " (not numbers)"));
  }
  return fmt::format("{}{}", fmt::join(names, ", "),
                     all.size() > 20 ? fmt::format(", ... ({} in all)", all.size()) : "");
}

[[noreturn]] void missing(hid_t file, const std::string& name, const std::string& path) {
  const auto all = find_datasets(file, name, 1000);
  std::vector<std::pair<std::size_t, std::string>> near;
  const auto last = [](const std::string& s) { return s.substr(s.rfind('/') + 1); };
  for (const auto& d : all) {
    const std::size_t how_far = std::min(distance(d.path, path), distance(last(d.path), last(path)));
    if (how_far <= std::max<std::size_t>(2, last(path).size() / 3)) near.emplace_back(how_far, d.path);
  }
  std::sort(near.begin(), near.end());
  if (!near.empty()) throw IoError(fmt::format("{}: no dataset {}; did you mean {}?", name, path, near.front().second));
  if (all.empty()) throw IoError(fmt::format("{}: no dataset {}; the file has no datasets", name, path));
  throw IoError(fmt::format("{}: no dataset {}; it has {}", name, path, listed(all)));
}

// The path without soft links; throws where a link leads out of the file or nowhere.
std::vector<std::string> resolve(hid_t file, const std::string& name, const std::string& path) {
  std::vector<std::string> todo = parts_of(path), done;
  std::reverse(todo.begin(), todo.end());
  int followed = 0;
  while (!todo.empty()) {
    done.push_back(todo.back());
    todo.pop_back();
    const std::string here = join(done, done.size());
    H5L_info_t link;
    if (H5Lexists(file, here.c_str(), H5P_DEFAULT) <= 0 || H5Lget_info(file, here.c_str(), &link, H5P_DEFAULT) < 0) {
      check_driver();
      // A variable whose dimension has been renamed since.
      if (const std::string other = path_beside_dimension(here);
          todo.empty() && variable_path(here) == here && H5Lexists(file, other.c_str(), H5P_DEFAULT) > 0) {
        done.pop_back();
        todo.push_back(parts_of(other).back());
        continue;
      }
      missing(file, name, path);
    }
    if (link.type == H5L_TYPE_HARD) {
      check_header(file, link.u.address, fmt::format("{}:{}", name, here));
      continue;
    }
    if (link.type != H5L_TYPE_SOFT && link.type != H5L_TYPE_EXTERNAL)
      throw IoError(fmt::format("{}: {} is a user-defined link, which is not followed", name, here));
    std::string value(link.u.val_size, '\0');
    check(H5Lget_val(file, here.c_str(), value.data(), value.size(), H5P_DEFAULT),
          fmt::format("{}: reading the link {}", name, here));
    if (link.type == H5L_TYPE_EXTERNAL) {
      const char *target = nullptr, *inside = nullptr;
      unsigned flags = 0;
      check(H5Lunpack_elink_val(value.data(), value.size(), &flags, &target, &inside),
            fmt::format("{}: reading the link {}", name, here));
      throw IoError(fmt::format("{}: {} is an external link, which is not followed; open '{}:{}' itself", name, here,
                                target, inside));
    }
    if (++followed > most_links)
      throw IoError(fmt::format("{}: {} leads through more than {} soft links", name, path, most_links));
    value.resize(std::min(value.find('\0'), value.size()));
    if (value.starts_with('/'))
      done.clear();
    else
      done.pop_back();
    std::vector<std::string> target = parts_of(value);
    todo.insert(todo.end(), target.rbegin(), target.rend());
  }
  return done;
}

// Where the elements of the object at `where` are: a dimension without values gives its place to the variable of its
// name. throws IoError when there is none.
std::string variable_at(hid_t file, const std::string& name, const std::string& path, const std::string& where) {
  {
    const Id object =
        own(H5Oopen(file, where.c_str(), H5P_DEFAULT), H5Oclose, fmt::format("{}: opening {}", name, path));
    if (H5Iget_type(object.get()) != H5I_DATASET || !is_bare_dimension(object.get())) return where;
  }
  const std::string other = path_beside_dimension(where);
  if (H5Lexists(file, other.c_str(), H5P_DEFAULT) > 0) {
    const auto parts = resolve(file, name, other);
    return join(parts, parts.size());
  }
  const auto all = find_datasets(file, name, 1000);
  throw IoError(fmt::format("{}: no dataset {}: it is a dimension without values; {}", name, path,
                            all.empty() ? "the file has no datasets" : "the datasets are " + listed(all)));
}

struct Search {
  hid_t file = -1;
  std::string name;
  std::vector<Found> found;
  std::set<haddr_t> seen;
  std::size_t most = 0;
  bool bare = false;
  std::string prefix;
  int depth = 0;
  std::exception_ptr thrown;
};

herr_t visit(hid_t group, const char* name, const H5L_info_t* link, void* data);

herr_t visit_link(Search& s, hid_t group, const char* name, const H5L_info_t& link) {
  if (s.found.size() >= s.most) return 1;
  if (link.type != H5L_TYPE_HARD) return 0;
  const std::string path = s.prefix + "/" + name;
  check_header(s.file, link.u.address, s.name + ":" + path);
  const Id object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
  if (!object) return -1;
  if (!s.seen.insert(link.u.address).second) return 0;
  if (H5Iget_type(object.get()) == H5I_DATASET) {
    if (!s.bare && is_bare_dimension(object.get())) return 0;
    const Id type(H5Dget_type(object.get()), H5Tclose);
    s.found.push_back({variable_path(path), type && encoding_of(type.get()).has_value(), is_scale(object.get()), path});
  } else if (H5Iget_type(object.get()) == H5I_GROUP && s.depth < most_depth) {
    const std::string before = std::exchange(s.prefix, path);
    s.depth++;
    const herr_t status = H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, visit, &s);
    s.depth--;
    s.prefix = before;
    return status;
  }
  return 0;
}

// The library is C: nothing is thrown through it.
herr_t visit(hid_t group, const char* name, const H5L_info_t* link, void* data) {
  auto& s = *static_cast<Search*>(data);
  try {
    return visit_link(s, group, name, *link);
  } catch (...) {
    s.thrown = std::current_exception();
    return -1;
  }
}

}  // namespace

std::vector<Found> find_datasets(hid_t file, const std::string& name, std::size_t most, bool bare) {
  Search s;
  s.file = file;
  s.name = name;
  s.most = most;
  s.bare = bare;
  const herr_t status = H5Literate(file, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, visit, &s);
  if (s.thrown) std::rethrow_exception(s.thrown);
  check(status, name + ": listing the datasets");
  check_driver();
  std::sort(s.found.begin(), s.found.end(), [](const Found& a, const Found& b) { return a.path < b.path; });
  return std::move(s.found);
}

Id open_dataset(hid_t file, const std::string& name, const std::string& path) {
  const auto parts = resolve(file, name, path);
  const std::string where = variable_at(file, name, path, join(parts, parts.size()));
  const Id object = own(H5Oopen(file, where.c_str(), H5P_DEFAULT), H5Oclose, fmt::format("{}: opening {}", name, path));
  if (H5Iget_type(object.get()) == H5I_GROUP) {
    std::vector<Found> inside;
    for (auto& d : find_datasets(file, name, 10000))
      if (where == "/" || d.path.starts_with(where + "/")) inside.push_back(d);
    throw UsageError(fmt::format("{}: {} is a group, not a dataset; it has {}", name, path,
                                 inside.empty() ? "no datasets" : listed(inside)));
  }
  if (H5Iget_type(object.get()) != H5I_DATASET)
    throw UsageError(fmt::format("{}: {} is a datatype, not a dataset", name, path));
  const Id access = own(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, name);
  check(H5Pset_chunk_cache(access.get(), 0, 0, 1.0), name);
  return own(H5Dopen2(file, where.c_str(), access.get()), H5Dclose, fmt::format("{}: opening {}", name, path));
}

std::string only_dataset(hid_t file, const std::string& name) {
  const auto all = find_datasets(file, name, 100000);
  if (all.empty()) throw IoError(fmt::format("{}: the file has no datasets", name));
  std::vector<std::string> arrays, coordinates;
  for (const auto& d : all)
    if (d.readable) (d.scale ? coordinates : arrays).push_back(d.path);
  if (arrays.size() == 1) return arrays.front();
  if (arrays.empty() && coordinates.size() == 1) return coordinates.front();
  if (arrays.empty() && coordinates.empty())
    throw UsageError(fmt::format("{}: no dataset of numbers; it has {}", name, listed(all)));
  throw UsageError(
      fmt::format("{}: which dataset? Name one as {}:{}; it has {}", name, name, all.front().path, listed(all)));
}

}  // namespace tessera::io::hdf5
