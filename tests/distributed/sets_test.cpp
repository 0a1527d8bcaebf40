// Sets against those of the standard library, of arrays in any chunks, in memory and not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

class Sets : public ::testing::Test {
 protected:
  Session session{SessionOptions{.threads = 2}};

  template <class T>
  void expect_unique(const Array& x) {
    const std::vector<T> elements = session.values<T>(x);
    const std::set<T> expected(elements.begin(), elements.end());
    const Unique u = unique(session, x, {.inverse = true, .counts = true});
    const auto values = session.values<T>(u.values);
    const auto counts = session.values<std::int64_t>(*u.counts), inverse = session.values<std::int64_t>(*u.inverse);
    EXPECT_EQ(values, std::vector<T>(expected.begin(), expected.end()));
    ASSERT_EQ(counts.size(), values.size());
    ASSERT_EQ(inverse.size(), elements.size());
    for (std::size_t i = 0; i < values.size(); i++)
      EXPECT_EQ(counts[i], std::count(elements.begin(), elements.end(), values[i]));
    for (std::size_t i = 0; i < elements.size(); i++)
      ASSERT_EQ(values[static_cast<std::size_t>(inverse[i])], elements[i]);
  }
};

TEST_F(Sets, UniqueElementsWithCountsAndInverse) {
  for (const std::int64_t chunk : {13, 100, 4000}) {
    const Array x = uniform({3000}, 0, 1, {.seed = 5, .chunks = {chunk}});
    expect_unique<double>(floor(x * 40.0));
    expect_unique<std::int8_t>(astype(floor(x * 256.0) - 128.0, DType::int8));  // the largest of its dtype, too
    expect_unique<std::int64_t>(session.persist(astype(floor(x * 7.0), DType::int64)));
    expect_unique<float>(astype(x * 0.0, DType::float32));
    expect_unique<double>(x);
  }
  expect_unique<double>(arange(0, 1, 1, DType::float64));
  expect_unique<std::int64_t>(arange(0, 200, 1, {}, {9}));
}

TEST_F(Sets, OneNanStandsForAll) {
  const double nan = std::nan("");
  const Array x = array({nan, 2.0, -0.0, nan, 0.0, 2.0, nan});
  const Unique u = unique(session, x, {.inverse = true, .counts = true});
  const auto values = session.values<double>(u.values);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[1], 2);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_EQ(session.values<std::int64_t>(*u.counts), (std::vector<std::int64_t>{2, 2, 3}));
  EXPECT_EQ(session.values<std::int64_t>(*u.inverse), (std::vector<std::int64_t>{2, 1, 0, 2, 0, 1, 2}));
}

// What counting had to sort is not sorted again, as long as there is room and somebody could ask for it.
TEST_F(Sets, SortedOnceForCountAndResult) {
  const SharedFolder folder(session.communicator());
  const std::string file = folder.file("x.npy");
  const std::int64_t n = 300'000, bytes = 8 * n;
  session.compute(write(floor(uniform({n}, 0, 1, {.seed = 3}) * 1000.0), file), {.force = true});
  const auto read = [&](Session& s, const Array& x) {
    s.compute(x);
    return s.statistics().bytes_read;
  };
  const Array x = session.open(file);
  std::optional<Unique> u = unique(session, x, {.counts = true});
  const std::vector<double> values = session.values<double>(u->values);
  EXPECT_EQ(session.statistics().bytes_read, 0);
  EXPECT_EQ(session.explain({gather(u->values)}).find("sort "), std::string::npos);
  EXPECT_EQ(session.explain_together({gather(u->values)}).find("sort "), std::string::npos);
  EXPECT_EQ(read(session, *u->counts), 0);
  // The same expression, made again.
  const Array again = extract(full({n}, true), sort(session.open(file)), counting(session));
  EXPECT_EQ(read(session, again), 0);
  EXPECT_EQ(read(session, sort(x * 2.0)), bytes);
  // Of a mask: the mean is known, and the file is read for the elements alone.
  const Array above = index(session, x, {x > mean(x)});
  EXPECT_EQ(read(session, above), bytes);
  // Without its expression it is gone.
  u.reset();
  EXPECT_EQ(read(session, sort(x)), bytes);
}

TEST_F(Sets, SortedAgainWhereThereIsNoRoom) {
  Session narrow{SessionOptions{.memory = 24 << 20, .threads = 2, .whole_process = false}};
  const std::int64_t n = 500'000 * narrow.size(), more = 2'650'000 * narrow.size();  // 4 and 21 MB of a rank
  const SharedFolder folder(narrow.communicator());
  const std::string file = folder.file("x.h5:/x");
  narrow.compute(write(floor(uniform({n}, 0, 1, {.seed = 3, .chunks = {50'000}}) * 1000.0), file));
  const Unique u = unique(narrow, narrow.open(file));
  EXPECT_EQ(narrow.explain({gather(u.values)}).find("sort "), std::string::npos);
  EXPECT_LT(narrow.item<double>(max(narrow.persist(uniform({more}, 0, 1, {.chunks = {50'000}})))), 1);
  EXPECT_NE(narrow.explain({gather(u.values)}).find("sort "), std::string::npos);
  EXPECT_EQ(narrow.values<double>(u.values).size(), 1000u);
  EXPECT_GE(narrow.statistics().bytes_read, 8 * n);
}

TEST_F(Sets, OfNothing) {
  const Unique u = unique(session, zeros({0}), {.inverse = true, .counts = true});
  EXPECT_EQ(u.values.shape(), Shape({0}));
  EXPECT_EQ(u.counts->shape(), Shape({0}));
  EXPECT_EQ(union1d(session, zeros({0}), zeros({0, 3})).shape(), Shape({0}));
  EXPECT_EQ(intersect1d(session, zeros({0}), ones({4})).values.shape(), Shape({0}));
  EXPECT_EQ(setdiff1d(session, zeros({2, 2}), zeros({0})).shape(), Shape({1}));
}

TEST_F(Sets, Unions) {
  const Array a = arange(0, 40, 2, DType::int32, {7}), b = arange(30, 0, -3, DType::int64, {4});
  std::set<std::int64_t> expected;
  for (std::int64_t i = 0; i < 40; i += 2) expected.insert(i);
  for (std::int64_t i = 30; i > 0; i -= 3) expected.insert(i);
  EXPECT_EQ(session.values<std::int64_t>(union1d(session, a, b)),
            std::vector<std::int64_t>(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace tessera::testing
