// What is made of a gather's elements takes them as they come: nothing is as large as x[idx], its bits are those of what is
// made of x[idx] in memory, and files are read and written along the way.
#include <gtest/gtest.h>

#include <cstring>
#include <tessera/tessera.hpp>

#include "drawn_jobs.hpp"
#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

using namespace literals;

constexpr std::int64_t rows = 600'000;  // 14 MB are gathered

Session session_of(std::int64_t memory) {
  return Session(SessionOptions{.memory = memory, .threads = 2, .whole_process = false});
}

Array table() { return uniform({5000, 3}, -1, 1, {.seed = 5, .chunks = {700, 3}}); }
Array places() { return astype(floor(uniform({rows}, -5000, 5000, {.seed = 6, .chunks = {130'000}})), DType::int64); }

std::vector<Array> reductions(const Array& picked) {
  const Array weight = uniform(picked.shape(), 0, 1, {.seed = 8, .chunks = {90'000, 2}});
  return {sum(picked),
          mean(picked, {.axis = {0}}),
          max(picked * 2.0 - 1.0),
          std(picked),
          argmin(picked, {.axis = {0}}),
          sum(picked * weight),
          max(picked - mean(picked, {.axis = {0}, .keepdims = true}))};  // gathered twice
}

void expect_same(const Result& a, const Result& b, std::size_t number) {
  EXPECT_TRUE(a.bytes().size() == b.bytes().size() &&
              std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0)
      << "reduction " << number;
}

// x: a file or a generator, or in the memory of the sessions, which is given back.
void expect_as_in_memory(Session& large, Session& small, const Array& x_of_large, const Array& x_of_small) {
  const std::vector<Array> of_whole = reductions(large.persist(index(x_of_large, {places()})));
  const std::vector<Array> streamed = reductions(index(x_of_large, {places()})),
                           within = reductions(index(x_of_small, {places()}));
  for (std::size_t i = 0; i < of_whole.size(); i++) {
    const Result expected = large.compute({gather(of_whole[i])})[0];
    expect_same(large.compute({gather(streamed[i])})[0], expected, i);
    expect_same(small.compute({gather(within[i])})[0], expected, i);
    EXPECT_LE(small.statistics().peak_bytes, small.memory());
  }
}

TEST(StreamedGather, HasTheBitsOfWhatIsInMemory) {
  Session large = session_of(512_MiB), small = session_of(6_MiB);
  expect_as_in_memory(large, small, table(), table());
  expect_as_in_memory(large, small, large.persist(table()), small.persist(table()));
}

TEST(StreamedGather, OfFilesIntoFiles) {
  Session large = session_of(512_MiB), small = session_of(6_MiB);
  const SharedFolder folder(large.communicator());
  large.compute({write(table(), folder.file("x.npy"))});
  const Array x = large.open(folder.file("x.npy")), of_small = small.open(folder.file("x.npy"));
  expect_as_in_memory(large, small, x, of_small);
  const auto scaled = [](const Array& from) { return index(from, {places()}) * 2.0 - 1.0; };
  const Array total = sum(scaled(of_small), {.axis = {0}});
  small.compute({write(scaled(of_small), folder.file("y.npy")), gather(total)});
  EXPECT_LE(small.statistics().peak_bytes, small.memory());
  const Array y = large.open(folder.file("y.npy"));
  EXPECT_TRUE(large.compute({gather(all(equal(y, large.persist(scaled(x)))))})[0].item<bool>());
}

TEST(StreamedGather, IsSaid) {
  Session small = session_of(6_MiB);
  const std::string plan = small.explain({gather(sum(index(table(), {places()})))});
  EXPECT_NE(plan.find("use      what is gathered"), std::string::npos) << plan;
  // What is asked for as it is, or used turned, is whole.
  const Array picked = index(table(), {places()});
  if (small.size() < 4) {  // more ranks have room for their parts
    EXPECT_THROW(static_cast<void>(small.explain({persist(picked)})), MemoryBudgetError);
  }
  const Session alone(SessionOptions{.memory = 6_MiB, .threads = 2, .whole_process = false, .scratch = "none"});
  EXPECT_THROW(static_cast<void>(alone.explain({gather(sum(sort(picked, {.axis = 0})))})), MemoryBudgetError);
}

TEST(StreamedGather, IndexOutOfRangeIsEverybodysError) {
  Session small = session_of(6_MiB);
  const Array wrong = where(equal(arange(rows), rows - 5), 5000, places());
  for (const Array& x : {table(), small.persist(table())}) try {
      small.compute({gather(sum(index(x, {wrong})))});
      FAIL() << "no error";
    } catch (const IndexError& e) {
      EXPECT_NE(
          std::string(e.what()).find("index 5000 is out of bounds for axis 0 with size 5000; it is element (599995,)"),
          std::string::npos)
          << e.what();
    }
  EXPECT_EQ(small.compute({gather(sum(ones({10})))})[0].item<double>(), 10);
}

}  // namespace
}  // namespace tessera::testing
