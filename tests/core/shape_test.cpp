#include <gtest/gtest.h>

#include <limits>
#include <tessera/core/box.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {
namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

TEST(Shape, CountsElements) {
  EXPECT_EQ(num_elements({}), 1);
  EXPECT_EQ(num_elements({0}), 0);
  EXPECT_EQ(num_elements({3, 0, 5}), 0);
  EXPECT_EQ(num_elements({3, 4, 5}), 60);
  EXPECT_EQ(num_elements({huge}), huge);
  EXPECT_THROW(static_cast<void>(num_elements({huge, 2})), ShapeError);
  EXPECT_THROW(static_cast<void>(num_elements({std::int64_t{1} << 32, std::int64_t{1} << 31})), ShapeError);
  EXPECT_THROW(static_cast<void>(num_elements({3, -1})), ShapeError);
}

TEST(Shape, MultipliesWithCare) {
  EXPECT_EQ(checked_multiply(huge, 1), huge);
  EXPECT_EQ(checked_multiply(0, huge), 0);
  EXPECT_THROW(static_cast<void>(checked_multiply(huge / 2 + 1, 2)), ShapeError);
}

TEST(Shape, PrintsAsNumPyDoes) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{3, 4}), "(3, 4)");
}

TEST(Shape, HasAtMostSixteenDimensions) {
  EXPECT_EQ(Dims::filled(16, 1).size(), 16);
  EXPECT_THROW(static_cast<void>(Dims::filled(17, 1)), ShapeError);
}

TEST(Broadcast, FollowsNumPy) {
  const auto of = [](const Shape& a, const Shape& b) { return broadcast_shapes(a, b, "add"); };
  EXPECT_EQ(of({}, {}), Shape{});
  EXPECT_EQ(of({}, {3, 4}), (Shape{3, 4}));
  EXPECT_EQ(of({3, 1}, {4}), (Shape{3, 4}));
  EXPECT_EQ(of({5, 1, 4}, {3, 1}), (Shape{5, 3, 4}));
  EXPECT_EQ(of({0}, {1}), Shape{0});
  EXPECT_EQ(of({1}, {0}), Shape{0});
  EXPECT_EQ(of({3, 0}, {3, 1}), (Shape{3, 0}));
  EXPECT_EQ(of({1, 1}, {1}), (Shape{1, 1}));
}

TEST(Broadcast, NamesTheOperationAndBothShapes) {
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{3}, {4}}, {{2, 3}, {3, 2}}, {{0}, {2}}}) try {
      static_cast<void>(broadcast_shapes(a, b, "add"));
      ADD_FAILURE() << to_string(a) << to_string(b);
    } catch (const ShapeError& e) {
      const std::string text = e.what();
      EXPECT_NE(text.find("add"), std::string::npos) << text;
      EXPECT_NE(text.find(to_string(a)), std::string::npos) << text;
      EXPECT_NE(text.find(to_string(b)), std::string::npos) << text;
    }
}

TEST(Axis, CountsFromEitherEnd) {
  EXPECT_EQ(normalize_axis(0, 3, "sum"), 0);
  EXPECT_EQ(normalize_axis(-1, 3, "sum"), 2);
  EXPECT_EQ(normalize_axis(-3, 3, "sum"), 0);
  for (std::int64_t bad : {std::int64_t{3}, std::int64_t{-4}, huge, -huge})
    EXPECT_THROW(static_cast<void>(normalize_axis(bad, 3, "sum")), ShapeError);
  EXPECT_THROW(static_cast<void>(normalize_axis(0, 0, "sum")), ShapeError);
}

TEST(Strides, AreRowMajor) {
  EXPECT_EQ(row_major_strides({3, 4, 5}, 8), (Dims{160, 40, 8}));
  EXPECT_EQ(row_major_strides({}, 8), Dims{});
}

TEST(Boxes, Intersect) {
  const Box a{{0, 10}, {5, 5}}, b{{3, 12}, {10, 10}};
  EXPECT_EQ(intersect(a, b), (Box{{3, 12}, {2, 3}}));
  EXPECT_TRUE(intersect(a, Box{{5, 10}, {1, 1}}).empty());
  EXPECT_EQ(intersect(Box{}, Box{}).size(), 1);  // 0-d
}

TEST(Boxes, AreWalkedInRowMajorOrder) {
  std::vector<std::int64_t> seen;
  for_each_index({2, 3}, [&](const Dims& at) { seen.push_back(at[0] * 10 + at[1]); });
  EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 2, 10, 11, 12}));
  int points = 0;
  for_each_index({}, [&](const Dims&) { points++; });
  EXPECT_EQ(points, 1);
  for_each_index({3, 0}, [&](const Dims&) { points++; });
  EXPECT_EQ(points, 1);
}

}  // namespace
}  // namespace tessera
