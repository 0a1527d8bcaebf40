// The index of parts against looking at every value of a stage.
#include <gtest/gtest.h>

#include <random>

#include <tessera/distributed/execute/wanted_values.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

Array made(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return uniform({rows, columns}, 0, 1, {.seed = seed, .chunks = {2, 3}});
}

// Parts of parts, along both axes, of which some are used twice.
Array joined() {
  const Array a = made(5, 7, 1), b = made(4, 7, 2), c = made(9, 3, 3);
  const Array rows = concat({a, b, a}),
              more = concat({concat({rows[{Slice{0, 9}}], c}, 1), concat({c, c, c, c[{Slice{}, Slice{0, 1}}]}, 1)});
  return sqrt(more) + concat({more[{Slice{9, {}}}], more[{Slice{0, 9}}]}) * 2.0;
}

TEST(WantedValues, AreThoseOfThePartsThatATileTouches) {
  std::mt19937 random(4);
  const Plan plan = make_plan({{joined().node(), PlanSink::Kind::persist}}, {1, 1, std::int64_t{1} << 30, 0});
  for (const Stage& stage : plan.stages) {
    const auto& op = std::get<TileOperator>(stage.op);
    const WantedValues index(op);
    const Shape shape = op.grid.shape();
    EXPECT_FALSE(index.is_all());
    for (int k = 0; k < 2000; k++) {
      Box tile;
      for (auto n : shape) {
        tile.lo.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(n)));
        tile.extent.push_back(1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(n - tile.lo.back())));
      }
      std::vector<std::size_t> expected, got;
      for (std::size_t v = 0; v < op.values.size(); v++)
        if (!op.values[v].is_part() || !intersect(tile, op.values[v].within).empty()) expected.push_back(v);
      index.find(tile, got);
      ASSERT_EQ(got, expected) << to_string(tile);
    }
  }
}

}  // namespace
}  // namespace tessera::testing
