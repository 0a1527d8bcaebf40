// What looks at a whole axis: cumulative sums, of an array in memory into another.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void cumulative(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 500'000'000), rounds = arguments.number("rounds", 3);
  const ts::Array x = session.persist(ts::full({n}, 0.5));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    std::optional<ts::Array> y;
    const double taken = timed([&] { y = session.persist(ts::cumulative_sum(x)); });
    if (session.item<double>((*y)[{ts::Slice{n - 1, n, {}}}]) != static_cast<double>(n) / 2) {
      std::fprintf(stderr, "measure: the last sum is wrong\n");
      std::exit(1);
    }
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, "tessera", seconds, {{"bytes", 2.0 * static_cast<double>(x.bytes())}});
}

}  // namespace bench
