// A lazy expression, evaluated once. Run it alone or under mpirun.
#include <tessera/tessera.hpp>

#include <cstdio>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);                             // the ranks that mpirun started, or one alone
  ts::Array x = ts::uniform({1000, 2000}, 0, 1, {.seed = 7});  // nothing is generated yet
  ts::Array y = ts::sqrt(x) + x * x;                           // nothing is computed yet
  ts::Array rows = y.mean(1);                                  // shape (1000,)

  // One plan for both: x is generated once, and nothing of its size is ever stored.
  const auto [means, largest] = session.compute(rows, y.max());
  const std::vector<double> values = means.values<double>();
  if (session.rank() == 0)
    std::printf("first mean %.3f, %zu means, largest %.3f\n", values[0], values.size(), largest.item<double>());
}
