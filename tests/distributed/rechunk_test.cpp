// Arrays in other chunks: the same elements, in memory and of files, on any ranks and within any budget.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/plan/plan.hpp>

#include "gathered_bytes.hpp"
#include "memory_store.hpp"

namespace tessera::testing {
namespace {

using namespace literals;

SessionOptions within(std::int64_t memory) { return {.memory = memory, .threads = 1, .whole_process = false}; }

/// Different in every element.
Array numbered(const Shape& shape, DType type, const Dims& chunks) {
  Array x = zeros(shape, {.dtype = type, .chunks = chunks});
  std::int64_t stride = 1;
  for (int i = shape.size() - 1; i >= 0; i--) {
    Array along = arange(shape[i]) * stride;
    for (int k = i + 1; k < shape.size(); k++) along = expand_dims(along, -1);
    x = x + astype(along, type);
    stride *= shape[i];
  }
  return x;
}

struct Case {
  Shape shape;
  Dims from, to;
};
const std::vector<Case> cases{
    {{}, {}, {}},
    {{1}, {1}, {7}},
    {{29}, {3}, {5}},
    {{29}, {40}, {1}},
    {{0}, {1}, {4}},
    {{5, 0, 3}, {2, 1, 2}, {5, 1, 1}},
    {{37, 41}, {1, 41}, {37, 1}},
    {{37, 41}, {37, 1}, {1, 41}},
    {{64, 64}, {10, 7}, {7, 10}},
    {{13, 17, 11}, {4, 17, 3}, {5, 2, 11}},
    {{2, 3, 2, 3, 5}, {1, 3, 2, 1, 5}, {2, 1, 1, 3, 2}},
};

TEST(Rechunk, InMemoryHasTheSameElements) {
  Session session(within(64_MiB));
  for (const Case& c : cases)
    for (const DType type : {DType::int8, DType::complex128}) {
      const Array x = session.persist(numbered(c.shape, type, c.from));
      const Array y = session.persist(rechunk(x, c.to));
      EXPECT_EQ(y.chunks(), ChunkGrid::regular(c.shape, c.to));
      EXPECT_EQ(bytes_of(session, y), bytes_of(session, x)) << to_string(c.shape) << to_string(type);
      EXPECT_EQ(bytes_of(session, rechunk(y, c.from)), bytes_of(session, x));
    }
}

TEST(Rechunk, SeesSlicesAndTranspositions) {
  Session session(within(64_MiB));
  const Array made = numbered({31, 22, 9}, DType::float64, {7, 22, 2});
  const Array x = session.persist(made);
  const auto check = [&](const Array& in_memory, const Array& lazy, const Dims& chunks) {
    const Array y = session.persist(rechunk(in_memory, chunks));
    EXPECT_EQ(bytes_of(session, y), bytes_of(session, lazy)) << to_string(chunks);
  };
  check(x.T(), made.T(), {4, 5, 6});
  check(permute_dims(x, {1, 2, 0}), permute_dims(made, {1, 2, 0}), {22, 1, 9});
  check(flip(x), flip(made), {3, 3, 3});
  for (const std::int64_t step : {2, 5, -1, -3, 11}) {
    const std::vector<Index> items{Slice{{}, {}, step}, Slice{1, -1, {}}};
    check(x.index(items), made.index(items), {2, 6, 9});
  }
  check(x(3), made(3), {5, 4});
  check(broadcast_to(x(3), {4, 22, 9}), broadcast_to(made(3), {4, 22, 9}), {1, 5, 4});
  // Seen after they were redistributed.
  const Array y = rechunk(x, {31, 3, 4});
  EXPECT_EQ(bytes_of(session, y[{Slice{2, 9}, Slice{{}, {}, -2}}]),
            bytes_of(session, made[{Slice{2, 9}, Slice{{}, {}, -2}}]));
  EXPECT_EQ(bytes_of(session, y.T() * 2.0 - x.T()), bytes_of(session, made.T()));
}

TEST(Rechunk, OfExpressions) {
  Session session(within(64_MiB));
  const Array a = numbered({60, 50}, DType::float64, {7, 50}), b = uniform({60, 50}, 0, 1, {.chunks = {60, 9}});
  const Array x = session.persist(a), y = session.persist(b);
  const Dims chunks{11, 13};
  const auto same = [&](const Array& other, const Array& lazy) {
    EXPECT_EQ(other.chunks(), ChunkGrid::regular(lazy.shape(), chunks));
    EXPECT_EQ(bytes_of(session, other), bytes_of(session, lazy));
  };
  same(rechunk(a * 2.0 + b, chunks), a * 2.0 + b);      // nothing in memory
  same(rechunk(x * 2.0 + 1.0, chunks), a * 2.0 + 1.0);  // below the Map
  same(rechunk(x + y + x.T().T(), chunks), a + b + a);  // both below it
  same(rechunk(x * y - sqrt(x + 1.0) * flip(y) + x.T().T()[{Slice{{}, {}, -1}}], chunks),
       a * b - sqrt(a + 1.0) * flip(b) + a[{Slice{{}, {}, -1}}]);  // kept, for they are four
  same(rechunk(x - mean(x, {.axis = {0}, .keepdims = true}), chunks), a - mean(x, {.axis = {0}, .keepdims = true}));
  same(rechunk(concat({x, y}), chunks), concat({a, b}));
  same(rechunk(rechunk(x, {60, 1}) + 1.0, chunks), a + 1.0);
  const Array s = sum(x[newaxis], {.axis = {0}});
  same(rechunk(s, chunks), a);
  // Folded in the new chunks: the order is that of an array which was made in them.
  const Array sums = sum(rechunk(y * 1e6, chunks), {.axis = {0}});
  const Array made = session.persist(uniform({60, 50}, 0, 1, {.chunks = chunks}));
  EXPECT_EQ(bytes_of(session, sums), bytes_of(session, sum(made * 1e6, {.axis = {0}})));
}

// A compressed store whose chunks are decoded whole is read once, where there is room.
TEST(Rechunk, ReadsAStoreOnceOrInTheNewChunks) {
  const Shape shape{300, 400};
  std::vector<double> values(static_cast<std::size_t>(num_elements(shape)));
  for (std::size_t i = 0; i < values.size(); i++) values[i] = static_cast<double>(i);
  const auto store = std::make_shared<MemoryStore>("rows", DType::float64, ChunkGrid::regular(shape, {1, 400}),
                                                   testing::bytes_of(values));
  const Array x = array_of(store);
  Session session(within(64_MiB));
  const std::string by_rows = session.explain({persist(rechunk(x, {100, 400}))});
  EXPECT_EQ(by_rows.find("redistribute"), std::string::npos) << by_rows;
  const std::string by_columns = session.explain({persist(rechunk(x, {300, 1}))});
  EXPECT_NE(by_columns.find("redistribute"), std::string::npos) << by_columns;
  EXPECT_NE(by_columns.find("kept, because it gets other chunks"), std::string::npos) << by_columns;
  const auto expected = testing::bytes_of(values);
  store->reads = 0;
  EXPECT_EQ(bytes_of(session, rechunk(x, {300, 1})), expected);
  EXPECT_LE(store->reads, 2 * shape[0]);
  // Without room for it, in boxes.
  Session small(within(session.size() == 1 ? 2_MiB + 1_MiB / 2 : 64_MiB));
  EXPECT_EQ(bytes_of(small, sum(rechunk(x, {300, 1}), {.axis = {1}})), bytes_of(session, sum(x, {.axis = {1}})));
}

TEST(Rechunk, GoesInRoundsWithinTheBudget) {
  const Array made = uniform({600, 700}, 0, 1, {.chunks = {6, 700}});  // 3.2 MiB
  Session session(within(9_MiB));
  const Array x = session.persist(made);
  const Plan plan = make_plan({{rechunk(x, {600, 7}).node(), PlanSink::Kind::persist}}, {session.size(), 1, 5_MiB, 0});
  const Array y = session.persist(rechunk(x, {600, 7}));
  EXPECT_LE(session.statistics().peak_bytes, 9_MiB);
  if (session.size() > 1) {
    EXPECT_GT(session.statistics().messages, 0);
    EXPECT_EQ(session.statistics().bytes_moved, plan.stages[0].traffic.bytes_moved);
  }
  Session plenty(within(64_MiB));
  EXPECT_EQ(bytes_of(session, max(abs(y - made))), bytes_of(plenty, zeros({})));
}

TEST(Rechunk, WritesFilesInItsChunks) {
  Session session(within(64_MiB));
  const Array x = session.persist(numbered({24, 40}, DType::float64, {5, 40}));
  const std::string name =
      std::filesystem::temp_directory_path() / ("tessera-rechunk" + std::to_string(session.size()) + ".npy");
  session.compute(write(rechunk(x, {24, 7}), name), {.force = true});
  EXPECT_EQ(bytes_of(session, session.open(name)), bytes_of(session, x));
  session.communicator().barrier();
  if (session.rank() == 0) std::filesystem::remove(name);
}

// A Redistribute of what is not in memory is no node of its own: what is seen of it is asked of the parts.
TEST(Rechunk, OfJoinedArraysIsSeenInEveryWay) {
  Session session(within(64_MiB));
  const Array x = concat({numbered({4, 5}, DType::float64, {2, 5}), 100 + numbered({3, 5}, DType::float64, {3, 2})}, 0);
  const std::vector<std::function<Array(const Array&)>> ways{
      [](const Array& a) { return a[0]; },
      [](const Array& a) { return a[6]; },
      [](const Array& a) {
        return a[{Slice{{}, {}, 2}, 3}];
      },
      [](const Array& a) {
        return a[Slice{{}, {}, -3}];
      },
      [](const Array& a) {
        return a.T()[{Slice{1, 4}, Slice{2, 6, 3}}];
      },
      [](const Array& a) {
        return a + a[{Slice{}, Slice{0, 1}}];
      },
      [](const Array& a) {
        return sum(a[{Slice{3, 5}}], {.axis = {1}});
      },
      [](const Array& a) {
        return rechunk(a[{Slice{1, {}, 2}}], {1, 4})[1];
      },
  };
  for (std::size_t k = 0; k < ways.size(); k++)
    EXPECT_EQ(bytes_of(session, ways[k](rechunk(x, {3, 2}))), bytes_of(session, ways[k](x))) << k;
}

TEST(Rechunk, RefusesChunksThatAreNone) {
  const Array x = zeros({3, 4});
  const auto message = [&](const auto& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "nothing was thrown";
  };
  EXPECT_THROW(rechunk(x, Dims{3}), ShapeError);
  EXPECT_THROW(rechunk(x, Dims{1, 2, 3}), ShapeError);
  EXPECT_THROW(rechunk(x, Dims{0, 4}), ValueError);
  EXPECT_THROW(rechunk(x, Dims{3, -2}), ValueError);
  EXPECT_THROW(rechunk(x, ChunkGrid::regular({4, 3}, {1, 1})), ShapeError);
  EXPECT_EQ(message([&] { rechunk(x, Dims{3}); }),
            "rechunk: chunks (3,) have not one length for each axis of shape (3, 4)");
  EXPECT_EQ(message([&] {
              rechunk(x, Dims{3, 0});
            }),
            "rechunk: the length 0 in chunks (3, 0) for axis 1 of shape (3, 4): a length is positive, or -1 for the "
            "whole axis");
  EXPECT_EQ(rechunk(x, Dims{100, -1}).chunks(), ChunkGrid::regular({3, 4}, {3, 4}));
  EXPECT_EQ(rechunk(zeros({0, 4}), Dims{0, 2}).chunks(), ChunkGrid::regular({0, 4}, {1, 2}));
  EXPECT_EQ(rechunk(x, x.chunks()).node(), x.node());
}

}  // namespace
}  // namespace tessera::testing
