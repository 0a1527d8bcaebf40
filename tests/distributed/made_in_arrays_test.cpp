// Stencils that are made in the array that keeps them, against the same elements made in buffers.
#include <gtest/gtest.h>

#include <tessera/tessera.hpp>
#include <vector>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

struct Filtered {
  const char* what;
  Array y;
};

std::vector<Filtered> filtered(const Array& x) {
  const Array mean = uniform_filter(x, {3});
  return {{"uniform_filter", mean},
          {"gaussian_filter", gaussian_filter(x, {1.5})},
          {"maximum_filter", maximum_filter(x, {5})},
          {"median_filter", median_filter(x, {3})},
          {"rolling_min", rolling_min(x, 4, {.min_count = 1})},
          {"a slice", mean[{Slice{1, 3, {}}}]},
          {"turned", mean.T()},
          {"with an axis more", expand_dims(mean, 0)},
          {"of a joined array", uniform_filter(concat({x, x * 2.0}, 0), {3})},
          {"twice", uniform_filter(mean, {3})}};
}

TEST(MadeInArrays, HaveTheElementsOfThoseInBuffers) {
  Session session;
  for (const DType dtype : {DType::float64, DType::float32, DType::int16})
    for (const Shape& shape : {Shape{23}, Shape{17, 29}, Shape{7, 6, 11}}) {
      const Array drawn = astype(uniform(shape, 0, 200, {.seed = 5, .chunks = Shape::filled(shape.size(), 5)}), dtype);
      for (const Array& x : {drawn, session.persist(drawn)})
        for (const auto& [what, y] : filtered(x)) {
          const auto twice = [](const Array& of) { return astype(of, DType::float64) * 2.0; };
          const std::vector<double> in_buffers = session.values<double>(twice(y));
          ASSERT_EQ(session.values<double>(twice(session.persist(y))), in_buffers) << what;
          const auto both = session.compute(persist(y), persist(y + y));  // the filter has two uses
          ASSERT_EQ(session.values<double>(astype(both[1].array(), DType::float64)), in_buffers) << what;
        }
    }
}

TEST(MadeInArrays, AreWrittenFromThere) {
  Session session;
  const Array x = uniform({31, 45}, 0, 1, {.seed = 2, .chunks = {8, 9}});
  const Array y = gaussian_filter(x, {1.0});
  const SharedFolder folder(session.communicator());
  const auto both = session.compute(persist(y), write(y, folder.file("y.npy")));
  EXPECT_EQ(session.values<double>(session.open(folder.file("y.npy"))), session.values<double>(both[0].array()));
  EXPECT_EQ(session.values<double>(both[0].array()), session.values<double>(y));
}

TEST(MadeInArrays, TakeNoBuffers) {
  Session session;
  const Array x = session.persist(uniform({64, 512}, 0, 1, {.seed = 2, .chunks = {16, 512}}));
  const auto explained = [&](const Array& y) { return session.explain(std::vector<Sink>{persist(y)}); };
  EXPECT_NE(explained(uniform_filter(x, {3})).find(", in its array"), std::string::npos);
  EXPECT_EQ(explained(uniform_filter(x, {3}) + 1.0).find(", in its array"), std::string::npos);
}

}  // namespace
}  // namespace tessera::testing
