// What a device makes of arrays in its memory, beside its own copies: gpu_rows [--bytes 4GiB] [--points 1e10] [--rounds 5] [--device cuda].
// Prints a table in Markdown. Times are the least of the rounds; "of a copy" is the bandwidth of a copy within the device, read plus
// written, over that of the row.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/memory/pool.hpp>

#include "measure.hpp"

namespace ts = tessera;

namespace bench {
namespace {

struct Row {
  std::string work;
  double arrays;  ///< read and written
  std::function<void(ts::Session&, const ts::Array&)> run;
};

ts::Array ten_operations(const ts::Array& x) {
  const ts::Array t = x * 1.1 + 2.0;
  const ts::Array u = (t * x - 0.5) * x + 3.0;
  return ts::abs(u - t) * 0.25 + x;
}

std::vector<Row> rows() {
  const auto keep = [](auto expression) {
    return [expression](ts::Session& s, const ts::Array& x) { s.persist(expression(x)); };
  };
  const auto fold = [](auto expression) {
    return [expression](ts::Session& s, const ts::Array& x) { s.compute(expression(x)); };
  };
  return {{"`x + 2`", 2, keep([](const ts::Array& x) { return x + 2; })},
          {"`sum(sqrt(x) + x**2)`", 1, fold([](const ts::Array& x) { return ts::sum(ts::sqrt(x) + ts::pow(x, 2)); })},
          {"ten operations", 2, keep(ten_operations)},
          {"`exp(x) * sin(x)`", 2, keep([](const ts::Array& x) { return ts::exp(x) * ts::sin(x); })},
          {"mean over axis 0", 1, fold([](const ts::Array& x) { return ts::mean(x, {.axis = {0}}); })},
          {"mean over axis 1", 1, fold([](const ts::Array& x) { return ts::mean(x, {.axis = {1}}); })},
          {"`argmax`", 1, fold([](const ts::Array& x) { return ts::argmax(x); })},
          {"`var`", 1, fold([](const ts::Array& x) { return ts::var(x); })}};
}

template <class F>
double least(std::int64_t rounds, F&& f) {
  double best = std::numeric_limits<double>::infinity();
  for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    const double seconds = timed(f);
    if (round >= 0) best = std::min(best, seconds);
  }
  return best;
}

/// Bytes a second, read plus written.
double copy_bandwidth(const std::string& name, std::int64_t bytes, std::int64_t rounds) {
  const auto device = ts::make_device(name);
  const auto pool = ts::MemoryPool::create(0, device->memory());
  const ts::Buffer from(pool, bytes, "from"), to(pool, bytes, "to");
  const auto space = device->space();
  return 2 * static_cast<double>(bytes) / least(rounds, [&] {
           device->copy({}, {bytes}, 1, {from.data(), {1}, space}, {to.data(), {1}, space});
           device->wait(ts::Stream{});
         });
}

void print(const std::string& work, const std::string& dtype, double seconds, double bytes, double copy) {
  std::printf("| %s | %s | %.3g ms | %.4g GB/s | %.2f |\n", work.c_str(), dtype.c_str(), seconds * 1e3,
              bytes / seconds / 1e9, bytes / seconds / copy);
  std::fflush(stdout);
}

struct Wishes {
  std::string device = "cuda";
  std::int64_t bytes = std::int64_t{4} << 30, points = 10'000'000'000, rounds = 5;
};

Wishes wishes(int argc, char** argv) {
  Wishes w;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--device")
      w.device = value;
    else if (name == "--bytes")
      w.bytes = ts::parse_size(value, name);
    else if (name == "--points")
      w.points = static_cast<std::int64_t>(std::stod(value));
    else if (name == "--rounds")
      w.rounds = std::stoll(value);
    else
      throw ts::UsageError("there is no option " + name);
  }
  return w;
}

void run(ts::Session& session, const Wishes& wishes) {
  const auto [device, bytes, points, rounds] = wishes;
  const double copy = copy_bandwidth(device, bytes / 2, rounds);
  std::printf("| work | dtype | time | bandwidth | of a copy |\n| --- | --- | --- | --- | --- |\n");
  print("a copy", "", static_cast<double>(bytes) / copy, static_cast<double>(bytes), copy);
  for (const ts::DType type : {ts::DType::float32, ts::DType::float64}) {
    constexpr std::int64_t columns = 4096;
    const ts::Shape shape{std::max<std::int64_t>(1, bytes / ts::item_size(type) / columns), columns};
    const ts::Array x = session.persist(ts::uniform(shape, 0, 1, {.dtype = type}));
    for (const Row& row : rows())
      print(row.work, to_string(type), least(rounds, [&] { row.run(session, x); }),
            row.arrays * static_cast<double>(x.bytes()), copy);
  }
  const double pi = least(1, [&] {
    const ts::Array x = ts::uniform({points}, 0, 1, {.seed = 42, .stream = 0}),
                    y = ts::uniform({points}, 0, 1, {.seed = 42, .stream = 1});
    session.item<double>(4 * ts::mean(x * x + y * y < 1));
  });
  std::printf("\npi with %lld points: %.3g s\n", static_cast<long long>(points), pi);
  const ts::Array little = session.persist(ts::uniform({65536}));
  constexpr int calls = 200;
  const double each = least(3,
                            [&] {
                              for (int k = 0; k < calls; ++k) session.persist(little + 2);
                            }) /
                      calls;
  std::printf("an expression of 512 KiB that is known: %.3g us\n", each * 1e6);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const bench::Wishes wishes = bench::wishes(argc, argv);
  ts::Session session(argc, argv, {.device = wishes.device});
  bench::run(session, wishes);
  return 0;
} catch (const tessera::Error& error) {
  std::fprintf(stderr, "gpu_rows: %s\n", error.what());
  return tessera::exit_code(error.kind());
}
