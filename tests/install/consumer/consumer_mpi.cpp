// An MPI program outside of Tessera's tree, which brings its own communicator.
#include <mpi.h>

#include <cstdio>
#include <tessera/mpi.hpp>
#include <tessera/tessera.hpp>

namespace ts = tessera;

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  double mean = 0;
  {
    ts::Session session(ts::mpi_communicator(MPI_COMM_WORLD));
    mean = session.item<double>(ts::mean(ts::arange(10)));
    if (session.rank() == 0) std::printf("mean %.1f on %d ranks\n", mean, session.size());
  }
  MPI_Finalize();
  return mean == 4.5 ? 0 : 1;
}
