// The passes, graph -> graph: what a root is stays; what is done for it becomes less.
#include <gtest/gtest.h>

#include <ctime>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

Array source(const Shape& shape, const Dims& chunks, std::uint64_t seed = 0) {
  return uniform(shape, 0, 1, {.seed = seed, .chunks = chunks});
}
Array x() { return source({12, 10, 8}, {5, 4, 3}); }

std::vector<NodePtr> optimized(const std::vector<Array>& arrays) {
  std::vector<NodePtr> roots;
  for (const auto& a : arrays) roots.push_back(a.node());
  auto out = optimize(roots);
  for (std::size_t i = 0; i < roots.size(); i++) {
    EXPECT_EQ(out[i]->shape(), roots[i]->shape());
    EXPECT_EQ(out[i]->dtype(), roots[i]->dtype());
    EXPECT_TRUE(out[i]->grid() == roots[i]->grid()) << to_string(out[i]->grid()) << " " << to_string(roots[i]->grid());
    EXPECT_TRUE(out[i]->kind() == NodeKind::map || out[i]->is_made_whole());
  }
  for (const auto& n : topological_order(out)) EXPECT_NE(n->kind(), NodeKind::view);
  return out;
}
const Node& optimized(const Array& a) {
  static std::vector<NodePtr> kept;
  kept = optimized(std::vector<Array>{a});
  return *kept[0];
}
std::size_t count(const Node& root, NodeKind kind) {
  std::size_t n = 0;
  const NodePtr alias(NodePtr(), &root);
  for (const auto& node : topological_order({alias})) n += node->kind() == kind;
  return n;
}

TEST(Scans, AreSlicedOnTheOtherAxes) {
  const Array a = x() * 2.0;
  const Node& n = optimized(cumulative_sum(a, {.axis = 1})[{Slice{2, 7}, Slice{}, 3}]);
  const NodePtr alias(NodePtr(), &n);
  std::size_t scans = 0;
  for (const auto& node : topological_order({alias}))
    if (node->kind() == NodeKind::scan) {
      scans++;
      EXPECT_EQ(node->shape(), Shape({5, 10, 1}));
      EXPECT_EQ(as_scan(*node).axis(), 1);
      EXPECT_EQ(as_scan(*node).program().code.size(), 1u);  // the product is fused
      EXPECT_EQ(node->grid().axis(1), x().node()->grid().axis(1));
    }
  EXPECT_EQ(scans, 1u);
  // Along the scanned axis an element needs all before it.
  const Node& whole = optimized(cumulative_sum(a, {.axis = 1})[{Slice{}, Slice{8, 10}}]);
  EXPECT_EQ(whole.kind(), NodeKind::map);
  EXPECT_EQ(whole.inputs()[0].node->shape(), Shape({12, 10, 8}));
}

TEST(Selects, TakeMapsAndAreSlicedOnKeptAxes) {
  const Array a = x() * 2.0;
  const SelectNode& whole = as_select(optimized(median(a, {.axis = 0})));
  EXPECT_EQ(whole.program().code.size(), 1u);  // the product is fused
  EXPECT_TRUE(whole.is_by_columns());
  EXPECT_EQ(whole.domain().axis(0).count(), 1);
  EXPECT_EQ(whole.domain().axis(1), x().chunks().axis(1));
  const SelectNode& some = as_select(optimized(median(a, {.axis = 0})[{Slice{2, 7}}]));
  EXPECT_EQ(some.shape(), Shape({5, 8}));
  EXPECT_EQ(some.domain().shape(), Shape({12, 5, 8}));
  EXPECT_EQ(some.program().code.size(), 1u);
  EXPECT_TRUE(some.is_by_columns());
  // An index is an axis of length one below; which quantiles are wanted, and in which order axes are seen, stays above.
  const Array quartiles = quantile(a, {0.25, 0.5, 0.75}, {.axis = 1});
  const Node& seen = optimized(quartiles[{Slice{1, 3}, 4, Slice{2, 6}}].T());
  ASSERT_EQ(seen.kind(), NodeKind::map);
  EXPECT_EQ(seen.shape(), Shape({4, 2}));
  EXPECT_EQ(as_select(*seen.inputs()[0].node).domain().shape(), Shape({1, 10, 4}));
  EXPECT_EQ(seen.inputs()[0].node->shape(), Shape({3, 1, 4}));
  // A column of more than a tile is counted in the chunks that there are.
  const Array tall = source({300000, 2}, {7000, 2});
  const Node& counted = optimized(quantile(tall + 1.0, {0.1, 0.2}, {.axis = 0}));
  EXPECT_FALSE(as_select(counted).is_by_columns());
  EXPECT_EQ(counted.shape(), Shape({2, 2}));
  EXPECT_EQ(as_select(counted).domain(), tall.chunks());
}

