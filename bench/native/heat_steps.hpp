#pragma once
// What apps/heat computes, by hand: 5-point steps of an n by n plate, its rows over MPI's ranks and OpenMP's threads; the rows inside
// are computed while the edges are under way.
namespace bench {

/// returns: seconds that `steps` steps took. Collective, of MPI's world.
double heat_steps(long n, int steps, double r);

}  // namespace bench
