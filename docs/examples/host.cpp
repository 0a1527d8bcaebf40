// Inside an MPI code: its communicator, its memory (with a ghost layer), its error handling.
#include <mpi.h>

#include <tessera/mpi.hpp>
#include <tessera/tessera.hpp>

#include <cstdio>
#include <vector>

namespace ts = tessera;
using namespace tessera::literals;

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  {
    // Each rank owns 40 rows of a global field, inside a local array with one ghost cell all around.
    constexpr std::int64_t rows = 40, columns = 60, pitch = columns + 2;
    std::vector<double> local((rows + 2) * pitch, rank + 1.0);

    ts::Session session(ts::mpi_communicator(MPI_COMM_WORLD), {.memory = 256_MiB});
    const ts::Box block{{rank * rows, 0}, {rows, columns}};
    ts::Array u = session.from_local(&local[pitch + 1], {rows * size, columns}, block, {pitch * 8, 8});  // no copy

    const double mean_square = session.item<double>(ts::mean(u * u));
    session.compute_into(u * 0.5, &local[pitch + 1], block, {pitch * 8, 8});  // back into the host's memory
    try {
      session.compute(ts::sum(u) / ts::mean(session.open("missing.h5:/x")));
    } catch (const ts::IoError& e) {  // the same on every rank
      if (rank == 0) std::printf("as expected: %s\n", e.what());
    }
    if (rank == 0) std::printf("mean square %.3f, halved %.3f\n", mean_square, local[pitch + 1]);
  }
  MPI_Finalize();
}
