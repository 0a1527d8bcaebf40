// Elementwise work, resident to resident, against a hand-written loop over the same memory: the loop writes into the
// very pages of the result that Tessera made a moment before, so neither has better ones. The limit is the least work
// of the same traffic.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "measure.hpp"
#include "native/streaming.hpp"

namespace ts = tessera;

namespace bench {
namespace {

using Loop = void (*)(const double*, double*, std::int64_t);

void compare(const std::vector<double>& ours, const double* native) {
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (!(std::abs(ours[i] - native[i]) <= 1e-13 * std::abs(native[i]))) {
      std::fprintf(stderr, "measure: element %zu is %.17g, by hand %.17g\n", i, ours[i], native[i]);
      std::exit(1);
    }
}

void against(Loop native, ts::Array (*expression)(const ts::Array&), ts::Session& session, const Arguments& arguments) {
  const ts::Array x = session.persist(ts::uniform(arguments.shape("shape", {1024, 1024, 512})));
  const std::int64_t rounds = arguments.number("rounds", 5);
  std::vector<double> ours, by_hand, limit;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up and compares
    std::optional<ts::Array> y;
    const double tessera_seconds = timed([&] { y = session.persist(expression(x)); });
    const std::vector<Run> in = runs(session, x), out = runs(session, *y);
    const std::vector<double> sample(out[0].data, out[0].data + std::min<std::int64_t>(out[0].size, 100000));
    const double native_seconds = timed([&] {
      for (std::size_t i = 0; i < in.size(); ++i) native(in[i].data, const_cast<double*>(out[i].data), in[i].size);
    });
    compare(sample, out[0].data);
    const double limit_seconds = timed([&] {
      for (std::size_t i = 0; i < in.size(); ++i) stream_add(in[i].data, const_cast<double*>(out[i].data), in[i].size);
    });
    if (round < 0) continue;
    limit.push_back(limit_seconds);
    ours.push_back(tessera_seconds);
    by_hand.push_back(native_seconds);
  }
  report(session, "tessera", ours, {{"bytes", 2.0 * static_cast<double>(x.bytes())}});
  report(session, "by hand", by_hand);
  report(session, "limit", limit);
}

ts::Array plus_two(const ts::Array& x) { return x + 2.0; }

ts::Array ten_operations(const ts::Array& x) {
  const ts::Array t = x * 1.1 + 2.0;
  const ts::Array u = (t * x - 0.5) * x + 3.0;
  return ts::abs(u - t) * 0.25 + x;
}

}  // namespace

void add(ts::Session& session, const Arguments& arguments) { against(stream_add, plus_two, session, arguments); }
void chain(ts::Session& session, const Arguments& arguments) {
  against(stream_chain, ten_operations, session, arguments);
}

}  // namespace bench
