// C = A B by ScaLAPACK, as its users call it: matrices in square blocks, dealt out to a grid of ranks. Prints what `measure` prints.
//   mpirun -n 2 pdgemm 8192 3        two ranks, 8192 x 8192, three rounds
#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" {
void Cblacs_get(int context, int what, int* value);
void Cblacs_gridinit(int* context, const char* order, int rows, int columns);
void Cblacs_gridinfo(int context, int* rows, int* columns, int* row, int* column);
int numroc_(const int* n, const int* block, const int* me, const int* first, const int* parts);
void descinit_(int* description, const int* m, const int* n, const int* block_rows, const int* block_columns,
               const int* first_row, const int* first_column, const int* context, const int* leading, int* info);
void pdgemm_(const char* transposed_a, const char* transposed_b, const int* m, const int* n, const int* k,
             const double* alpha, const double* a, const int* row_a, const int* column_a, const int* description_a,
             const double* b, const int* row_b, const int* column_b, const int* description_b, const double* beta,
             double* c, const int* row_c, const int* column_c, const int* description_c);
}

namespace {

/// The first of two factors of `ranks` that are as alike as can be, the smaller one.
int rows_of_grid(int ranks) {
  int rows = 1;
  for (int r = 1; r * r <= ranks; ++r)
    if (ranks % r == 0) rows = r;
  return rows;
}

/// Uniform in [0, 1), as a linear congruential generator makes them.
std::vector<double> random_numbers(std::size_t n, unsigned long long seed) {
  std::vector<double> x(n);
  for (double& v : x) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    v = static_cast<double>(seed >> 11U) * 0x1p-53;
  }
  return x;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const int n = argc > 1 ? std::atoi(argv[1]) : 8192, rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  const int block = argc > 3 ? std::atoi(argv[3]) : 256;
  int rank = 0, ranks = 1, context = 0, rows = 0, columns = 0, row = 0, column = 0, info = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  Cblacs_get(-1, 0, &context);
  Cblacs_gridinit(&context, "Row-major", rows_of_grid(ranks), ranks / rows_of_grid(ranks));
  Cblacs_gridinfo(context, &rows, &columns, &row, &column);

  const int zero = 0, one = 1;
  const int m_here = numroc_(&n, &block, &row, &zero, &rows), n_here = numroc_(&n, &block, &column, &zero, &columns);
  int description[9];
  descinit_(description, &n, &n, &block, &block, &zero, &zero, &context, &m_here, &info);
  const auto size = static_cast<std::size_t>(m_here) * static_cast<std::size_t>(n_here);
  const auto seed = static_cast<unsigned long long>(rank);
  const std::vector<double> a = random_numbers(size, 2 * seed + 1), b = random_numbers(size, 2 * seed + 2);
  std::vector<double> c(size), seconds;
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    const double alpha = 1, beta = 0;
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    pdgemm_("N", "N", &n, &n, &n, &alpha, a.data(), &one, &one, description, b.data(), &one, &one, description, &beta,
            c.data(), &one, &one, description);
    MPI_Barrier(MPI_COMM_WORLD);
    if (round >= 0) seconds.push_back(MPI_Wtime() - start);
  }
  double sum = 0, all = 0;
  for (const double v : c) sum += v;
  MPI_Reduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  const bool wrong = rank == 0 && std::abs(all / n / n / n - 0.25) > 0.01;
  if (wrong) std::fprintf(stderr, "pdgemm: the mean is wrong\n");
  if (rank == 0 && !wrong) {
    std::printf("{\"who\": \"ScaLAPACK\", \"seconds\": [");
    for (std::size_t i = 0; i < seconds.size(); ++i) std::printf("%s%.9g", i == 0 ? "" : ", ", seconds[i]);
    std::printf("]}\n");
  }
  MPI_Finalize();
  return wrong ? 1 : 0;
}
