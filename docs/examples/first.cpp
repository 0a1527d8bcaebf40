// A lazy expression, evaluated once. Run it alone or under mpirun.
#include <tessera/tessera.hpp>

#include <cstdio>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);                             // the ranks that mpirun started, or one alone
  ts::Array x = ts::uniform({1000, 2000}, 0, 1, {.seed = 7});  // nothing is generated yet
  ts::Array y = ts::sqrt(x) + x * x;                           // nothing is computed yet
  ts::Array rows = ts::mean(y, {.axis = {1}});                 // shape (1000,)

  // One plan for both: x is generated once, and nothing of its size is ever stored.
  auto results = session.compute(ts::gather(rows), ts::gather(ts::max(y)));
  const std::vector<double> means = results[0].values<double>();
  const double largest = results[1].item<double>();
  if (session.rank() == 0) std::printf("first mean %.3f, %zu means, largest %.3f\n", means[0], means.size(), largest);
}
