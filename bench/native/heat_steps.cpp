#include "heat_steps.hpp"

#include <mpi.h>

#include <algorithm>
#include <vector>

namespace bench {
namespace {

void rows(const double* u, double* v, long first, long last, long columns, double r) {
#pragma omp parallel for schedule(static)
  for (long i = first; i < last; i++) {
    const double *above = u + (i - 1) * columns, *here = u + i * columns, *below = u + (i + 1) * columns;
    double* to = v + i * columns;
    const auto at = [&](long j, long left, long right) {
      to[j] = (1 - 4 * r) * here[j] + r * (above[j] + here[left] + here[right] + below[j]);
    };
    at(0, 0, std::min(1L, columns - 1));
    for (long j = 1; j < columns - 1; j++) at(j, j - 1, j + 1);
    at(columns - 1, std::max(0L, columns - 2), columns - 1);
  }
}

}  // namespace

double heat_steps(long n, int steps, double r) {
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const long begin = n * rank / size, count = n * (rank + 1) / size - begin;
  std::vector<double> u(static_cast<std::size_t>((count + 2) * n)), v(u.size());
  const double radius = static_cast<double>(n) / 6;
  for (long i = 0; i < count; i++)
    for (long j = 0; j < n; j++) {
      const double y = static_cast<double>(begin + i) - static_cast<double>(n - 1) / 2;
      const double x = static_cast<double>(j) - static_cast<double>(n - 1) / 2;
      u[static_cast<std::size_t>((i + 1) * n + j)] = y * y + x * x < radius * radius;
    }
  const int up = rank > 0 ? rank - 1 : MPI_PROC_NULL, down = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
  const int row = static_cast<int>(n);
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int step = 0; step < steps; step++) {
    double *top = u.data(), *bottom = u.data() + (count + 1) * n;
    MPI_Request requests[4];
    MPI_Irecv(top, row, MPI_DOUBLE, up, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(bottom, row, MPI_DOUBLE, down, 1, MPI_COMM_WORLD, &requests[1]);
    MPI_Isend(top + n, row, MPI_DOUBLE, up, 1, MPI_COMM_WORLD, &requests[2]);
    MPI_Isend(bottom - n, row, MPI_DOUBLE, down, 0, MPI_COMM_WORLD, &requests[3]);
    rows(u.data(), v.data(), 2, count, n, r);
    MPI_Waitall(4, requests, MPI_STATUSES_IGNORE);
    if (rank == 0) std::copy(top + n, top + 2 * n, top);
    if (rank == size - 1) std::copy(bottom - n, bottom, bottom);
    rows(u.data(), v.data(), 1, std::min(2L, count + 1), n, r);
    if (count > 1) rows(u.data(), v.data(), count, count + 1, n, r);
    u.swap(v);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  return MPI_Wtime() - start;
}

}  // namespace bench
