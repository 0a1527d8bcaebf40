#include <gtest/gtest.h>

#include <array>

#include <tessera/core/cpu/nest.hpp>

namespace tessera::cpu {
namespace {

void add(Nest& n, std::int64_t extent, std::int64_t a, std::int64_t b, std::int64_t divisor = 1) {
  n.add(extent, std::array{a, b}, divisor);
}

TEST(Nest, MergesAxesThatAreDenseInEveryOperand) {
  Nest n;
  n.reset(2);
  add(n, 8, 512 * 512 * 8, 512 * 512 * 4);
  add(n, 1, 77, 99);  // an axis of one element is no axis
  add(n, 512, 512 * 8, 512 * 4);
  add(n, 512, 8, 4);
  EXPECT_EQ(n.rank(), 1);
  EXPECT_EQ(n.extent(0), 8 * 512 * 512);
  EXPECT_EQ(n.inner_stride(1), 4);
}

TEST(Nest, KeepsAxesWhereOneOperandRepeats) {
  Nest n;
  n.reset(2);
  add(n, 5, 80, 0);
  add(n, 10, 8, 8);
  EXPECT_EQ(n.rank(), 2);
}

TEST(Nest, MergesRowsOnlyWhereTheLanesStayInStep) {
  Nest n;
  n.reset(2);
  add(n, 5, 800, 800, 64);
  add(n, 100, 8, 8, 64);
  EXPECT_EQ(n.rank(), 2);
  n.reset(2);
  add(n, 5, 1024, 1024, 64);
  add(n, 128, 8, 8, 64);
  EXPECT_EQ(n.rank(), 1);
}

TEST(Nest, WalksInRowMajorOrderAndComesBack) {
  Nest n;
  n.reset(1);
  n.add(2, std::array<std::int64_t, 1>{100});
  n.add(3, std::array<std::int64_t, 1>{-7});
  std::byte memory[256];
  std::array<std::byte*, 1> p{memory + 50};
  std::vector<std::ptrdiff_t> seen;
  n.walk(2, p, [&] { seen.push_back(p[0] - memory); });
  EXPECT_EQ(seen, (std::vector<std::ptrdiff_t>{50, 43, 36, 150, 143, 136}));
  EXPECT_EQ(p[0], memory + 50);
}

TEST(Nest, MovesAnAxisInwards) {
  Nest n;
  n.reset(2);
  add(n, 2, 1000, 1);
  add(n, 3, 100, 20);
  add(n, 4, 8, 300);
  n.move(0, 1);
  EXPECT_EQ(n.extent(0), 3);
  EXPECT_EQ(n.extent(1), 2);
  EXPECT_EQ(n.stride(1, 1), 1);
}

}  // namespace
}  // namespace tessera::cpu
