// sum(sqrt(x) + x**2) of a resident array, against a hand-fused OpenMP loop over the same memory, and against a plain
// sum.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "measure.hpp"
#include "native/fused_sum.hpp"

namespace ts = tessera;

namespace bench {

void sum(ts::Session& session, const Arguments& arguments) {
  const ts::Array x = session.persist(ts::uniform(arguments.shape("shape", {1024, 1024, 512})));
  const std::vector<Run> parts = runs(session, x);
  const std::int64_t rounds = arguments.number("rounds", 5);
  std::vector<double> ours, by_hand, plain;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    double value = 0, native = 0, least = 0;
    const double tessera_seconds = timed([&] { value = session.item<double>(ts::sum(ts::sqrt(x) + ts::pow(x, 2))); });
    const double native_seconds = timed([&] {
      for (const Run& part : parts) native += fused_sum(part.data, part.size);
    });
    const double plain_seconds = timed([&] {
      for (const Run& part : parts) least += plain_sum(part.data, part.size);
    });
    if (!(std::abs(value - native) <= 1e-9 * native) || !(least > 0)) {
      std::fprintf(stderr, "measure: the sum is %.17g, by hand %.17g\n", value, native);
      std::exit(1);
    }
    if (round < 0) continue;
    ours.push_back(tessera_seconds);
    by_hand.push_back(native_seconds);
    plain.push_back(plain_seconds);
  }
  report(session, "tessera", ours, {{"bytes", static_cast<double>(x.bytes())}});
  report(session, "by hand", by_hand);
  report(session, "limit", plain);
}

}  // namespace bench