TEST(Sorts, AreSlicedOnTheOtherAxes) {
  const Node& n = optimized(sort(x() * 2.0, {.axis = 1})[{Slice{2, 7}, Slice{3, 5}, 3}]);
  EXPECT_EQ(n.kind(), NodeKind::map);
  const Node& whole = *n.inputs()[0].node;
  EXPECT_EQ(whole.kind(), NodeKind::sort);
  EXPECT_EQ(whole.shape(), Shape({5, 10, 1}));
  const Node& few = optimized(topk(x(), 3, 1)[{Slice{2, 7}, Slice{}, Slice{}}]);
  EXPECT_EQ(few.shape(), Shape({5, 3, 8}));
}

TEST(Redistributes, AreSliced) {
  // Before place_redistributions, which takes them from above generators.
  const Array a = rechunk(sqrt(x()), {3, 10, 8});
  const NodePtr n = push_views({a[{Slice{2, 7}, 4}].T().node()})[0];
  ASSERT_EQ(n->kind(), NodeKind::redistribute);
  EXPECT_EQ(n->shape(), Shape({8, 5}));
  EXPECT_EQ(n->grid().axis(1).bound(1), 1);  // where a chunk of three ends
  EXPECT_EQ(n->inputs()[0].node->kind(), NodeKind::map);
  EXPECT_EQ(n->inputs()[0].node->shape(), Shape({8, 5}));
  // What is repeated is redistributed once.
  const NodePtr repeated = push_views({broadcast_to(a[{Slice{0, 1}}], {7, 10, 8}).node()})[0];
  ASSERT_EQ(repeated->kind(), NodeKind::map);
  EXPECT_EQ(repeated->inputs()[0].node->kind(), NodeKind::redistribute);
  EXPECT_EQ(repeated->inputs()[0].node->shape(), Shape({10, 8}));
}

TEST(Stencils, OfSlicesKnowWhatLiesAround) {
  const auto filter = [](const Array& a) { return uniform_filter(a, {3, 1, 1}); };
  const Node& n = optimized(filter(x() * 2.0)[{Slice{2, 7}, Slice{3, 9, 2}, 3}]);
  ASSERT_EQ(n.kind(), NodeKind::map);
  const StencilNode& few = as_stencil(*n.inputs()[0].node);
  EXPECT_EQ(few.shape(), Shape({5, 3, 1}));
  EXPECT_EQ(few.source().lo[0], -2);
  EXPECT_EQ(few.input().node->shape(), Shape({7, 3, 1}));  // one more on either side
  EXPECT_EQ(few.input().map.axis(0).offset, 1);
  EXPECT_EQ(as_stencil(*optimized(filter(x())[{Slice{0, 7}}]).inputs()[0].node).input().map.axis(0).offset, 0);
  // Steps along the window's axis are seen of what is in memory.
  EXPECT_EQ(optimized(filter(x())[{Slice{{}, {}, -2}}]).inputs()[0].node->kind(), NodeKind::keep);
}

TEST(Nodes, AreAskedOnlyForWhatTheyAre) {
  const Array a = x(), y = a + 1.0;
  EXPECT_EQ(&as_map(*y.node()), y.node().get());
  EXPECT_THROW(as_map(*a.T().node()), InternalError);
  EXPECT_THROW(as_reduce(*y.node()), InternalError);
  EXPECT_THROW(as_concat(*sum(y).node()), InternalError);
}

TEST(Nodes, OverOtherInputsTheyAreTheSame) {
  const Array a = x(), same = x();
  for (const Array& y : {a * 2.0, a.T(), sum(a), concat({a, a}), a}) {
    std::vector<Edge> inputs = y.node()->inputs();
    for (auto& e : inputs) e.node = same.node();
    const NodePtr other = y.node()->with_inputs(inputs);
    EXPECT_EQ(other->identity(), y.node()->identity());
    EXPECT_TRUE(other->is_same_of_its_inputs(*y.node()));
    EXPECT_FALSE(other->is_same_of_its_inputs(*(a * 3.0).node()));
  }
}

