// What is kept in memory instead of being computed again: loops stay of the graph's size, cheap views stay as they are.
#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

Array line(std::int64_t n = 1 << 20) { return uniform({n}, 0, 1, {.chunks = {1 << 17}}); }
Array grown_less(const Array& x, std::int64_t first, std::int64_t last) {
  return x[{Slice{first, x.shape()[0] - last, {}}}];
}
Array rows(const Array& x, std::int64_t i, std::int64_t j) {
  const std::int64_t n = x.shape()[0], m = x.shape()[1];
  return x[{Slice{i, n - 2 + i, {}}, Slice{j, m - 2 + j, {}}}];
}

enum class Loop { average, stencil, centred, boundary, halves, products };
Array loop(Loop which, int steps) {
  Array u = which == Loop::stencil ? uniform({2100, 2100}, 0, 1, {.chunks = {300, 2100}}) : line();
  for (int i = 0; i < steps; i++) switch (which) {
      case Loop::average:
        u = (grown_less(u, 1, 0) + grown_less(u, 0, 1)) / 2.0;
        break;
      case Loop::stencil:
        u = (rows(u, 1, 2) + rows(u, 1, 0) + rows(u, 2, 1) + rows(u, 0, 1)) / 4.0;
        break;
      case Loop::centred:
        u = u - mean(u);
        break;
      case Loop::boundary: {
        const Array inner = (grown_less(u, 0, 2) + grown_less(u, 1, 1) + grown_less(u, 2, 0)) / 3.0;
        u = concat({u[{Slice{0, 1, {}}}], inner, grown_less(u, u.shape()[0] - 1, 0)});
        break;
      }
      case Loop::halves:
        u = u[{Slice{0, {}, 2}}] + u[{Slice{1, {}, 2}}];
        break;
      case Loop::products:
        u = u + sum(grown_less(u, 1, 0) * grown_less(u, 0, 1));
        break;
    }
  return u;
}

Keeping keeping(const std::vector<Array>& arrays, double array_bytes = HUGE_VAL) {
  std::vector<NodePtr> roots;
  for (const auto& a : arrays) roots.push_back(a.node());
  return kept_nodes(roots, {array_bytes});
}
/// Operations for an element of each Program of the plan, together: what is computed, and how often.
std::size_t instructions(const Array& a, double array_bytes = HUGE_VAL) {
  std::size_t n = 0;
  const std::vector<NodePtr> roots{a.node()};
  for (const auto& node : topological_order(optimize(roots, kept_nodes(roots, {array_bytes})))) {
    if (node->kind() == NodeKind::map) n += as_map(*node).program().code.size();
    if (node->kind() == NodeKind::reduce) n += as_reduce(*node).program().code.size();
  }
  return n;
}

TEST(Keep, CountsThePassesOfASelect) {
  const Array x = uniform({1 << 21}, 0, 1, {.chunks = {1 << 17}}), dear = exp(sin(exp(x)));
  const Keeping twice = keeping({median(dear)});
  ASSERT_EQ(twice.nodes.size(), 1u);
  EXPECT_EQ(twice.nodes.begin()->first, dear.node().get());
  EXPECT_EQ(twice.nodes.begin()->second.views, 0);
  EXPECT_EQ(twice.nodes.begin()->second.stages, 2);
  EXPECT_TRUE(keeping({median(dear)}, 1 << 20).nodes.empty());               // no room
  EXPECT_TRUE(keeping({median(x * 2.0)}).nodes.empty());                     // cheap
  EXPECT_TRUE(keeping({median(astype(dear, DType::int16))}).nodes.empty());  // keys of one digit
  const Array rows = exp(sin(exp(uniform({2000, 1000}))));
  EXPECT_TRUE(keeping({median(rows, {.axis = 1})}).nodes.empty());  // by columns, once
}

TEST(Keep, LoopsTakeWorkInProportionToTheirSteps) {
  for (const Loop which : {Loop::average, Loop::stencil, Loop::centred, Loop::boundary, Loop::products}) {
    const auto short_loop = instructions(loop(which, 20)), long_loop = instructions(loop(which, 200));
    EXPECT_LT(long_loop, 14 * short_loop) << static_cast<int>(which);
    EXPECT_LT(long_loop, 200 * 30) << static_cast<int>(which);
    EXPECT_TRUE(keeping({loop(which, 200)}).bounded);
  }
  EXPECT_LT(instructions(loop(Loop::halves, 18)), 18 * 40);
}

// CPU seconds: far above what linear work takes (0.3), far below what a microsecond for each pair of steps would. Two times are not
// compared: what the caches hold, and who else uses them, changes their ratio.
TEST(Keep, PlanningTakesNoQuadraticTime) {
#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
  constexpr double limit = 20;
#else
  constexpr double limit = 4;
#endif
  for (const Loop which : {Loop::average, Loop::stencil, Loop::centred, Loop::products}) {
    const Array u = loop(which, which == Loop::stencil ? 1000 : 2000);  // of (2100, 2100) no more are left
    const std::vector<NodePtr> roots{u.node()};
    const std::clock_t begin = std::clock();
    optimize(roots, kept_nodes(roots, {HUGE_VAL}));
    EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, limit) << static_cast<int>(which);
  }
}

