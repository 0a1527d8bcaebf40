// Prices of European calls and puts (Black and Scholes 1973) of options in memory: exp, log, sqrt, erf and a dozen
// cheap operations, three arrays read and two written in one pass.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {
namespace {

constexpr double rate = 0.02, volatility = 0.3;

struct Prices {
  ts::Array call, put;
};
Prices prices(const ts::Array& spot, const ts::Array& strike, const ts::Array& years) {
  const ts::Array spread = ts::sqrt(years) * volatility;
  const ts::Array d1 = (ts::log(spot / strike) + years * (rate + volatility * volatility / 2)) / spread,
                  d2 = d1 - spread;
  const auto normal = [](const ts::Array& d) { return ts::erf(d * M_SQRT1_2) * 0.5 + 0.5; };
  const ts::Array discounted = strike * ts::exp(years * -rate);
  const ts::Array call = spot * normal(d1) - discounted * normal(d2);
  return {call, call - spot + discounted};
}

}  // namespace

void black_scholes(ts::Session& session, const Arguments& arguments) {
  const ts::Shape options{arguments.number("options", 100000000)};
  const ts::Array spot = session.persist(ts::uniform(options, 10, 50, {.stream = 0}));
  const ts::Array strike = session.persist(ts::uniform(options, 10, 50, {.stream = 1}));
  const ts::Array years = session.persist(ts::uniform(options, 1, 2, {.stream = 2}));
  const std::int64_t rounds = arguments.number("rounds", 5);
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    const Prices p = prices(spot, strike, years);
    std::vector<ts::Result> results;
    const double took = timed([&] { results = session.compute({ts::persist(p.call), ts::persist(p.put)}); });
    if (round >= 0) seconds.push_back(took);
    const ts::Array call = results[0].array(), put = results[1].array();
    // An option is worth at least what it would bring now, and the call no more than the share.
    const ts::Array wrong = (call < -1e-9) | (call > spot) | (put < -1e-9);
    if (round < 0 && session.compute(ts::any(wrong)).item<bool>()) {
      std::fprintf(stderr, "measure: a price is out of its bounds\n");
      std::exit(1);
    }
  }
  report(session, "tessera", seconds, {{"bytes", 5.0 * static_cast<double>(spot.bytes())}});
}

}  // namespace bench
