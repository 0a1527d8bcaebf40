#pragma once
// How an error that is agreed on begins: with the rank that failed, and its machine. The tests run on one.
#include <unistd.h>

#include <string>

namespace tessera::test_support {

inline std::string rank_prefix(int rank) {
  char host[64] = {};
  gethostname(host, sizeof host - 1);
  return "rank " + std::to_string(rank) + " on " + host + ": ";
}

}  // namespace tessera::test_support
