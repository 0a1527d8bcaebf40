// What explain says is what the run then counts: tiles, bytes read and moved, messages.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <tessera/distributed/communicator.hpp>

#include "drawn_jobs.hpp"
#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

Traffic total(const Plan& plan) {
  Traffic t = plan.results;
  for (const auto& s : plan.stages) {
    t.chunks += s.traffic.chunks, t.tiles += s.traffic.tiles;
    t.inner_tiles += s.traffic.inner_tiles;
    t.bytes_read += s.traffic.bytes_read, t.bytes_written += s.traffic.bytes_written;
    t.bytes_moved += s.traffic.bytes_moved, t.messages += s.traffic.messages;
    t.scratch_bytes += s.traffic.scratch_bytes;
    t.at_most = t.at_most || s.traffic.at_most;
    t.moves_at_most = t.moves_at_most || s.traffic.moves_at_most;
  }
  return t;
}

void compare(const Session& session, const Plan& plan) {
  const Statistics& s = session.statistics();
  const Traffic t = total(plan);
  const std::string text = to_string(plan);
  RC_LOG() << text;
  RC_ASSERT(s.scratch_bytes == t.scratch_bytes);
  RC_ASSERT(s.inner_tiles == t.inner_tiles);
  if (t.at_most) {  // passes over what is selected from
    RC_ASSERT(s.tiles <= t.tiles);
    RC_ASSERT(s.bytes_read <= t.bytes_read);
  } else {
    RC_ASSERT(s.tiles == t.tiles);
    RC_ASSERT(s.bytes_read == t.bytes_read);
  }
  if (t.moves_at_most) {  // what belongs elsewhere
    RC_ASSERT(s.bytes_moved <= t.bytes_moved);
    RC_ASSERT(s.messages <= t.messages);
    return;
  }
  RC_ASSERT(s.bytes_moved == t.bytes_moved);
  RC_ASSERT(s.messages == t.messages);
}

Shape drawn_shape() {
  Shape shape;
  for (std::int64_t rank = drawn(1, 3); rank > 0; rank--) shape.push_back(*rc::gen::element(2, 3, 5, 8, 13, 40));
  return shape;
}

std::vector<Sink> drawn_sinks(const Array& x) {
  std::vector<Sink> sinks;
  for (std::int64_t n = drawn(1, 3); n > 0; n--)
    sinks.push_back(drawn(0, 1) ? gather(drawn_result(x)) : persist(drawn_result(x)));
  return sinks;
}

RC_GTEST_PROP(Traffic, IsWhatTheRunCounts, ()) {
  const Array x = drawn_source(drawn_shape());
  const std::vector<Sink> sinks = drawn_sinks(x);
  const std::int64_t memory = *rc::gen::element(300 << 10, 2 << 20, 1 << 30);
  const int threads = static_cast<int>(drawn(1, 2));
  const std::int64_t scratch = *rc::gen::element<std::int64_t>(0, 200 << 10, 1 << 30);
  Session session(with_scratch(memory, threads, scratch));
  try {
    const Plan plan = plan_of(sinks, session, threads, memory, scratch);
    session.compute(sinks);
    compare(session, plan);
  } catch (const MemoryBudgetError&) {
    RC_DISCARD("too little memory");
  }
}

// Inputs in memory, in runs or as a host has them: what lies elsewhere is fetched.
RC_GTEST_PROP(Traffic, OfWhatIsInMemory, ()) {
  constexpr std::int64_t memory = std::int64_t{1} << 30;  // messages are as large as they get
  Session session(with_scratch(memory, 1, 0));
  const std::int64_t columns = *rc::gen::element(1, 7, 300, 3000);
  const Shape shape{drawn(2, 40), columns};
  std::vector<double> block;
  Array x = zeros({1});
  if (drawn(0, 1)) {
    x = session.persist(uniform(shape, 0, 1, {.chunks = drawn_chunks(shape)}));
  } else {
    // Every rank a block of rows, in the order of the ranks or against it.
    const std::int64_t n = session.size(), at = drawn(0, 1) ? session.rank() : n - 1 - session.rank();
    const std::int64_t lo = shape[0] * at / n, rows = shape[0] * (at + 1) / n - lo;
    block.assign(static_cast<std::size_t>(rows * columns), 0.25);
    x = session.from_local(block.data(), DType::float64, shape, {{lo, 0}, {rows, columns}}, {8 * columns, 8});
  }
  const std::vector<Sink> sinks = drawn_sinks(x);
  const Plan plan = plan_of(sinks, session, 1, memory);
  session.compute(sinks);
  compare(session, plan);
}

