#pragma once
// A share of many cases, where all of them would take too long: TESSERA_SHARE=30 takes one of thirty, drawn by the seed of RC_PARAMS, which
// all ranks have (mpi_main.cpp). Nothing given: all.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <tessera/core/hash.hpp>

namespace tessera::testing {

inline std::uint64_t one_of() {
  static const std::uint64_t n = [] {
    const char* text = std::getenv("TESSERA_SHARE");
    return text ? std::max(1ULL, std::strtoull(text, nullptr, 10)) : 1ULL;
  }();
  return n;
}

/// The seed that RC_PARAMS has, printed when a share is drawn by it.
inline std::uint64_t seed_of_share() {
  static const std::uint64_t seed = [] {
    const char* text = std::getenv("RC_PARAMS");
    const std::string all = text ? text : "";
    const auto at = all.find("seed=");
    const std::uint64_t found = at == std::string::npos ? 0 : std::strtoull(all.c_str() + at + 5, nullptr, 10);
    std::printf("one of %llu cases, drawn by RC_PARAMS=seed=%llu\n", static_cast<unsigned long long>(one_of()),
                static_cast<unsigned long long>(found));
    return found;
  }();
  return seed;
}

/// True for the cases, by name, that are run.
inline bool is_in_share(std::string_view name) {
  return one_of() == 1 || Hash().add(seed_of_share()).add(name).value() % one_of() == 0;
}

/// The same of cases without names: one loop over them.
class Share {
 public:
  /// Whether the next one is run.
  bool next() { return one_of() == 1 || Hash().add(seed_of_share()).add(number_++).value() % one_of() == 0; }

 private:
  std::uint64_t number_ = 0;
};

}  // namespace tessera::testing
