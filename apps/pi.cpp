// Monte Carlo pi: of random points in a square, the share inside the quarter circle is pi/4.
//   pi 1000000000        mpirun -n 4 pi 1e12
// Nothing is ever stored: points are generated, compared and counted in registers, so any number of them fits.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <tessera/tessera.hpp>

namespace ts = tessera;

int main(int argc, char** argv) try {
  ts::Session session(argc, argv);
  const auto n = static_cast<std::int64_t>(argc > 1 ? std::atof(argv[1]) : 1e9);
  const auto start = std::chrono::steady_clock::now();

  ts::Array x = ts::uniform({n}, 0, 1, {.seed = 42, .stream = 0});  // lazy: no number is drawn yet
  ts::Array y = ts::uniform({n}, 0, 1, {.seed = 42, .stream = 1});
  const double pi = session.item<double>(4 * ts::mean(x * x + y * y < 1));

  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (session.rank() == 0)
    std::printf("pi = %.10f from %lld points, off by %.1e, in %.2f s\n", pi, static_cast<long long>(n),
                std::abs(pi - std::numbers::pi), seconds.count());
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "pi: %s\n", error.what());
  return ts::exit_code(error.kind());
}