// Messages of a stream that is longer than one.
TEST(TrafficOf, LongStreams) {
  constexpr std::int64_t memory = std::int64_t{6} << 20;
  Session session(SessionOptions{.memory = memory, .threads = 1, .whole_process = false});
  const Array x = uniform({64, 4000}, 0, 1, {.chunks = {4, 4000}});
  const std::vector<Sink> sinks{gather(x + 1.0)};
  const Plan plan = plan_of(sinks, session, 1, memory);
  session.compute(sinks);
  EXPECT_EQ(session.statistics().messages, total(plan).messages);
  EXPECT_EQ(session.statistics().bytes_moved, total(plan).bytes_moved);
  EXPECT_EQ(total(plan).bytes_moved, 64 * 4000 * 8 * (session.size() - 1));
  const std::int64_t pairs = session.size() * (session.size() - 1);
  EXPECT_GE(total(plan).messages, 2 * pairs);
}

// A filter of what lies on several ranks: tiles that need no halo are made while halos are under way, and no others.
TEST(TrafficOf, InnerTiles) {
  constexpr std::int64_t memory = std::int64_t{64} << 20;
  Session session(SessionOptions{.memory = memory, .threads = 2, .whole_process = false});
  const Array x = session.persist(uniform({600, 2048}, 0, 1, {.chunks = {40, 2048}}));
  for (const bool folded : {false, true}) {
    const Array y = uniform_filter(x * 2.0, {3});
    const Sink sink = folded ? gather(sum(y)) : persist(y);
    const Plan plan = plan_of({sink}, session, 2, memory);
    session.compute(sink);
    const Statistics& s = session.statistics();
    EXPECT_EQ(s.inner_tiles, total(plan).inner_tiles) << to_string(plan);
    EXPECT_EQ(s.inner_tiles > 0, session.size() > 1 && !folded) << to_string(plan);
    EXPECT_LE(s.inner_tiles, s.tiles - (folded ? 0 : 2 * (session.size() - 1))) << to_string(plan);
    EXPECT_EQ(s.tiles, total(plan).tiles);
    EXPECT_EQ(s.bytes_moved, total(plan).bytes_moved);
    EXPECT_EQ(s.messages, total(plan).messages);
    EXPECT_LE(s.peak_bytes, s.projected_bytes);
    EXPECT_EQ(to_string(plan).find("while halos are under way") != std::string::npos, s.inner_tiles > 0);
  }
}

