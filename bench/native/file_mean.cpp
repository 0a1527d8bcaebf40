// The mean over axis 0 of sqrt(x) + x*x, x a chunked float64 dataset of three dimensions without filters, as somebody writes it who
// wants it fast: HDF5 says where the chunks lie, two threads (OMP_NUM_THREADS) read them in pieces that fit the cache and add them up.
//
//   file_mean FILE DATASET      one line of JSON on stdout: {"figures": {"mean": ...}}
#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using Place = std::array<hsize_t, 3>;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "file_mean: %s\n", what);
  std::exit(1);
}

struct File {
  int descriptor = -1;
  Place shape{}, chunk{}, grid{};
  std::vector<haddr_t> address;  // of each chunk, in row-major order of the grid

  File(const char* path, const char* dataset) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), x = H5Dopen2(file, dataset, H5P_DEFAULT);
    if (file < 0 || x < 0) fail("no such dataset");
    const hid_t space = H5Dget_space(x), layout = H5Dget_create_plist(x);
    if (H5Sget_simple_extent_ndims(space) != 3 || H5Pget_layout(layout) != H5D_CHUNKED || H5Pget_nfilters(layout) != 0)
      fail("wants three dimensions, chunks and no filters");
    H5Sget_simple_extent_dims(space, shape.data(), nullptr);
    H5Pget_chunk(layout, 3, chunk.data());
    for (std::size_t a = 0; a < 3; ++a) grid[a] = (shape[a] + chunk[a] - 1) / chunk[a];
    address.resize(grid[0] * grid[1] * grid[2]);
    for (hsize_t i = 0; i < address.size(); ++i) {
      Place at{};
      unsigned filters = 0;
      haddr_t where = HADDR_UNDEF;
      hsize_t bytes = 0;
      if (H5Dget_chunk_info(x, space, i, at.data(), &filters, &where, &bytes) < 0) fail("a chunk is missing");
      address[((at[0] / chunk[0]) * grid[1] + at[1] / chunk[1]) * grid[2] + at[2] / chunk[2]] = where;
    }
    H5Pclose(layout), H5Sclose(space), H5Dclose(x), H5Fclose(file);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("can't open");
  }
};

// All chunks over one another along axis 0, in pieces of an index of axis 0 and as many rows as make 256 KiB.
void add_column(const File& file, hsize_t j, hsize_t k, std::vector<double>& buffer, std::vector<double>& sums) {
  const hsize_t plane = file.chunk[1] * file.chunk[2],
                rows = std::clamp<hsize_t>(32768 / file.chunk[2], 1, file.chunk[1]);
  sums.assign(plane, 0.0);
  for (hsize_t row = 0; row < file.chunk[1]; row += rows) {
    const hsize_t first = row * file.chunk[2], count = std::min(rows, file.chunk[1] - row) * file.chunk[2];
    for (hsize_t t = 0; t < file.shape[0]; ++t) {
      const haddr_t chunk = file.address[((t / file.chunk[0]) * file.grid[1] + j) * file.grid[2] + k];
      const hsize_t at = chunk + (t % file.chunk[0] * plane + first) * sizeof(double);
      if (pread(file.descriptor, buffer.data(), count * sizeof(double), static_cast<off_t>(at)) !=
          static_cast<ssize_t>(count * sizeof(double)))
        fail("a short read");
      double* const sum = sums.data() + first;
      const double* const x = buffer.data();
      for (hsize_t i = 0; i < count; ++i) sum[i] += std::sqrt(x[i]) + x[i] * x[i];
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("file_mean FILE DATASET");
  const File file(argv[1], argv[2]);
  std::vector<double> mean(file.shape[1] * file.shape[2]);
#pragma omp parallel
  {
    std::vector<double> buffer(std::max<hsize_t>(32768, file.chunk[2])), sums;
#pragma omp for collapse(2) schedule(dynamic)
    for (hsize_t j = 0; j < file.grid[1]; ++j)
      for (hsize_t k = 0; k < file.grid[2]; ++k) {
        add_column(file, j, k, buffer, sums);
        for (hsize_t y = 0; y < std::min(file.chunk[1], file.shape[1] - j * file.chunk[1]); ++y)
          for (hsize_t z = 0; z < std::min(file.chunk[2], file.shape[2] - k * file.chunk[2]); ++z)
            mean[(j * file.chunk[1] + y) * file.shape[2] + k * file.chunk[2] + z] =
                sums[y * file.chunk[2] + z] / static_cast<double>(file.shape[0]);
      }
  }
  double whole = 0;
  for (const double m : mean) whole += m;
  std::printf("{\"figures\": {\"mean\": %.17g}}\n", whole / static_cast<double>(mean.size()));
}
