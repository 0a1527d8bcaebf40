#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <tessera/tessera.hpp>

namespace tessera::testing {

/// Tests of what is refused: a session of all ranks, and 24 elements in chunks of 5.
class Misuse : public ::testing::Test {
 protected:
  SessionOptions small{.memory = std::int64_t{64} << 20, .threads = 1};
  Session session{small};
  const Array x = arange(0, 24, 1, DType::float64, {5});
};

}  // namespace tessera::testing
