// Arrays that change hands, resident to resident: rows to columns between ranks against MPI's exchange of the same bytes,
// and a transposition against a copy of the same traffic.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <tessera/distributed/communicator.hpp>

#include "measure.hpp"
#include "native/streaming.hpp"
#ifdef TESSERA_HAVE_MPI
#include "native/alltoall.hpp"
#endif

namespace ts = tessera;

namespace bench {
namespace {

void expect_equal(ts::Session& session, const ts::Array& a, const ts::Array& b) {
  if (session.item<double>(ts::max(ts::abs(a - b))) == 0) return;
  std::fprintf(stderr, "measure: elements differ\n");
  std::exit(1);
}

}  // namespace

void rechunk(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 8192), ranks = session.size(), rounds = arguments.number("rounds", 5);
  const ts::Array x = session.persist(ts::uniform({n, n}, 0, 1, {.chunks = {n / ranks, n}}));
  std::vector<double> ours, exchange;
#ifdef TESSERA_HAVE_MPI
  const std::int64_t block = n * n / ranks / ranks;
  std::vector<double> in(static_cast<std::size_t>(block * ranks), 1.0), out(in.size());
#endif
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up and compares
    std::optional<ts::Array> y;
    session.communicator().barrier();
    const double seconds = timed([&] {
      y = session.persist(ts::rechunk(x, {n, n / ranks}));
      session.communicator().barrier();
    });
    if (round < 0)
      expect_equal(session, *y, x);
    else
      ours.push_back(seconds);
#ifdef TESSERA_HAVE_MPI
    const double taken = timed([&] {
      all_to_all(in.data(), out.data(), block);
      session.communicator().barrier();
    });
    if (round >= 0) exchange.push_back(taken);
#endif
  }
  report(session, "tessera", ours, {{"bytes", static_cast<double>(x.bytes())}});
  if (!exchange.empty()) report(session, "MPI_Alltoall", exchange);
}

void transpose(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 8192), rounds = arguments.number("rounds", 5);
  const ts::Array x = session.persist(ts::uniform({n, n}, 0, 1, {.chunks = {n / 4, n}}));
  std::vector<double> ours, limit;
  for (std::int64_t round = -1; round < rounds; ++round) {
    std::optional<ts::Array> y;
    const double seconds = timed([&] { y = session.persist(x.T()); });
    if (round < 0) expect_equal(session, *y, x.T());
    const std::vector<Run> in = runs(session, x), out = runs(session, *y);
    const double taken = timed([&] {
      for (std::size_t i = 0; i < in.size(); ++i) stream_add(in[i].data, const_cast<double*>(out[i].data), in[i].size);
    });
    if (round >= 0) ours.push_back(seconds), limit.push_back(taken);
  }
  report(session, "tessera", ours, {{"bytes", 2.0 * static_cast<double>(x.bytes())}});
  report(session, "limit", limit);
}

}  // namespace bench
