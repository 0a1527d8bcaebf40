// Work that the processor bounds, not the memory: run on one rank and on two, a thread each.
#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void scaling(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("elements", std::int64_t{1} << 26);
  const std::int64_t rounds = arguments.number("rounds", 3);
  const ts::Array x = session.persist(ts::uniform({n}, 0.5, 1.5, {.chunks = {std::int64_t{1} << 20}}));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    const double taken = timed([&] {
      const ts::Array y = ts::exp(ts::sin(x)) * ts::log(x) + ts::tanh(x * ts::cos(x));
      session.item<double>(ts::sum(ts::exp(-y) + ts::sin(y)));
    });
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, session.size() == 1 ? "1 rank" : "tessera", seconds,
         {{"ranks", session.size()}, {"threads", session.threads()}});
}

}  // namespace bench