TEST(Optimize, KeepsShapesGridsAndDTypes) {
  const Array a = x();
  const std::vector<Array> roots = {a,
                                    a.T(),
                                    a[{Slice{1, -1, 2}, 3, newaxis, Slice{{}, {}, -1}}],
                                    broadcast_to(a, {2, 12, 10, 8}),
                                    sum(a + 1.0, {.axis = {1}})[{Slice{{}, {}, -3}}],
                                    mean(a.T(), {.axis = {0, 2}, .keepdims = true}),
                                    a - mean(a, {.axis = {0}}),
                                    var(flip(a)),
                                    a[{Slice{2, 2}}],
                                    astype(a[{0}], DType::float32) + a[{1}],
                                    zeros({3, 4}, {.chunks = {2, 2}}),
                                    zeros({3, 4}, {.chunks = {2, 2}}) + 1.0};
  optimized(roots);
}

TEST(Optimize, SlicesReachTheSource) {
  const Node& n = optimized((x() * 2.0 + 1.0)[{Slice{4, 8}, Slice{{}, {}, -1}, 7}]);
  ASSERT_EQ(n.kind(), NodeKind::map);
  ASSERT_EQ(n.inputs().size(), 1u);
  EXPECT_EQ(n.inputs()[0].node->kind(), NodeKind::source);
  EXPECT_EQ(n.inputs()[0].map, IndexTransform({4, 10}, {{0, 4, 1}, {1, 9, -1}, {-1, 7, 0}}));
  EXPECT_EQ(as_map(n).program().code.size(), 2u);
}

TEST(Optimize, SlicesPassAReduceOnTheAxesThatItKeeps) {
  const Node& n = optimized(sum(x() + 1.0, {.axis = {1}})[{Slice{2, 6}, Slice{1, {}, 3}}]);
  ASSERT_EQ(n.kind(), NodeKind::reduce);
  EXPECT_EQ(as_reduce(n).domain().shape(), (Shape{4, 10, 3}));
  EXPECT_EQ(n.inputs()[0].node->kind(), NodeKind::source);
  // An integer keeps one row of the domain.
  const Node& row = optimized(sum(x(), {.axis = {1}})[{5}]);
  const NodePtr alias(NodePtr(), &row);
  std::int64_t domain = 0;
  for (const auto& m : topological_order({alias}))
    if (m->kind() == NodeKind::reduce) domain = num_elements(as_reduce(*m).domain().shape());
  EXPECT_EQ(domain, 10 * 8);
}

TEST(Optimize, FusesTreesBehindReduces) {
  const Array a = x();
  const Node& n = optimized(sum(sqrt(a) + square(a) * 3.0 - exp(a), {.axis = {0}}));
  ASSERT_EQ(n.kind(), NodeKind::reduce);
  EXPECT_EQ(n.inputs().size(), 1u);
  EXPECT_EQ(count(n, NodeKind::map), 0u);
  EXPECT_EQ(as_reduce(n).program().code.size(), 6u);
}

TEST(Optimize, WhatIsBroadcastIsComputedOnce) {
  const Array a = x(), row = source({8}, {3}, 1);
  const Node& n = optimized(a + exp(row));
  ASSERT_EQ(n.inputs().size(), 2u);
  const auto& other = n.inputs()[1].node;
  EXPECT_EQ(other->kind(), NodeKind::map);
  EXPECT_EQ(other->shape(), (Shape{8}));
  EXPECT_EQ(as_map(n).program().code.size(), 1u);
}

TEST(Optimize, EqualSubexpressionsMerge) {
  const Array a = x(), same = x(), other = source({12, 10, 8}, {5, 4, 3}, 1);
  EXPECT_EQ(optimized(a + a).inputs().size(), 1u);
  EXPECT_EQ(optimized(a + same).inputs().size(), 1u);  // built twice, the same values
  EXPECT_EQ(optimized(a + other).inputs().size(), 2u);
  EXPECT_EQ(as_map(optimized(sqrt(a) + sqrt(same))).program().code.size(), 2u);
  EXPECT_EQ(as_map(optimized(sqrt(a) + sqrt(other))).program().code.size(), 3u);
  EXPECT_EQ(as_map(optimized(a * 2.0 + a * 2.0)).program().code.size(), 2u);
  EXPECT_EQ(as_map(optimized(a * 2.0 + a * 3.0)).program().code.size(), 3u);
  const auto two = optimized(std::vector<Array>{mean(a, {.axis = {0}}), mean(same, {.axis = {0}})});
  EXPECT_EQ(two[0], two[1]);
}

