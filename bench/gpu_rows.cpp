// What a device makes of arrays in its memory, beside its own copies:
//   gpu_rows [--bytes 4GiB] [--points 1e10] [--rows 10000] [--rounds 5] [--device cuda] [--json FILE]
// Prints a table in Markdown. Times are the least of the rounds; "of a copy" is the bandwidth of a copy within the device, read plus
// written, over that of the row. --rows: of the matrices that are multiplied. --json: writes a line for each time, too, as bench/peers/gpu_peers.py
// prints them; bench/gpu_table.py reads both.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
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

/// Of European calls (Black and Scholes 1973) at a price of 100 and a rate of 5 %, whose stocks cost 50 to 150, in a year.
ts::Array black_scholes(const ts::Array& x) {
  const double strike = 100, rate = 0.05, volatility = 0.2;
  const ts::Array stock = x * 100 + 50;
  const ts::Array d1 = (ts::log(stock / strike) + (rate + volatility * volatility / 2)) / volatility;
  const auto below = [](const ts::Array& d) { return 0.5 + 0.5 * ts::erf(d * std::sqrt(0.5)); };
  return stock * below(d1) - below(d1 - volatility) * (strike * std::exp(-rate));
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
          {"Black–Scholes", 2, keep(black_scholes)},
          {"`exp(x) * sin(x)`", 2, keep([](const ts::Array& x) { return ts::exp(x) * ts::sin(x); })},
          {"mean over axis 0", 1, fold([](const ts::Array& x) { return ts::mean(x, {.axis = {0}}); })},
          {"mean over axis 1", 1, fold([](const ts::Array& x) { return ts::mean(x, {.axis = {1}}); })},
          {"mean of rows of 256", 1 + 1.0 / 256, keep([](const ts::Array& x) {
             return ts::mean(ts::reshape(x, {-1, 256}), {.axis = {1}});
           })},
          {"`argmax`", 1, fold([](const ts::Array& x) { return ts::argmax(x); })},
          {"`var`", 1, fold([](const ts::Array& x) { return ts::var(x); })}};
}

struct Wishes {
  std::string device = "cuda", json;
  std::int64_t bytes = std::int64_t{4} << 30, points = 10'000'000'000, rows = 10'000, rounds = 5;
};

/// The file of `--json`, if there is one: {"who": "Tessera", "seconds": [0.001], "work": "`x + 2`", "dtype": "float32"}, a line each.
class Figures {
 public:
  explicit Figures(const std::string& path) {
    if (path.empty()) return;
    file_.reset(std::fopen(path.c_str(), "w"));
    if (!file_) throw ts::IoError("cannot write " + path);
  }
  /// Names have nothing in them that JSON escapes.
  void add(const std::string& who, const std::string& work, const std::string& dtype, double seconds) {
    if (!file_) return;
    std::fprintf(file_.get(),
                 R"({"who": "%s", "seconds": [%.9g], "work": "%s", "dtype": "%s"})"
                 "\n",
                 who.c_str(), seconds, work.c_str(), dtype.c_str());
    std::fflush(file_.get());  // what there is counts, should the process be ended
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

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

/// Bytes a second that go from pinned memory to the device; 0 where it computes in the host's.
double send_bandwidth(const std::string& name, std::int64_t bytes, std::int64_t rounds) {
  const auto device = ts::make_device(name);
  const auto pinned = device->pinned_memory();
  if (!pinned) return 0;
  const std::int64_t piece = std::min(bytes, std::int64_t{256} << 20), pieces = bytes / piece;
  const ts::Buffer from(ts::MemoryPool::create(0, pinned), piece, "from"),
      to(ts::MemoryPool::create(0, device->memory()), piece, "to");
  return static_cast<double>(pieces * piece) / least(rounds, [&] {
           for (std::int64_t k = 0; k < pieces; ++k)
             device->copy({}, {piece}, 1, {from.data(), {1}}, {to.data(), {1}, device->space()});
           device->wait(ts::Stream{});
         });
}

/// What goes through the device, of an array that lies in the host's memory.
void print_streamed(ts::Session& session, const Wishes& wishes, Figures& figures) {
  const double sending = send_bandwidth(wishes.device, wishes.bytes, wishes.rounds);
  const std::int64_t n = wishes.bytes / 4;
  const std::vector<float> here(static_cast<std::size_t>(n), 1.5F);
  const ts::Array x = session.from_local(here.data(), {n}, ts::Box::whole({n}));
  const double seconds =
      least(wishes.rounds, [&] { session.item<double>(ts::sum(x * 2, {.dtype = ts::DType::float64})); });
  const double speed = static_cast<double>(n) * 4 / seconds;
  figures.add("Tessera", "`sum(x * 2)` of the host's memory", "float32", seconds);
  if (sending > 0)
    figures.add("sending pinned memory", "`sum(x * 2)` of the host's memory", "float32",
                static_cast<double>(n) * 4 / sending);
  std::printf("\n`sum(x * 2)` of float32 in the host's memory: %.3g ms, %.4g GB/s", seconds * 1e3, speed / 1e9);
  if (sending > 0) std::printf(", of %.4g GB/s that pinned memory is sent at %.2f", sending / 1e9, speed / sending);
  std::printf("\n");
}

/// Each dtype in a session of its own, as it reads TESSERA_TF32 when it begins.
void print_products(const Wishes& wishes, Figures& figures) {
  struct Case {
    const char *name, *tf32;
    ts::DType type;
  };
  for (const auto& [name, tf32, type] :
       {Case{"float32", "0", ts::DType::float32}, Case{"TF32", "1", ts::DType::float32},
        Case{"float64", "0", ts::DType::float64}}) {
    setenv("TESSERA_TF32", tf32, 1);
    ts::Session session({.device = wishes.device});
    const std::int64_t n = wishes.rows;
    const ts::Array a = session.persist(ts::uniform({n, n}, -1, 1, {.seed = 1, .dtype = type})),
                    b = session.persist(ts::uniform({n, n}, -1, 1, {.seed = 2, .dtype = type}));
    const double seconds = least(wishes.rounds, [&] { session.persist(ts::matmul(a, b)); });
    figures.add("Tessera", "matmul", name, seconds);
    const double operations = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
    std::printf("matmul of %lld rows, %s: %.3g ms, %.4g TFLOP/s\n", static_cast<long long>(n), name, seconds * 1e3,
                operations / seconds / 1e12);
    std::fflush(stdout);
  }
}

void print(const std::string& work, const std::string& dtype, double seconds, double bytes, double copy) {
  std::printf("| %s | %s | %.3g ms | %.4g GB/s | %.2f |\n", work.c_str(), dtype.c_str(), seconds * 1e3,
              bytes / seconds / 1e9, bytes / seconds / copy);
  std::fflush(stdout);
}

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
    else if (name == "--rows")
      w.rows = std::stoll(value);
    else if (name == "--json")
      w.json = value;
    else if (name == "--rounds")
      w.rounds = std::stoll(value);
    else
      throw ts::UsageError("there is no option " + name);
  }
  return w;
}

