// Steps of the heat equation of a plate in memory, several of which a tile makes at once, and one by one; beside MPI and OpenMP by hand.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "measure.hpp"
#ifdef TESSERA_HAVE_MPI
#include "native/heat_steps.hpp"
#endif

namespace ts = tessera;

namespace bench {
namespace {

constexpr double r = 0.225;

ts::Array stepped(ts::Session& session, ts::Array u, std::int64_t steps, std::int64_t together) {
  for (std::int64_t done = 0; done < steps; done += together) {
    for (std::int64_t i = 0; i < together; i++)
      u = ts::correlate(u, {{0, r, 0}, {r, 1 - 4 * r, r}, {0, r, 0}}, {.mode = {"nearest"}});
    u = session.persist(u);
  }
  return u;
}

}  // namespace

void heat(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 4096), steps = arguments.number("steps", 96),
                     rounds = arguments.number("rounds", 3);
  const ts::Array y = ts::arange(0.0, static_cast<double>(n)) - static_cast<double>(n - 1) / 2;
  const ts::Array squares = ts::zeros({n, n}) + ts::expand_dims(y * y, 1) + y * y;  // in the chunks of zeros
  const ts::Array start = session.persist(ts::astype(squares < static_cast<double>(n * n) / 36, ts::DType::float64));
  const double mean = session.item<double>(ts::mean(start));
  const auto ours = [&](std::int64_t together) {
    ts::Array u = start;
    const double taken = timed([&] { u = stepped(session, u, steps, together); });
    if (!(std::abs(session.item<double>(ts::mean(u)) - mean) < 1e-12)) {
      std::fprintf(stderr, "measure: heat was lost\n");
      std::exit(1);
    }
    return taken;
  };
  std::vector<double> sixteen, one, by_hand;
  for (std::int64_t round = -1; round < rounds;
       ++round) {  // in turns, for the processor's clock varies; the first one warms up
    const double together = ours(16), alone = ours(1);
#ifdef TESSERA_HAVE_MPI
    const double native = heat_steps(n, static_cast<int>(steps), r);
    if (round >= 0) by_hand.push_back(native);
#endif
    if (round >= 0) sixteen.push_back(together), one.push_back(alone);
  }
  const auto cells = static_cast<double>(n * n * steps);
  report(session, "tessera", sixteen, {{"cells", cells}});
  report(session, "one by one", one, {{"cells", cells}});
  if (!by_hand.empty()) report(session, "by hand", by_hand);
}

}  // namespace bench
