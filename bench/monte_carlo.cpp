// Monte Carlo pi, as in apps/pi.cpp.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void pi(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("points", 1'000'000'000);
  const std::int64_t rounds = arguments.number("rounds", 1);
  std::vector<double> seconds;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const auto stream = static_cast<std::uint64_t>(2 * round);
    double estimate = 0;
    seconds.push_back(timed([&] {
      const ts::Array x = ts::uniform({n}, 0, 1, {.seed = 42, .stream = stream});
      const ts::Array y = ts::uniform({n}, 0, 1, {.seed = 42, .stream = stream + 1});
      estimate = session.item<double>(4 * ts::mean(x * x + y * y < 1));
    }));
    if (!(std::abs(estimate - std::numbers::pi) < 10 / std::sqrt(static_cast<double>(n)))) {
      std::fprintf(stderr, "measure: pi is not %.10f\n", estimate);
      std::exit(1);
    }
  }
  report(session, "tessera", seconds);
}

}  // namespace bench
