// /proc/self/cgroup names the group; its files lie under /sys/fs/cgroup. Inside a container the name may be the host's,
// which does not exist here; the container's own limits then stand at the root of the mount, which the walk upwards
// reaches last.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <tessera/distributed/environment_cgroup.hpp>
#include <vector>

namespace tessera {
namespace {

std::optional<std::int64_t> read_number(const std::string& path) {
  const auto text = read_system_file(path);
  if (!text || text->empty() || !(((*text)[0] >= '0' && (*text)[0] <= '9') || (*text)[0] == '-')) return {};  // "max"
  return std::strtoll(text->c_str(), nullptr, 10);
}

/// A limit of memory; nothing when there is none, which version 2 says with a word and version 1 with a huge number.
std::optional<std::int64_t> limit_in(const std::string& path) {
  const auto limit = read_number(path);
  return limit && *limit < std::int64_t{1} << 60 ? limit : std::nullopt;
}

/// The value behind `key` in lines of "key value"; 0 when there is none.
std::int64_t stat_field(const std::string& path, const std::string& key) {
  std::istringstream lines(read_system_file(path).value_or(""));
  std::string name;
  std::int64_t value = 0;
  while (lines >> name >> value)
    if (name == key) return value;
  return 0;
}

/// The folders of this process's group for `controller` and of all groups above it; of version 2 when `controller` is
/// empty.
std::vector<std::string> group_folders(const std::string& root, const std::string& controller) {
  std::istringstream lines(read_system_file(root + "/proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controller.empty() ? controllers != ",," : controllers.find("," + controller + ",") == std::string::npos)
      continue;
    std::vector<std::string> mounts{root + "/sys/fs/cgroup/" + controller};
    if (controller.empty()) mounts = {root + "/sys/fs/cgroup", root + "/sys/fs/cgroup/unified"};
    std::vector<std::string> folders;
    std::string group = line.substr(second + 1);
    while (true) {
      if (!group.empty() && group.back() == '/') group.pop_back();
      for (const auto& mount : mounts) folders.push_back(mount + group);
      if (group.empty()) return folders;
      group.erase(group.rfind('/'));
    }
  }
  return {};
}

template <class T>
void keep_least(std::optional<T>& least, T value) {
  least = least ? std::min(*least, value) : value;
}

}  // namespace

std::optional<std::string> read_system_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool cgroup_limits(const std::string& root, const std::string& group) {
  const auto limited = [&](const std::vector<std::string>& folders, const char* file) {
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      return (folder + "/").find("/" + group + "/") != std::string::npos && limit_in(folder + file);
    });
  };
  return limited(group_folders(root, ""), "/memory.max") ||
         limited(group_folders(root, "memory"), "/memory.limit_in_bytes");
}

std::optional<std::int64_t> cgroup_free_memory(const std::string& root) {
  std::optional<std::int64_t> least;
  const auto consider = [&](const std::string& folder, const char* limit_file, const char* use_file,
                            const char* cache) {
    const auto limit = limit_in(folder + limit_file);
    if (!limit) return;
    const std::int64_t used = read_number(folder + use_file).value_or(0) - stat_field(folder + "/memory.stat", cache);
    keep_least(least, std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, used)));
  };
  for (const auto& folder : group_folders(root, ""))
    consider(folder, "/memory.max", "/memory.current", "inactive_file");
  for (const auto& folder : group_folders(root, "memory"))
    consider(folder, "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file");
  return least;
}

std::optional<int> cgroup_cpus(const std::string& root) {
  const auto count = [](const std::string& list) {  // "0-3,8"
    std::istringstream text(list);
    int cpus = 0, first = 0;
    while (text >> first) {
      int last = first;
      if (text.peek() == '-') text.ignore(), text >> last;
      cpus += std::max(0, last - first + 1);
      if (text.peek() == ',') text.ignore();
    }
    return cpus;
  };
  for (const auto& [controller, file] : {std::pair("", "/cpuset.cpus.effective"), {"cpuset", "/cpuset.effective_cpus"}})
    for (const auto& folder : group_folders(root, controller))  // from the group up: the first that says it
      if (const int cpus = count(read_system_file(folder + file).value_or("")); cpus > 0) return cpus;
  return {};
}

std::optional<double> cgroup_cpu_quota(const std::string& root) {
  std::optional<double> least;
  for (const auto& folder : group_folders(root, "")) {
    std::istringstream text(read_system_file(folder + "/cpu.max").value_or(""));
    double quota = 0, period = 0;
    if (text >> quota >> period && quota > 0 && period > 0)
      keep_least(least, quota / period);  // "max 100000" does not parse
  }
  for (const auto& folder : group_folders(root, "cpu")) {
    const auto quota = read_number(folder + "/cpu.cfs_quota_us"), period = read_number(folder + "/cpu.cfs_period_us");
    if (quota && period && *quota > 0 && *period > 0)
      keep_least(least, static_cast<double>(*quota) / static_cast<double>(*period));
  }
  return least;
}

}  // namespace tessera
