#include <tessera/io/hdf5/objects.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/driver.hpp>
#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/hdf5/walk.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr int most_links = 32;

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

std::vector<Found> datasets_of(hid_t file, const std::string& name) {
  std::vector<Found> all = walk(file, name, most_datasets);
  std::erase_if(all, [](const Found& f) { return f.kind != Found::Kind::dataset; });
  return all;
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
  const auto all = datasets_of(file, name);
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
std::vector<std::string> resolve_links(hid_t file, const std::string& name, const std::string& path) {
  std::vector<std::string> todo = parts_of(path), done;
  std::reverse(todo.begin(), todo.end());
  int followed = 0;
  std::string pointed_to;  // by the last soft link
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
      if (followed > 0)
        throw IoError(fmt::format("{}: {} is a soft link that points nowhere: to {}, and the file has no {}", name,
                                  path, pointed_to, here));
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
    pointed_to = value;
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
    const auto parts = resolve_links(file, name, other);
    return join(parts, parts.size());
  }
  const auto all = datasets_of(file, name);
  throw IoError(fmt::format("{}: no dataset {}: it is a dimension without values; {}", name, path,
                            all.empty() ? "the file has no datasets" : "the datasets are " + listed(all)));
}

}  // namespace

Id open_dataset(hid_t file, const std::string& name, const std::string& path) {
  const auto parts = resolve_links(file, name, path);
  const std::string where = variable_at(file, name, path, join(parts, parts.size()));
  const Id object = own(H5Oopen(file, where.c_str(), H5P_DEFAULT), H5Oclose, fmt::format("{}: opening {}", name, path));
  if (H5Iget_type(object.get()) == H5I_GROUP) {
    std::vector<Found> inside;
    for (auto& d : datasets_of(file, name))
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

std::string resolve(hid_t file, const std::string& name, const std::string& path) {
  const auto parts = resolve_links(file, name, path);
  return join(parts, parts.size());
}

std::string only_dataset(hid_t file, const std::string& name) {
  std::vector<Found> all = walk(file, name, most_datasets);
  const auto is_broken = [](const Found& f) { return f.kind == Found::Kind::broken; };
  const auto first_broken = std::find_if(all.begin(), all.end(), is_broken);
  const std::optional<Found> broken = first_broken == all.end() ? std::nullopt : std::optional(*first_broken);
  std::erase_if(all, [](const Found& f) { return f.kind != Found::Kind::dataset; });
  std::vector<std::string> arrays, coordinates;
  for (const auto& d : all)
    if (d.readable) (d.scale ? coordinates : arrays).push_back(d.path);
  const bool several = arrays.size() > 1 || (arrays.empty() && coordinates.size() > 1);
  if (broken && !several)  // perhaps it is the one that was meant
    throw IoError(fmt::format("{}:{}: {}", name, broken->path, broken->detail));
  if (all.empty()) throw IoError(fmt::format("{}: the file has no datasets", name));
  if (arrays.size() == 1) return arrays.front();
  if (arrays.empty() && coordinates.size() == 1) return coordinates.front();
  if (!several) throw UsageError(fmt::format("{}: no dataset of numbers; it has {}", name, listed(all)));
  throw UsageError(
      fmt::format("{}: which dataset? Name one as {}:{}; it has {}", name, name, all.front().path, listed(all)));
}

}  // namespace tessera::io::hdf5
