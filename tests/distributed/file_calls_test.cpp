// How often a job calls the system, counted as calls that fail are.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <numeric>

#include <tessera/distributed/communicator.hpp>
#include <tessera/tessera.hpp>

#include "faults.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

// Between files of rows and of columns neither side is read or written by the element: the calls are counted.
TEST(FileWalk, MovesWholeRuns) {
  constexpr std::int64_t rows = 600, columns = 512;
  Session s(SessionOptions{.memory = std::int64_t{1} << 30, .threads = 2, .whole_process = false});
  std::string folder = (fs::temp_directory_path() / ("tessera-walk-" + std::to_string(getpid()))).string();
  s.communicator().broadcast(folder, 0);
  if (s.rank() == 0) fs::create_directories(folder);
  s.communicator().barrier();
  const auto copy = [&](const Array& x, const std::string& to, const Dims& chunks) {
    Sink sink = write(x, folder + "/" + to);
    sink.chunks = chunks;
    s.compute(sink);
    return s.open(folder + "/" + to);
  };
  const auto calls = [&](FaultKind kind, const std::function<void()>& job) {
    constexpr long plenty = 1L << 40;
    const Fault counted(kind, plenty, true);
    const Fault::Armed armed;
    job();
    const long mine = plenty - Fault::countdown;
    std::vector<long> all(static_cast<std::size_t>(s.size()));
    s.communicator().allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(all.data()),
                               sizeof mine);
    return std::accumulate(all.begin(), all.end(), 0L);
  };
  const Array x = uniform({rows, columns}, 0, 1, {.seed = 4});
  const Array by_rows = copy(x, "rows.h5:/x", {1, columns});
  // A chunk in one call, and some for the file; a piece of a row for each of the ranks' blocks.
  EXPECT_LT(calls(FaultKind::write, [&] { copy(by_rows, "c.h5:/x", {rows, 1}); }), 4 * columns);
  EXPECT_LT(calls(FaultKind::read, [&] { copy(by_rows, "d.h5:/x", {rows, 1}); }), 8 * rows);
  const Array by_columns = s.open(folder + "/c.h5:/x");
  EXPECT_LT(calls(FaultKind::write, [&] { copy(by_columns, "e.h5:/x", {1, columns}); }), 8 * rows);
  EXPECT_TRUE(s.item<bool>(all(s.open(folder + "/e.h5:/x") == x)));
  s.communicator().barrier();
  if (s.rank() == 0) fs::remove_all(folder);
}

}  // namespace
}  // namespace tessera::testing
