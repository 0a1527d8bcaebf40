#pragma once
// Libraries that are loaded by name, as tables of functions.
#include <mutex>
#include <string>
#include <vector>

namespace tessera::cuda {

/// The library that the environment names in `variable`, else the first of `names` that there is. null: `why` says what is missing.
void* open_library(const char* variable, std::vector<const char*> names, std::string& why);

/// A table, and what stood in its way; filled by the first who asks. load(table, why): true when it is complete.
template <class Table>
const Table* find_table(bool (*load)(Table& table, std::string& why), std::string& why) {
  static std::once_flag once;
  static Table table;
  static std::string missing;
  std::call_once(once, [&] {
    if (!load(table, missing) && missing.empty()) missing = "it can't be loaded";
  });
  why = missing;
  return missing.empty() ? &table : nullptr;
}

}  // namespace tessera::cuda