TEST(Keep, WhatIsCheapIsComputedAgain) {
  const Array x = line(), y = x * 2.0 + 1.0;
  EXPECT_TRUE(keeping({y[{Slice{1, {}, {}}}] - y[{Slice{{}, -1, {}}}]}).nodes.empty());
  EXPECT_TRUE(keeping({x - mean(x)}).nodes.empty());
  EXPECT_TRUE(keeping({(y - mean(y)) / std(y)}).nodes.empty());
  EXPECT_TRUE(keeping({exp(x)[{Slice{1, {}, {}}}] - exp(x)[{Slice{{}, -1, {}}}]}).nodes.empty());
  // Halves that don't overlap are each computed once.
  const Array slow = sin(exp(sin(exp(sin(exp(x))))));
  EXPECT_TRUE(keeping({slow[{Slice{0, 1 << 19, {}}}] + slow[{Slice{1 << 19, {}, {}}}]}).nodes.empty());
  EXPECT_TRUE(keeping({slow + flip(x), mean(slow), slow * 2.0}).nodes.empty());
}

TEST(Keep, WhatIsDearIsKeptOnce) {
  const Array slow = sin(exp(sin(exp(sin(exp(line()))))));
  const auto differences = keeping({grown_less(slow, 1000, 0) - grown_less(slow, 0, 1000)}).nodes;
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences.begin()->first, slow.node().get());
  EXPECT_EQ(differences.begin()->second.views, 2);
  // Built twice, it is the same.
  const Array again = sin(exp(sin(exp(sin(exp(line()))))));
  EXPECT_EQ(keeping({grown_less(slow, 1000, 0) - grown_less(again, 0, 1000)}).nodes.size(), 1u);
  EXPECT_EQ(keeping({slow - flip(slow)}).nodes.size(), 1u);
  const auto stages = keeping({slow - mean(slow)}).nodes;
  ASSERT_EQ(stages.size(), 1u);
  EXPECT_EQ(stages.begin()->second.stages, 2);
  // Behind Reduces, Concats and transpositions.
  EXPECT_EQ(keeping({sum(grown_less(slow, 1, 0)) + sum(grown_less(slow, 0, 1))}).nodes.size(), 1u);
  EXPECT_EQ(keeping({concat({grown_less(slow, 1, 0), grown_less(slow, 0, 1)})}).nodes.size(), 1u);
  const Array square = exp(sin(exp(sin(uniform({900, 900})))));
  EXPECT_EQ(keeping({square + square.T()}).nodes.size(), 1u);
  // Many views of random numbers.
  const Array r = normal({1 << 20});
  Array together = r[{Slice{0, -9, {}}}];
  for (std::int64_t k = 1; k < 9; k++) together = together + r[{Slice{k, k - 9, {}}}];
  EXPECT_EQ(keeping({together}).nodes.size(), 1u);
}

TEST(Keep, WhatIsSeenThroughViewsCloseTogetherHasAHalo) {
  const Array slow = sin(exp(sin(exp(sin(exp(line()))))));
  const Keeping near = keeping({grown_less(slow, 3, 0) - grown_less(slow, 1, 2)});
  EXPECT_TRUE(near.nodes.empty());
  ASSERT_EQ(near.haloed.size(), 1u);
  EXPECT_EQ(near.haloed.begin()->first, slow.node().get());
  EXPECT_EQ(near.haloed.begin()->second, (Box{{1}, {(1 << 20) - 1}}));
  // The Map and what it is made of, seen once each.
  const auto order = topological_order(optimize({(grown_less(slow, 3, 0) - grown_less(slow, 1, 2)).node()}, near));
  EXPECT_EQ(order.size(), 3u);
  // Steps follow one another until what lies around them is 100 long; then one is kept, if there is room.
  const Array u = loop(Loop::average, 230);
  EXPECT_EQ(keeping({u}).nodes.size(), 2u);
  EXPECT_TRUE(keeping({u}, 0).nodes.empty());
  EXPECT_EQ(keeping({u}, 0).haloed.size(), 229u);
  // Not where views have steps, turn axes, or are asked for by what is no Map.
  const Array square = exp(sin(exp(sin(uniform({900, 900})))));
  for (const Array& y : {slow[{Slice{0, -2, 2}}] - slow[{Slice{1, -1, 2}}], square + square.T(),
                         sum(grown_less(slow, 1, 0)) + sum(grown_less(slow, 0, 1)),
                         sort(grown_less(slow, 1, 0)) - sort(grown_less(slow, 0, 1)), square(0) - square(1)})
    EXPECT_TRUE(keeping({y}).haloed.empty());
}

TEST(Keep, AReduceSeenInOverlappingSlicesIsMadeOnce) {
  const Array m = mean(uniform({1000, 1000}), {.axis = {0}});
  EXPECT_EQ(keeping({grown_less(m, 1, 0) - grown_less(m, 0, 1)}).nodes.size(), 1u);
  EXPECT_TRUE(keeping({m[{Slice{0, 10, {}}}] + m[{Slice{500, 510, {}}}]}).nodes.empty());
}

TEST(Keep, NothingLargerThanAllowed) {
  const Array u = loop(Loop::average, 120);
  EXPECT_FALSE(keeping({u}, 9 << 20).nodes.empty());
  EXPECT_TRUE(keeping({u}, 7 << 20).nodes.empty());
  EXPECT_TRUE(keeping({u}, 0).bounded);
  EXPECT_FALSE(keeping({loop(Loop::boundary, 2000)}, 0).bounded);
}

}  // namespace
}  // namespace tessera
