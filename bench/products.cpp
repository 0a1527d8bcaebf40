// The product of two matrices in memory, into another.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void product(ts::Session& session, const Arguments& arguments) {
  const std::int64_t m = arguments.number("m", 8192), k = arguments.number("k", 8192), n = arguments.number("n", 8192);
  const std::int64_t rounds = arguments.number("rounds", 3);
  const ts::Array a =
      session.persist(ts::uniform({m, k}, 0, 1, {.seed = 1, .chunks = arguments.shape("chunks_a", {})}));
  const ts::Array b =
      session.persist(ts::uniform({k, n}, 0, 1, {.seed = 2, .chunks = arguments.shape("chunks_b", {})}));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    std::optional<ts::Array> c;
    const double taken = timed([&] { c = session.persist(ts::matmul(a, b)); });
    if (std::abs(session.item<double>(ts::mean(*c)) / static_cast<double>(k) - 0.25) > 0.01) {
      std::fprintf(stderr, "measure: the mean is wrong\n");
      std::exit(1);
    }
    if (round >= 0) seconds.push_back(taken);
  }
  const double flop = 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
  report(session, "tessera", seconds, {{"flop", flop}, {"bytes", static_cast<double>(a.bytes() + b.bytes())}});
}

}  // namespace bench
