#include <fmt/format.h>
#include <hwloc.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <tessera/core/errors.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/machine.hpp>
#include <type_traits>

namespace tessera {

Machine look_at_machine() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) throw InternalError("hwloc_topology_init failed");
  const std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, decltype(&hwloc_topology_destroy)> topology(
      raw, &hwloc_topology_destroy);
  if (hwloc_topology_load(raw) != 0)
    throw InternalError("hwloc_topology_load failed: the machine's topology can't be read");

  const auto count = [&](hwloc_obj_type_t type) { return std::max(1, hwloc_get_nbobjs_by_type(raw, type)); };
  Machine machine;
  machine.sockets = count(HWLOC_OBJ_PACKAGE);
  machine.numa_nodes = count(HWLOC_OBJ_NUMANODE);
  machine.cores = count(HWLOC_OBJ_CORE);
  machine.cpus = count(HWLOC_OBJ_PU);
  // Not hwloc's sum over NUMA nodes, which virtual machines report wrongly (7 of 24 GiB on one of ours).
  machine.memory = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const auto cache = [&](hwloc_obj_type_t type, std::int64_t& bytes, int* sharing) {
    const hwloc_obj_t object = hwloc_get_obj_by_type(raw, type, 0);
    if (object == nullptr) return;
    bytes = static_cast<std::int64_t>(object->attr->cache.size);
    if (sharing != nullptr) *sharing = hwloc_bitmap_weight(object->cpuset);
  };
  cache(HWLOC_OBJ_L1CACHE, machine.l1, nullptr);
  cache(HWLOC_OBJ_L2CACHE, machine.l2, &machine.l2_cpus);
  cache(HWLOC_OBJ_L3CACHE, machine.l3, &machine.l3_cpus);
  if (const hwloc_obj_t package = hwloc_get_obj_by_type(raw, HWLOC_OBJ_PACKAGE, 0); package != nullptr) {
    const char* model = hwloc_obj_get_info_by_name(package, "CPUModel");
    if (model != nullptr) machine.processor = model;
  }
  return machine;
}

std::string to_string(const Machine& m) {
  const auto several = [](int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  std::string text =
      fmt::format("{}, {}, {}, {}, {}", several(m.sockets, "socket"), several(m.cores, "core"),
                  several(m.cpus, "hardware thread"), several(m.numa_nodes, "NUMA node"), format_size(m.memory));
  const char* separator = "; ";
  for (const auto& [name, bytes] : {std::pair("L1", m.l1), {"L2", m.l2}, {"L3", m.l3}}) {
    if (bytes == 0) continue;
    text += fmt::format("{}{} {}", separator, name, format_size(bytes));
    separator = ", ";
  }
  return text;
}

}  // namespace tessera