TEST(Optimize, ConstantsFold) {
  const Array c = full({12, 10, 8}, 2.0, {}, {5, 4, 3});
  const Node& n = optimized(x() * (sqrt(c * 8.0) + 1.0));
  EXPECT_EQ(n.inputs().size(), 1u);
  ASSERT_EQ(as_map(n).program().code.size(), 1u);
  ASSERT_EQ(as_map(n).scalars().size(), 1u);
  EXPECT_EQ(as_map(n).scalars()[0].value, Scalar(5.0));
  EXPECT_EQ(count(optimized(c + c), NodeKind::source), 0u);
}

TEST(Optimize, FoldingFollowsTheDType) {
  const auto of = [](Op op, DType t, const std::vector<Scalar>& a) {
    return fold({op, t, result_dtype(op, t), 0, 1, 2}, a);
  };
  EXPECT_EQ(of(Op::add, DType::int8, {Scalar(127), Scalar(1)}).as<int>(), -128);
  EXPECT_EQ(of(Op::add, DType::float32, {Scalar(1.0), Scalar(1e-9)}).as<double>(), 1.0);
  EXPECT_EQ(of(Op::floor_divide, DType::int64, {Scalar(-7), Scalar(2)}).as<int>(), -4);
  EXPECT_EQ(of(Op::less, DType::float64, {Scalar(1.0), Scalar(2.0)}).as<bool>(), true);
  EXPECT_EQ(of(Op::multiply, DType::uint64, {Scalar(std::uint64_t{1} << 63), Scalar(2)}).as<std::uint64_t>(), 0u);
}

// CPU seconds: far above what linear work takes (0.1), far below what quadratic work would.
#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
constexpr double limit = 20;
#else
constexpr double limit = 4;
#endif

// CPU seconds of f.
template <class F>
double seconds(F&& f) {
  const std::clock_t begin = std::clock();
  f();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Operations of all Programs together: copies grow neither with the paths nor with the square of the nodes.
TEST(Optimize, FusionCopiesLittle) {
  const auto instructions = [](const std::vector<Array>& roots) {
    std::size_t n = 0;
    for (const auto& node : topological_order(optimized(roots))) {
      if (node->kind() == NodeKind::map) n += as_map(*node).program().code.size();
      if (node->kind() == NodeKind::reduce) n += as_reduce(*node).program().code.size();
    }
    return n;
  };
  Array diamonds = x();
  for (int i = 0; i < 30; i++) diamonds = diamonds * diamonds + diamonds;
  EXPECT_EQ(instructions({diamonds}), 60u);
  EXPECT_LE(instructions({diamonds, sum(diamonds), diamonds * 2.0}), 122u);
  Array last = x(), before = x();
  for (int i = 0; i < 10000; i++) {
    const Array next = last * 0.5 + before;
    before = last;
    last = next;
  }
  EXPECT_LT(instructions({last}), 4u * 20000u);
}

TEST(Optimize, LongGraphsNeedNeitherStackNorQuadraticTime) {
  const auto grow = [](int which, int n) {
    Array a = source({100}, {30});
    const Array b = a;
    for (int i = 0; i < n; i++) switch (which) {
        case 0:
          a = a * 0.5 + 1.0;
          break;  // a chain
        case 1:
          a = a + sin(b * static_cast<double>(i));
          break;  // a comb
        case 2:
          a = a + a;
          break;  // 2^n paths
        case 3:
          a = flip(a);
          break;  // views
        default:
          a = a - mean(a, {.axis = {0}, .keepdims = true});
          break;  // stages
      }
    return a;
  };
  for (int which = 0; which < 5; which++) {
    const int n = which == 4 ? 300 : 10000;
    const double time = seconds([&] {
      const Array a = grow(which, n);
      for (const auto& node : topological_order(optimized(std::vector<Array>{a})))
        if (node->kind() == NodeKind::map) {
          EXPECT_LE(as_map(*node).program().code.size(), fuse_limit);
        }
    });
    EXPECT_LT(time, limit) << "graph " << which;
  }
}

}  // namespace
}  // namespace tessera
