// The covariance of the columns of a table that need not fit in memory, and the direction in which the rows vary most.
#include <tessera/tessera.hpp>

#include <cmath>
#include <cstdio>
#include <string>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  const std::string table = std::string(argv[1]) + "/table.npy";
  ts::Array noise = ts::uniform({20000, 3}, -1, 1, {.seed = 1}), t = ts::uniform({20000, 1}, -5, 5, {.seed = 2});
  session.compute(ts::write(ts::concat({t, t * 2.0, t * 0.5}, 1) + noise, table), {.force = true});

  ts::Array x = session.open(table);
  ts::Array centred = x - ts::mean(x, {.axis = 0, .keepdims = true});  // made of the file, panel by panel
  ts::Array covariance = session.persist(ts::matmul(centred.T(), centred) / static_cast<double>(x.shape()[0] - 1));

  // Power iteration: each step makes the vector point more to where the covariance is largest.
  ts::Array v = ts::ones({3});
  for (int step = 0; step < 20; step++) {
    v = ts::matmul(covariance, v);
    v = session.persist(v / ts::norm(v));
  }
  const auto way = session.values<double>(v);
  if (session.rank() == 0) std::printf("along (%.2f, %.2f, %.2f)\n", way[0], way[1], way[2]);
  return std::abs(way[1] / way[0] - 2) < 0.05 ? 0 : 1;
}
