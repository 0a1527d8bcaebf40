// What a chunk costs when there is next to nothing in it: sum(z + 1) over very many chunks of ten elements, resident.
// The same elements in few chunks are evaluated first: what memory the tiny chunks need more than those is charged to
// the chunks.
#include <cstdio>
#include <cstdlib>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void chunks(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("chunks", 1'000'000);
  const std::int64_t rounds = arguments.number("rounds", 5);
  const ts::Array few = session.persist(ts::zeros({10 * n}, {.chunks = {10 * n / 100}}));
  const ts::Array z = session.persist(ts::zeros({10 * n}, {.chunks = {10}}));
  session.item<double>(ts::sum(few + 1.0));
  const std::int64_t before = ts::resident_bytes();

  const double planning = timed([&] { session.explain({ts::gather(ts::sum(z + 1.0))}); });
  std::vector<double> seconds;
  for (std::int64_t round = 0; round < rounds; ++round)
    seconds.push_back(timed([&] {
      const double total = session.item<double>(ts::sum(z + 1.0));
      if (total != static_cast<double>(10 * n)) {
        std::fprintf(stderr, "measure: the sum is %.17g\n", total);
        std::exit(1);
      }
    }));
  const double growth = static_cast<double>(ts::resident_bytes() - before) / static_cast<double>(n);
  const double whole = timed([&] { session.item<double>(ts::sum(few + 1.0)); });
  report(session, "tessera", seconds, {{"planning", planning}, {"bytes_per_chunk", growth}, {"few_chunks", whole}});
}

}  // namespace bench