void run(ts::Session& session, const Wishes& wishes, Figures& figures) {
  const std::int64_t bytes = wishes.bytes, points = wishes.points, rounds = wishes.rounds;
  const double copy = copy_bandwidth(wishes.device, bytes / 2, rounds);
  std::printf("| work | dtype | time | bandwidth | of a copy |\n| --- | --- | --- | --- | --- |\n");
  print("a copy", "", static_cast<double>(bytes) / copy, static_cast<double>(bytes), copy);
  for (const ts::DType type : {ts::DType::float32, ts::DType::float64}) {
    constexpr std::int64_t columns = 4096;
    const ts::Shape shape{std::max<std::int64_t>(1, bytes / ts::item_size(type) / columns), columns};
    const ts::Array x = session.persist(ts::uniform(shape, 0, 1, {.dtype = type}));
    for (const Row& row : rows()) {
      const double seconds = least(rounds, [&] { row.run(session, x); }),
                   moved = row.arrays * static_cast<double>(x.bytes());
      print(row.work, to_string(type), seconds, moved, copy);
      figures.add("Tessera", row.work, to_string(type), seconds);
      figures.add("a copy of as many bytes", row.work, to_string(type), moved / copy);
    }
  }
  const double pi = least(1, [&] {
    const ts::Array x = ts::uniform({points}, 0, 1, {.seed = 42, .stream = 0}),
                    y = ts::uniform({points}, 0, 1, {.seed = 42, .stream = 1});
    session.item<double>(4 * ts::mean(x * x + y * y < 1));
  });
  std::printf("\npi with %lld points: %.3g s\n", static_cast<long long>(points), pi);
  figures.add("Tessera", "pi", "float64", pi);
  print_streamed(session, wishes, figures);
  const ts::Array little = session.persist(ts::uniform({65536}));
  constexpr int calls = 200;
  const double each = least(3,
                            [&] {
                              for (int k = 0; k < calls; ++k) session.persist(little + 2);
                            }) /
                      calls;
  figures.add("Tessera", "a known expression of 512 KiB", "float64", each);
  std::printf("an expression of 512 KiB that is known: %.3g us\n", each * 1e6);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const bench::Wishes wishes = bench::wishes(argc, argv);
  bench::Figures figures(wishes.json);
  {
    ts::Session session(argc, argv, {.device = wishes.device});
    bench::run(session, wishes, figures);
  }
  bench::print_products(wishes, figures);
  return 0;
} catch (const tessera::Error& error) {
  std::fprintf(stderr, "gpu_rows: %s\n", error.what());
  return tessera::exit_code(error.kind());
}
