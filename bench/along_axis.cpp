// What looks at a whole axis: cumulative sums, an order, elements at random places; of an array in memory into another.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <tessera/distributed/communicator.hpp>

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

void sort(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 100'000'000), rounds = arguments.number("rounds", 3);
  const ts::Array x = session.persist(ts::uniform({n}));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {
    std::optional<ts::Array> y;
    session.communicator().barrier();
    const double taken = timed([&] {
      y = session.persist(ts::sort(x));
      session.communicator().barrier();
    });
    const ts::Array rises = ts::all((*y)[{ts::Slice{1, n, {}}}] >= (*y)[{ts::Slice{0, n - 1, {}}}]);
    // The same elements as far as sums tell; they differ by the order in which they are added.
    const double sums = session.item<double>(ts::abs(ts::sum(*y) - ts::sum(x)) / ts::sum(x));
    if (!session.item<bool>(rises) || !(sums < 1e-12)) {
      std::fprintf(stderr, "measure: not sorted\n");
      std::exit(1);
    }
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, "tessera", seconds, {{"bytes", static_cast<double>(x.bytes())}});
}

void take(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 100'000'000), rounds = arguments.number("rounds", 3);
  const ts::Array x = session.persist(ts::astype(ts::arange(n), ts::DType::float64));
  const ts::Array indices = session.persist(ts::integers({n / 10}, 0, n));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {
    std::optional<ts::Array> y;
    session.communicator().barrier();
    const double taken = timed([&] {
      y = session.persist(ts::take(x, indices));
      session.communicator().barrier();
    });
    if (!session.item<bool>(ts::all(*y == indices))) {
      std::fprintf(stderr, "measure: elements of other places\n");
      std::exit(1);
    }
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, "tessera", seconds, {{"bytes", static_cast<double>(indices.bytes())}});
}

}  // namespace bench
