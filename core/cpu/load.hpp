#pragma once
// An element of memory whose alignment nobody knows.
#include <cstddef>
#include <cstring>

namespace tessera::cpu {

template <class T>
T load(const std::byte* from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

}  // namespace tessera::cpu
