// A loop: the state stays in memory, spread over the ranks; the plan is made once and used again.
#include <tessera/tessera.hpp>

#include <cstdio>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  ts::Array u = session.persist(ts::uniform({1000000}, 0, 1, {.seed = 3}));
  for (int step = 0; step < 100; step++) {
    u = session.persist(u * 0.99 + 0.01);  // the old state is freed when its last handle goes
    if (step % 25 == 0) {
      const double energy = session.item<double>(ts::mean(u * u));
      if (session.rank() == 0) std::printf("step %d: energy %.6f\n", step, energy);
    }
  }
  if (session.rank() == 0)
    std::printf("the plan was cached: %s\n", session.statistics().plan_was_cached ? "yes" : "no");
}
