#pragma once
// What tests ask of the simulated driver beyond what a driver does: what it was given, to lose waits, to run some blocks of a grid.
#include <dlfcn.h>

#include <cstdlib>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "simulated/log.hpp"

namespace tessera::testing {

using simulated::Entry;
using simulated::Given;

/// Its functions; false with another driver.
struct Simulated {
  void (*begin_log)() = nullptr;
  void (*log)(simulated::TakeEntry, void*) = nullptr;
  void (*lose_waits)(int of, int by) = nullptr;
  long long (*mend)() = nullptr;
  void (*only_blocks)(const unsigned* numbers, int count) = nullptr;
  int (*contexts)(int ordinal) = nullptr;

  Simulated() {
    const char* driver = std::getenv("TESSERA_CUDA_DRIVER");
    void* library = driver ? dlopen(driver, RTLD_NOW | RTLD_NOLOAD) : nullptr;
    if (!library) return;
    const auto find = [library](auto& f, const char* name) {
      f = reinterpret_cast<std::remove_reference_t<decltype(f)>>(dlsym(library, name));
    };
    find(begin_log, "simulated_begin_log"), find(log, "simulated_log");
    find(lose_waits, "simulated_lose_waits"), find(mend, "simulated_mend");
    find(only_blocks, "simulated_only_blocks"), find(contexts, "simulated_contexts");
  }
  explicit operator bool() const { return begin_log && log && lose_waits && mend; }
  std::vector<Entry> logged() const {
    std::vector<Entry> entries;
    log([](void* to, const Entry& e) { static_cast<std::vector<Entry>*>(to)->push_back(e); }, &entries);
    return entries;
  }
  /// The kinds of waits since the log was begun: for which stream, and which one waits.
  std::set<std::pair<int, int>> waits() const {
    std::set<std::pair<int, int>> kinds;
    for (const Entry& e : logged())
      if (e.what == Given::stream_waits || e.what == Given::host_waits) kinds.insert({e.of, e.stream});
    return kinds;
  }
  /// True when some of 40 runs without such waits gives something else than `expected`.
  template <class Run, class Expected>
  bool shows(std::pair<int, int> wait, const Run& run, const Expected& expected) const {
    bool shown = false;
    lose_waits(wait.first, wait.second);
    for (int runs = 0; runs < 40 && !shown; runs++) {
      shown = run() != expected;
      mend();  // what is still under way
    }
    lose_waits(0, 0);
    return shown;
  }
};

}  // namespace tessera::testing
