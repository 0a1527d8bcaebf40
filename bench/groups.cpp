// What is folded by groups, and rolling windows: of arrays in memory.
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {
namespace {

void require(bool right) {
  if (right) return;
  std::fprintf(stderr, "measure: the result is wrong\n");
  std::exit(1);
}

// The first round warms up.
void time_rounds(ts::Session& session, const Arguments& arguments, double bytes, const std::function<void()>& run) {
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < arguments.number("rounds", 3); ++round)
    if (const double taken = timed(run); round >= 0) seconds.push_back(taken);
  report(session, "tessera", seconds, {{"bytes", bytes}});
}

}  // namespace

void histogram(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 100'000'000), bins = arguments.number("bins", 256);
  const ts::Array x = session.persist(ts::uniform({n}));
  time_rounds(session, arguments, 2.0 * static_cast<double>(x.bytes()), [&] {  // for the range, and for the counts
    const auto counts = session.values<std::int64_t>(ts::histogram(x, bins).counts);
    std::int64_t all = 0;
    for (const auto c : counts) all += c;
    require(all == n);
  });
}

void group_mean(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 100'000'000), groups = arguments.number("groups", 10'000);
  const ts::Array x = session.persist(ts::uniform({n})), labels = session.persist(ts::integers({n}, 0, groups));
  time_rounds(session, arguments, static_cast<double>(x.bytes() + labels.bytes()), [&] {
    const auto means = session.values<double>(ts::group_mean(x, labels, groups));
    require(means[0] > 0.4 && means[0] < 0.6);
  });
}

// Of months: the labels' axis is the first one, and chunks have all of it.
void climatology(ts::Session& session, const Arguments& arguments) {
  const ts::Shape shape = arguments.shape("shape", {512, 1024, 1024});
  const ts::Array x =
      session.persist(ts::uniform(shape, 0, 1, {.dtype = ts::DType::float32, .chunks = {shape[0], 32, shape[2]}}));
  const ts::Array months = session.persist(ts::arange(shape[0]) % 12);
  time_rounds(session, arguments, static_cast<double>(x.bytes()), [&] {
    const double mean =
        session.item<double>(ts::mean(ts::astype(ts::group_mean(x, months, 12, {.axis = 0}), ts::DType::float64)));
    require(mean > 0.4 && mean < 0.6);
  });
}

void rolling(ts::Session& session, const Arguments& arguments) {
  const ts::Shape shape = arguments.shape("shape", {512, 1024, 1024});
  const std::int64_t window = arguments.number("window", 30);
  const ts::Array x = session.persist(ts::full(shape, 0.5, ts::DType::float32));
  time_rounds(session, arguments, 2.0 * static_cast<double>(x.bytes()), [&] {
    const ts::Array y = session.persist(ts::rolling_mean(x, window, {.axis = 0}));
    require(session.item<float>(y[{shape[0] - 1, 0, 0}]) == 0.5f);
  });
}

}  // namespace bench
