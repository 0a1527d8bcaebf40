// Jobs of the commands, and of a program with arrays in memory, whose calls fail one after another.
#include <numeric>

#include "fault_loop.hpp"

namespace tessera::testing {
namespace {

TEST_P(FaultLoop, Eval) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r = compute({write(mean(sqrt(x) + x * x, {.axis = {0}}), path("y.h5:/y")), gather(max(x))});
        return Numbers{r[1].item<double>()};
      },
      "eval", true);
}
TEST_P(FaultLoop, Copy) {
  expect_loops(
      [&] {
        compute({write_chunked(astype(open(path("x.h5:/x")), DType::float32), "y.h5:/y")});
        return Numbers{};
      },
      "copy", true);
}
TEST_P(FaultLoop, CopyCompressed) {
  expect_loops(
      [&] {
        Sink y = write_chunked(astype(open(path("x.h5:/x")), DType::float32), "y.h5:/y");
        y.compress = "gzip:4";
        compute({y});
        return Numbers{};
      },
      "copy compressed", true);
}
// In blocks of whole columns: all workers read one, then write it.
TEST_P(FaultLoop, RowsToColumns) {
  const auto columns = [&] {
    Sink y = write(open(path("x.h5:/x")), path("y.h5:/y"));
    y.chunks = {24, 2};
    y.compress = "gzip:1";
    return y;
  };
  EXPECT_NE(session.explain({columns()}).find("    blocks   "), std::string::npos);
  expect_loops(
      [&] {
        compute({columns()});
        return Numbers{};
      },
      "rows to columns", true);
}
TEST_P(FaultLoop, Stats) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        Numbers numbers;
        for (const auto& r : compute({gather(sum(astype(isnan(x), DType::int64))), gather(min(x)), gather(max(x)),
                                      gather(mean(x)), gather(std(x))}))
          numbers.push_back(r.item<double>());
        return numbers;
      },
      "stats", false);
}
// What the commands seldom do: results in memory, pieces that other ranks have, a gather that is too large for all.
TEST_P(FaultLoop, Resident) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array kept = compute({persist(x + 1.0)})[0].array();
        const Array tall = arange(0, 20000, 1, DType::float64, {3000});
        const auto r = compute({gather(sum(kept.T() - mean(kept, {.axis = {1}}), {.axis = {1}})), gather(tall * 2.0)});
        Numbers numbers = r[0].values<double>();
        numbers.push_back(r[1].values<double>()[19999]);
        return numbers;
      },
      "resident", false);
}

std::string kind_name(const ::testing::TestParamInfo<FaultKind>& kind) {
  switch (kind.param) {
    case FaultKind::read:
      return "Read";
    case FaultKind::write:
      return "Write";
    case FaultKind::flush:
      return "Flush";
    case FaultKind::pool:
      return "Pool";
    default:
      return "Allocation";
  }
}
INSTANTIATE_TEST_SUITE_P(Faults, FaultLoop,
                         ::testing::Values(FaultKind::read, FaultKind::write, FaultKind::flush, FaultKind::pool,
                                           FaultKind::allocation),
                         kind_name);

}  // namespace
}  // namespace tessera::testing
