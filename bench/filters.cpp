// Filters of an array in memory into another, beside a loop that is fused by hand.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "measure.hpp"
#include "native/filter_sweep.hpp"

namespace ts = tessera;

namespace bench {
namespace {

const double weights[9] = {0.05, 0.1, 0.05, 0.1, 0.4, 0.1, 0.05, 0.1, 0.05};

ts::Array of(const std::string& filter, const ts::Array& x) {
  if (filter == "correlate")
    return ts::correlate(x, ts::Weights({3, 3}, {weights, weights + 9}), {.mode = {"nearest"}});
  if (filter == "uniform") return ts::uniform_filter(x, {3});
  return ts::gaussian_filter(x, {3}, {.sum_dtype = filter == "gaussian_f32" ? ts::DType::float32 : ts::DType::float64});
}

void report_by_hand(const ts::Session& session, std::int64_t n, std::int64_t rounds, bool uniform) {
  const auto bytes = static_cast<std::size_t>(n * n) * sizeof(double);
  const auto room = [&] {
    return std::unique_ptr<double, void (*)(void*)>(
        static_cast<double*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), std::free);
  };
  const auto in = room(), out = room();
  std::fill_n(in.get(), n * n, 0.5);
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {
    const double taken = timed([&] {
      if (uniform)
        uniform_3x3(in.get(), out.get(), n);
      else
        correlate_3x3(in.get(), out.get(), n, weights);
    });
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, "by hand", seconds);
}

}  // namespace

void filter(ts::Session& session, const Arguments& arguments) {
  const std::int64_t n = arguments.number("n", 8192), rounds = arguments.number("rounds", 5);
  const std::string which = arguments.text("filter", "correlate");
  const auto type = which.starts_with("gaussian") ? ts::DType::float32 : ts::DType::float64;
  const ts::Array x = session.persist(ts::uniform({n, n}, 0, 1, {.dtype = type}));
  std::vector<double> seconds;
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    std::optional<ts::Array> y;
    const double taken = timed([&] { y = session.persist(of(which, x)); });
    if (std::abs(session.item<double>(ts::mean(ts::astype(*y, ts::DType::float64))) - 0.5) > 0.01) {
      std::fprintf(stderr, "measure: the mean is wrong\n");
      std::exit(1);
    }
    if (round >= 0) seconds.push_back(taken);
  }
  report(session, "tessera", seconds, {{"bytes", 2.0 * static_cast<double>(x.bytes())}});
  if (type == ts::DType::float64) report_by_hand(session, n, rounds, which == "uniform");
}

}  // namespace bench
