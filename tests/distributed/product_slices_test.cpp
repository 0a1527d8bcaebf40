// Parts of products: the bits of the whole, made of the chunks that are seen, on any number of ranks.
#include <gtest/gtest.h>

#include <cstring>

#include <tessera/distributed/communicator.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

void expect_same_bits(Session& session, const Array& part, const Array& expected, const std::string& what) {
  ASSERT_EQ(part.shape(), expected.shape()) << what;
  const auto a = session.values<double>(part), b = session.values<double>(expected);
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)), 0) << what;
}

struct Operands {
  const char* what;
  Array a, b;
};

std::vector<Operands> operands() {
  const auto of = [](const Shape& shape, std::uint64_t seed) { return uniform(shape, -1, 1, {.seed = seed}); };
  return {{"several chunks", of({700, 90}, 1), of({90, 530}, 2)},
          {"a long sum", of({300, 9000}, 3), of({9000, 20}, 4)},
          {"a stack", of({5, 3, 40, 33}, 5), of({3, 33, 50}, 6)},
          {"a stack of one", of({1, 600, 50}, 7), of({4, 50, 70}, 8)}};
}

TEST(ProductSlices, HaveTheBitsOfTheWhole) {
  Session session;
  for (const Operands& o : operands()) {
    const Array whole = session.persist(matmul(o.a, o.b)), c = matmul(o.a, o.b);
    const std::vector<std::vector<Index>> indices{{ellipsis, Slice{130, 260}, Slice{}},
                                                  {ellipsis, Slice{-9, {}}, Slice{3, 5}},
                                                  {ellipsis, Slice{1, {}, 5}, Slice{{}, {}, -2}},
                                                  {ellipsis, 7, Slice{}},
                                                  {ellipsis, Slice{}, -1},
                                                  {ellipsis, Slice{5, 5}, Slice{}},
                                                  {Slice{{}, {}, 2}, ellipsis, Slice{2, 9}}};
    for (const auto& at : indices) {
      expect_same_bits(session, c.index(at), whole.index(at), o.what);
      expect_same_bits(session, c.index(at).T() * 2.0, whole.index(at).T() * 2.0, o.what);
    }
    const Array first = c(ellipsis, Slice{0, 20}), last = c(ellipsis, Slice{-20, {}});
    expect_same_bits(session, first - last, whole(ellipsis, Slice{0, 20}) - whole(ellipsis, Slice{-20, {}}), o.what);
    expect_same_bits(session, matmul(first, swapaxes(last, -1, -2)),
                     matmul(whole(ellipsis, Slice{0, 20}), swapaxes(whole(ellipsis, Slice{-20, {}}), -1, -2)), o.what);
  }
}

TEST(ProductSlices, MakeTheChunksThatAreSeen) {
  Session session;
  const Array a = uniform({512, 90}, 0, 1, {.seed = 1}), b = uniform({90, 512}, 0, 1, {.seed = 2}), c = matmul(a, b);
  const Array whole = session.persist(c);
  // Chunks of the product: what a slice of it takes beyond one of what is in memory.
  const auto made = [&](const auto& slice) {
    session.values<double>(slice(whole));
    const auto beside = session.statistics().tiles;
    session.values<double>(slice(c));
    return session.statistics().tiles - beside;
  };
  const auto part = [](const Slice& rows, const Slice& columns) {
    return [=](const Array& x) { return x(rows, columns); };
  };
  ASSERT_EQ(c.chunks().count(), 16);
  EXPECT_EQ(made(part({130, 134}, {300, 304})), 1);
  EXPECT_EQ(made(part({126, 130}, {300, 304})), 2);
  EXPECT_EQ(made(part({511, {}}, {0, 4})), 1);
  EXPECT_EQ(made(part({511, {}}, {})), 4);
  EXPECT_EQ(made([](const Array& x) { return x(Slice{0, 4}, Slice{0, 4}) + x(Slice{4, 8}, Slice{0, 4}); }), 1);
  EXPECT_EQ(made([](const Array& x) { return x(Slice{0, 4}, Slice{0, 4}) + x(Slice{-4, {}}, Slice{0, 4}); }), 4);
}

// Blocks of k are multiplied in the chunks that they lie in; those that lie in several are put together, and what another rank has
// is fetched.
TEST(ProductPieces, HaveTheBitsOfOnePanel) {
  Session session(SessionOptions{.memory = std::int64_t{96} << 20, .threads = 2});
  const auto of = [&](const Shape& shape, std::uint64_t seed, const Dims& chunk) {
    const Array x = uniform(shape, -1, 1, {.seed = seed});
    return chunk.empty() ? x : session.persist(rechunk(x, ChunkGrid::regular(shape, chunk)));
  };
  const std::int64_t k = 40 * 1024 + 77;
  const Array c = session.persist(matmul(of({20, k}, 1, {}), of({k, 30}, 2, {})));
  for (const std::int64_t n : {700L, 4096L, 5000L, 41037L})
    expect_same_bits(session, matmul(of({20, k}, 1, {20, n}), of({k, 30}, 2, {n, 30})), c, std::to_string(n));
  expect_same_bits(session, matmul(of({20, k}, 1, {7, 3000}), of({k, 30}, 2, {4096, 11})), c, "pieces of rows, too");
  expect_same_bits(session, matmul(of({20, k}, 1, {20, 5000}), of({k, 30}, 2, {})), c, "one operand");
  const Array stack = session.persist(matmul(of({3, 20, 9000}, 3, {}), of({9000, 30}, 4, {})));
  expect_same_bits(session, matmul(of({3, 20, 9000}, 3, {2, 20, 1500}), of({9000, 30}, 4, {1100, 30})), stack,
                   "a stack");
  const Array part = session.persist(
      matmul(of({20, k}, 1, {})(Slice{}, Slice{1000, 30000}), of({k, 30}, 2, {})(Slice{1000, 30000}, Slice{})));
  expect_same_bits(session,
                   matmul(of({20, k}, 1, {20, 4096})(Slice{}, Slice{1000, 30000}),
                          of({k, 30}, 2, {5000, 30})(Slice{1000, 30000}, Slice{})),
                   part, "slices");
}

// The means are few and every rank gets them: of x, which is made box by box, nothing is held.
TEST(ProductSlices, OperandsMayHaveSmallArraysInMemory) {
  Session session(SessionOptions{.memory = std::int64_t{48} << 20, .threads = 1});
  const Array x = uniform({400000, 20}, 0, 1, {.seed = 5});  // 61 MiB
  const Array means = session.persist(mean(x, {.axis = {0}}));
  const Array centred = x - means, products = matmul(centred.T(), centred);
  const auto got = session.values<double>(products);
  for (std::size_t i = 0; i < 20; i++)
    for (std::size_t j = 0; j < 20; j++)
      EXPECT_NEAR(got[i * 20 + j] / 400000, i == j ? 1.0 / 12 : 0.0, 2e-3) << i << " " << j;
  expect_same_bits(session, products, matmul((x - mean(x, {.axis = {0}})).T(), x - mean(x, {.axis = {0}})),
                   "of the same means");
}

}  // namespace
}  // namespace tessera::testing
