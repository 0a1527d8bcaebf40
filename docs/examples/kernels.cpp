// Functions of one's own in CUDA C++ beside C++: a GPU takes the one, the CPU the other.
#include <tessera/tessera.hpp>

#include <cmath>
#include <cstdio>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  ts::Array x = ts::uniform({4000, 1000}, -1, 1, {.seed = 1, .chunks = {500, 1000}});

  // Of elements, as CuPy's ElementwiseKernel and numba.vectorize have it.
  const auto soft = [](double a, double t) { return std::copysign(std::fmax(std::fabs(a) - t, 0.0), a); };
  ts::Array small = ts::map(soft, {x, ts::full({}, 0.5)}, {.name = "soft", .cuda = R"(
__device__ double soft(double a, double t) { return copysign(fmax(fabs(a) - t, 0.0), a); }
)"});

  // Of chunks, as RawKernel and numba.cuda.jit have it: a block of threads for each row.
  const auto norms = [](ts::BlockView<const double> rows, ts::BlockView<double> out) {
    for (std::int64_t i = 0; i < rows.extent(0); i++) {
      double sum = 0;
      for (std::int64_t j = 0; j < rows.extent(1); j++) sum += rows(i, j) * rows(i, j);
      out[i] = std::sqrt(sum);
    }
  };
  ts::Array lengths = ts::map_blocks(norms, small,
                                     {.name = "norms",
                                      .drop_axis = {1},
                                      .cuda = R"(
extern "C" __global__ void norms(BlockView<const double> rows, BlockView<double> out) {
  __shared__ double lanes[256];
  const int t = threadIdx.x;
  lanes[t] = 0;
  for (long long j = t; j < rows.extent(1); j += 256) lanes[t] += rows(blockIdx.x, j) * rows(blockIdx.x, j);
  for (int step = 128; step > 0; step /= 2) {
    __syncthreads();
    if (t < step) lanes[t] += lanes[t + step];
  }
  if (t == 0) out[blockIdx.x] = sqrt(lanes[0]);
}
)",
                                      .cuda_grid = [](const ts::Shape& made) {
                                        return ts::CudaGrid{.blocks = {made[0], 1, 1}};
                                      }});

  const double longest = session.compute(ts::max(lengths)).item<double>();
  if (session.rank() == 0) std::printf("the longest row is %.6f\n", longest);
}