// Groups whose states have no room together: several walks, each for a band of them, of which the last may be narrower.
TEST(TrafficOf, GroupsInBands) {
  constexpr std::int64_t groups = 150'001, plenty = std::int64_t{64} << 20;
  Session base(SessionOptions{.threads = 1});
  const SharedFolder folder(base.communicator());
  const std::string file = folder.file("x.npy");
  base.compute(write(uniform({300'000}, 0, 1, {.seed = 8}), file));
  const auto sums = [&](Session& session) {
    const Array x = session.open(file);
    return group_sum(x, astype(x * static_cast<double>(groups), DType::int64), groups);
  };
  std::vector<std::vector<double>> results;
  std::vector<std::int64_t> walks;
  for (std::int64_t memory = 256 << 10; memory < plenty; memory = memory * 5 / 4) try {
      Session session(with_scratch(memory, 1, 0));
      const Sink sink = persist(sums(session));
      const Plan plan = plan_of({sink}, session, 1, memory);
      const Array made = session.compute(sink).array();
      const auto& op = std::get<GroupOperator>(plan.stages.back().op);
      const Statistics& counted = session.statistics();
      EXPECT_EQ(counted.tiles, total(plan).tiles) << to_string(plan);
      EXPECT_EQ(counted.bytes_read, total(plan).bytes_read) << to_string(plan);
      EXPECT_EQ(counted.bytes_read, op.bands * 300'000 * 8) << to_string(plan);
      EXPECT_EQ(counted.messages, total(plan).messages) << to_string(plan);
      EXPECT_EQ(counted.bytes_moved, total(plan).bytes_moved) << to_string(plan);
      EXPECT_LE(counted.peak_bytes, plan.peak) << to_string(plan);
      const std::string says = std::to_string(op.bands) + " walks";
      EXPECT_EQ(to_string(plan).find(says) != std::string::npos, op.bands > 1) << to_string(plan);
      walks.push_back(op.bands);
      results.push_back(base.values<double>(made));
    } catch (const MemoryBudgetError&) {
    }
  ASSERT_GE(walks.size(), 3u);
  EXPECT_GE(walks.front(), 4);
  EXPECT_EQ(walks.back(), 1);
  EXPECT_GE(std::set<std::int64_t>(walks.begin(), walks.end()).size(), 3u);
  for (const auto& r : results) EXPECT_EQ(r, results.back());
}

// A sort of what no rank can hold: with scratch files for all of it, for a third, and without.
TEST(TrafficOf, SortedThroughScratch) {
  constexpr std::int64_t memory = 768 << 10;  // of which half a rank's part of the result takes
  const std::int64_t n = 40000 * world_communicator()->size();
  const Array x = floor(uniform({n}, 0, 3000, {.seed = 5, .chunks = {7000}}));
  const std::vector<double> sorted = [&] {
    auto values = Session(SessionOptions{.threads = 1}).values<double>(x);
    std::sort(values.begin(), values.end());
    return values;
  }();
  std::vector<std::int64_t> order;
  std::int64_t most_tiles = 0;
  for (const std::int64_t scratch : {std::int64_t{0}, std::int64_t{1} << 30, std::int64_t{240} << 10}) {
    std::vector<std::int64_t> found;
    std::int64_t tiles = 0;
    for (const Sink& sink : {persist(sort(x)), persist(argsort(x, {.descending = true}))}) {
      Session session(with_scratch(memory, 2, scratch));
      const Plan plan = plan_of({sink}, session, 2, memory, scratch);
      const Array made = session.compute(sink).array();
      const Statistics s = session.statistics();
      EXPECT_EQ(s.scratch_bytes, total(plan).scratch_bytes) << to_string(plan);
      EXPECT_EQ(s.scratch_bytes > 0, scratch > 0) << to_string(plan);
      EXPECT_LE(s.messages, total(plan).messages) << to_string(plan);
      EXPECT_LE(s.bytes_moved, total(plan).bytes_moved) << to_string(plan);
      EXPECT_LE(s.peak_bytes, plan.peak) << to_string(plan);
      EXPECT_LE(plan.scratch_peak, scratch);
      tiles += s.tiles;
      if (made.dtype() == DType::float64) {
        for (const auto& chunk : session.local_chunks<double>(made))
          EXPECT_TRUE(std::equal(chunk.data, chunk.data + chunk.box.extent[0], sorted.begin() + chunk.box.lo[0]));
      } else {
        for (const auto& chunk : session.local_chunks<std::int64_t>(made))
          found.insert(found.end(), chunk.data, chunk.data + chunk.box.extent[0]);
      }
    }
    if (order.empty())
      order = found, most_tiles = tiles;
    else
      EXPECT_LT(tiles, most_tiles) << "walked as often as without scratch files";
    EXPECT_EQ(found, order);
  }
}

// All ranks send to one rank at a time, more than has room there: a few of them after another.
TEST(TrafficOf, SortedThroughScratchOfOneRank) {
  constexpr std::int64_t memory = 768 << 10, scratch = 1 << 30, each = 40000;
  Session session(with_scratch(memory, 1, scratch));
  const std::int64_t n = each * session.size();
  const Sink sink = persist(sort(remainder(arange(0, static_cast<double>(n), 1, DType::float64, {5000}), 40000.0)));
  const Plan plan = plan_of({sink}, session, 1, memory, scratch);
  const Array made = session.compute(sink).array();
  EXPECT_EQ(session.statistics().scratch_bytes, 8 * n) << to_string(plan);
  EXPECT_LE(session.statistics().messages, total(plan).messages) << to_string(plan);
  EXPECT_LE(session.statistics().peak_bytes, plan.peak) << to_string(plan);
  for (const auto& chunk : session.local_chunks<double>(made))
    for (std::int64_t k = 0; k < chunk.box.extent[0]; k++)
      ASSERT_EQ(chunk.data[k], static_cast<double>((chunk.box.lo[0] + k) / session.size()));
}

// What is written, and read again: bytes of files that are not compressed, whoever reads and writes them.
TEST(TrafficOf, Files) {
  constexpr std::int64_t memory = std::int64_t{64} << 20;
  Session session(SessionOptions{.memory = memory, .threads = 1, .whole_process = false});
  const SharedFolder folder(session.communicator());
  const Array x = uniform({61, 700}, 0, 1, {.chunks = {7, 700}});
  std::vector<std::string> names{folder.file("x.npy")};
#if TESSERA_WITH_HDF5
  names.push_back(folder.file("x.h5:/x"));
#endif
  for (const std::string& name : names) {
    const Array y = x * 2.0, most = max(x, {.axis = {0}});
    const Plan out = make_plan({{y.node(), PlanSink::Kind::write, 0}, {most.node(), PlanSink::Kind::gather}},
                               {session.size(), 1, memory, 0});
    session.compute(std::vector<Sink>{write(y, name), gather(most)});
    EXPECT_EQ(total(out).bytes_written, 61 * 700 * 8);
    EXPECT_EQ(session.statistics().bytes_written, total(out).bytes_written) << name;
    EXPECT_EQ(session.statistics().bytes_read, 0) << name;

    const Array z = session.open(name);
    const std::vector<Sink> sinks{gather(mean(z[{Slice{3, 50}}] + 1.0, {.axis = {1}}))};
    const Plan in = plan_of(sinks, session, 1, memory);
    session.compute(sinks);
    EXPECT_EQ(total(in).bytes_read, 47 * 700 * 8) << to_string(in);
    EXPECT_EQ(session.statistics().bytes_read, total(in).bytes_read) << name;
    EXPECT_EQ(session.statistics().messages, total(in).messages) << name;
  }
}

}  // namespace
}  // namespace tessera::testing
