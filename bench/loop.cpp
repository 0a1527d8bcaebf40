// A loop of small evaluations: mean(u * u) of a small resident array, one number each time, the same plan every time.
#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void loop(ts::Session& session, const Arguments& arguments) {
  const std::int64_t steps = arguments.number("steps", 10000);
  const std::int64_t rounds = arguments.number("rounds", 3);
  const ts::Array u = session.persist(ts::uniform({arguments.number("elements", 1000)}));
  std::vector<double> seconds;                              // of one evaluation
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    const double taken = timed([&] {
      for (std::int64_t i = 0; i < steps; ++i) session.item<double>(ts::mean(u * u));
    });
    if (round >= 0) seconds.push_back(taken / static_cast<double>(steps));
  }
  report(session, "tessera", seconds, {{"ranks", session.size()}, {"cached", session.statistics().plan_was_cached}});
}

}  // namespace bench
