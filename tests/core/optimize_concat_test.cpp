// push_views over Concats, against walking the graph as it was built, element by element: which element of which source
// every element of a result is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/tessera.hpp>

#include "generators.hpp"

namespace tessera {
namespace {

/// An element: a source and an index into it.
struct Element {
  const Node* source;
  Dims at;
  bool operator==(const Element&) const = default;
};

Element element(const Node& n, const Dims& at) {
  if (n.kind() == NodeKind::source) return {&n, at};
  if (n.kind() != NodeKind::concat) return element(*n.inputs()[0].node, n.inputs()[0].map.map(at));
  const auto& c = as_concat(n);
  std::size_t part = 0;
  while (at[c.axis()] >= c.starts()[part + 1]) part++;
  return element(*n.inputs()[part].node, n.inputs()[part].map.map(at));
}

Array view(const Array& x, const IndexTransform& t) { return Array(std::make_shared<ViewNode>(x.node(), t)); }

/// The same array as a view of a repeated or flipped or transposed one.
Array disguised(const Array& x) {
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return flip(flip(x, {0}), {0});
    case 1: {
      Shape wide = x.shape();
      wide.push_back(3);
      return broadcast_to(expand_dims(x, -1), wide)[{ellipsis, 1}];
    }
    case 2:
      return flip(x);
    case 3:
      return x.T().T();
    default:
      return x;
  }
}

/// An array of this shape from sources, views and Concats.
Array built(const Shape& shape, int depth) {
  static std::uint64_t sources = 0;  // no two are equal, or they would be shared
  if (depth == 0) return disguised(uniform(shape, 0, 1, {.seed = sources++}));
  const int axis = *rc::gen::inRange(0, shape.size()), last = *rc::gen::inRange(1, 5);
  std::vector<Array> parts;
  std::int64_t left = shape[axis];
  for (int k = 0; k < last; k++) {
    Shape s = shape;
    s[axis] = k + 1 < last ? *rc::gen::inRange<std::int64_t>(0, left + 1) : left;
    left -= s[axis];
    parts.push_back(disguised(built(s, depth - 1)));
  }
  return concat(parts, axis);
}

Shape some_shape() {
  Shape s;
  for (int rank = *rc::gen::inRange(1, 4); rank > 0; rank--) s.push_back(*rc::gen::inRange<std::int64_t>(0, 7));
  return s;
}

void check_structure(const NodePtr& root) {
  for (const auto& n : topological_order({root})) {
    RC_ASSERT(n->kind() != NodeKind::view);
    if (n->kind() != NodeKind::concat) continue;
    const auto& c = as_concat(*n);
    RC_ASSERT(c.inputs().size() >= 2u);
    RC_ASSERT(c.starts().size() == c.inputs().size() + 1);
    RC_ASSERT(c.starts().front() == 0);
    RC_ASSERT(c.starts().back() == n->shape()[c.axis()]);
    for (std::size_t k = 0; k < c.inputs().size(); k++) {
      RC_ASSERT(c.starts()[k] < c.starts()[k + 1]);
      RC_ASSERT(c.inputs()[k].map.output() == n->shape());
    }
  }
}

RC_GTEST_PROP(OptimizeConcat, AViewOfAConcatIsTheSameElements, ()) {
  const Array x = built(some_shape(), *rc::gen::inRange(1, 4));
  const Array y = view(x, *testing::view_of(x.shape()));
  const Array z = view(y, *testing::view_of(y.shape()));
  for (const Array& wanted : {x, y, z}) {
    const auto out = optimize({wanted.node()});
    check_structure(out[0]);
    RC_ASSERT(out[0]->shape() == wanted.shape());
    RC_ASSERT(out[0]->grid() == wanted.chunks());
    for_each_index(wanted.shape(),
                   [&](const Dims& at) { RC_ASSERT(element(*out[0], at) == element(*wanted.node(), at)); });
  }
}

const Node& joined(const Array& x) {
  static std::vector<NodePtr> kept;
  kept = optimize({x.node()});
  return *kept[0];
}

TEST(OptimizeConcat, PartsThatASliceMissesAreGone) {
  const Array a = uniform({5, 4}, 0, 1, {.seed = 1}), b = uniform({3, 4}, 0, 1, {.seed = 2}),
              c = uniform({6, 4}, 0, 1, {.seed = 3}), x = concat({a, b, c});
  EXPECT_EQ(joined(x[{Slice{5, 8, {}}}]).inputs()[0].node, b.node());
  EXPECT_EQ(joined(x[{-1}]).inputs()[0].node, c.node());
  EXPECT_EQ(joined(x[{Slice{2, 3, {}}}]).inputs()[0].node, a.node());
  const Node& two = *joined(x[{Slice{10, 3, -1}}]).inputs()[0].node;  // 10 ... 4, backwards
  ASSERT_EQ(two.kind(), NodeKind::concat);
  EXPECT_EQ(as_concat(two).starts(), (std::vector<std::int64_t>{0, 3, 6, 7}));
  EXPECT_EQ(two.inputs()[0].node, c.node());
  EXPECT_EQ(two.inputs()[0].map.axis(0), (IndexTransform::Axis{0, 2, -1}));
  // Steps that jump over a part.
  EXPECT_EQ(joined(x[{Slice{4, {}, 9}}]).inputs()[0].node->inputs().size(), 2u);
}

TEST(OptimizeConcat, MapsFuseAboveAndPartsAreComputedBelow) {
  const Array a = uniform({5}), b = uniform({3}, 0, 1, {.seed = 1}), x = concat({sqrt(a), b});
  const Node& n = joined(sin(x * 2.0) + 1.0);
  EXPECT_EQ(as_map(n).program().code.size(), 3u);
  ASSERT_EQ(n.inputs().size(), 1u);
  const Node& parts = *n.inputs()[0].node;
  ASSERT_EQ(parts.kind(), NodeKind::concat);
  EXPECT_EQ(parts.inputs()[0].node->kind(), NodeKind::map);
  EXPECT_EQ(parts.inputs()[1].node, b.node());
}

TEST(OptimizeConcat, ChainsOfConcatsAreOne) {
  const auto chain = [](int n) {
    Array x = uniform({2});
    for (int i = 1; i < n; i++) x = concat({x, uniform({2}, 0, 1, {.seed = static_cast<std::uint64_t>(i)})});
    return x;
  };
  EXPECT_EQ(joined(chain(100)).inputs()[0].node->inputs().size(), 100u);
  const Node& n = joined(chain(1000));  // nests, so that it does not cost n^2
  for (const auto& m : topological_order({n.inputs()[0].node})) EXPECT_LE(m->inputs().size(), 300u);
}

TEST(OptimizeConcat, TheTableOfChunksStaysSmall) {
  constexpr std::int64_t half = std::int64_t{1} << 62;
  const Array x =
      concat({uniform({half - 10}, 0, 1, {.chunks = {10}}), uniform({3}), uniform({half}, 0, 1, {.chunks = {7}})});
  EXPECT_LE(x.chunks().axis(0).count(), (64 << 10) + 3);
  EXPECT_EQ(x.chunks().axis(0).extent(), half - 10 + 3 + half);
  EXPECT_EQ(flip(x).chunks().axis(0).count(), x.chunks().axis(0).count());
  // Cuts that go on as they begin need no table.
  const std::int64_t million = 1'000'000;
  const Array regular = concat({zeros({4 * million}, {.chunks = {4}}), zeros({4 * million - 1}, {.chunks = {4}})});
  EXPECT_EQ(regular.chunks(), ChunkGrid::regular({8 * million - 1}, {4}));
  EXPECT_EQ(concat({zeros({5}, {.chunks = {4}}), zeros({4}, {.chunks = {4}})}).chunks().axis(0).count(), 3);
  joined(flip(x)[{Slice{{}, {}, 3}}]);
  // Few enough: the parts' own.
  EXPECT_EQ(
      concat({uniform({50}, 0, 1, {.chunks = {10}}), uniform({21}, 0, 1, {.chunks = {7}})}).chunks().axis(0).count(),
      8);
}

TEST(OptimizeConcat, WhatIsEqualIsShared) {
  const Array a = uniform({5}), b = uniform({3}, 0, 1, {.seed = 1});
  EXPECT_EQ(joined(concat({a, b}) + concat({a, b})).inputs().size(), 1u);
  EXPECT_EQ(joined(concat({a, b}) + concat({b, a})).inputs().size(), 2u);
}

TEST(OptimizeConcat, RefusesWhatDoesNotFit) {
  const Array a = uniform({5, 4}), b = uniform({5, 3});
  EXPECT_THROW(concat({a, b}), ShapeError);
  EXPECT_EQ(concat({a, b}, -1).shape(), (Shape{5, 7}));
  EXPECT_THROW(concat({a, uniform({5})}, 0), ShapeError);
  EXPECT_THROW(concat({uniform({}), uniform({})}), ShapeError);
  EXPECT_THROW(concat({a, a}, 2), ShapeError);
  EXPECT_THROW(concat({}), UsageError);
  EXPECT_THROW(stack({}), UsageError);
  EXPECT_THROW(stack({a, b}), ShapeError);
  EXPECT_THROW(stack({a, a}, 3), ShapeError);
  EXPECT_EQ(stack({a, a}, -1).shape(), (Shape{5, 4, 2}));
  EXPECT_EQ(concat({zeros({2}, {.dtype = DType::int8, .chunks = {}}), a[{0}]}).dtype(), DType::float64);
  EXPECT_EQ(
      concat({zeros({0}, {.dtype = DType::float64, .chunks = {}}), zeros({2}, {.dtype = DType::int8, .chunks = {}})})
          .dtype(),
      DType::float64);
  EXPECT_EQ(broadcast_arrays({uniform({3, 1}), uniform({4})})[1].shape(), (Shape{3, 4}));
  EXPECT_THROW(broadcast_arrays({uniform({3}), uniform({4})}), ShapeError);
  EXPECT_EQ(unstack(a, 1).size(), 4u);
  EXPECT_THROW(unstack(uniform({})), ShapeError);
}

}  // namespace
}  // namespace tessera
