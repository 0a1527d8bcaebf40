// Images, batch by batch: blurred, filtered by a 3 x 3 kernel, and brought to mean 0 and deviation 1 each.
//   imageproc stack.h5:/images -o out.h5:/images --sigma 1.5 --kernel edges
//   mpirun -n 4 imageproc folder_of_pngs -o out.npy
// One call of compute reads, filters, normalises and writes, image by image: workers do it side by side, and nothing but the
// images in work is in memory. PNG files are decoded batch by batch, the next one while one is computed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <numeric>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

#include "stack.hpp"

namespace ts = tessera;

struct Run {
  std::string source, target, kernel = "sharpen";
  double sigma = 1;
  std::int64_t batch = 0;
  bool normalise = true, force = false;
};

static const std::map<std::string, std::vector<double>> kernels{
    {"none", {}},
    {"sharpen", {0, -1, 0, -1, 5, -1, 0, -1, 0}},
    {"edges", {-1, -1, -1, -1, 8, -1, -1, -1, -1}},
    {"emboss", {-2, -1, 0, -1, 1, 1, 0, 1, 2}},
};

static Run parse(int argc, char** argv) {
  Run run;
  CLI::App app("Filters a stack of images of one size", "imageproc");
  app.add_option("source", run.source,
                 "stack.h5:/images or stack.npy of shape (images, rows, columns), or a folder of PNG files")
      ->required();
  app.add_option("-o,--output", run.target, "out.h5:/images or out.npy, of float32")->required();
  app.add_option("--sigma", run.sigma, "of the Gaussian, in pixels; 0: none")->check(CLI::Range(0.0, 1000.0));
  app.add_option("--kernel", run.kernel, "what comes after it")->check(CLI::IsMember(kernels));
  app.add_flag("!--no-normalise", run.normalise, "leave mean and deviation as they are");
  app.add_option("--batch", run.batch, "images of one call; 0: all of a dataset, 64 PNG files")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--force", run.force, "replace the file that is there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return run;
}

static ts::Array filtered(const Run& run, const ts::Array& images) {
  ts::Array y = ts::gaussian_filter(ts::astype(images, ts::DType::float32), {0, run.sigma, run.sigma});
  if (const auto& weights = kernels.at(run.kernel); !weights.empty()) y = ts::correlate(y, {{1, 3, 3}, weights});
  return y;
}

// An image to mean 0 and deviation 1; one of equal pixels to 0, because all is counted from the first one. Sums of columns,
// which lie side by side, then of these.
static void normalise(ts::BlockView<const float> image, ts::BlockView<float> out) {
  const std::int64_t rows = image.extent(1), columns = image.extent(2);
  std::vector<double> sums(static_cast<std::size_t>(columns)), squares(sums);
  const auto mean_of = [&](const std::vector<double>& of_columns) {
    return std::accumulate(of_columns.begin(), of_columns.end(), 0.0) / static_cast<double>(rows * columns);
  };
  const float* const pixels = image.elements().data();
  const double origin = pixels[0];
  for (std::int64_t i = 0; i < rows; i++)
    for (std::int64_t j = 0; j < columns; j++) sums[static_cast<std::size_t>(j)] += pixels[i * columns + j] - origin;
  const double mean = origin + mean_of(sums);
  for (std::int64_t i = 0; i < rows; i++)
    for (std::int64_t j = 0; j < columns; j++) {
      const double difference = pixels[i * columns + j] - mean;
      squares[static_cast<std::size_t>(j)] += difference * difference;
    }
  const double deviation = std::sqrt(mean_of(squares)), scale = deviation > 0 ? 1 / deviation : 1;
  float* const to = out.elements().data();
  for (std::int64_t k = 0; k < rows * columns; k++) to[k] = static_cast<float>((pixels[k] - mean) * scale);
}

static void work(ts::Session& session, const Run& run, imageproc::Stack& stack) {
  const std::int64_t n = stack.shape()[0], batch = run.batch > 0 ? run.batch : stack.default_batch();
  for (std::int64_t at = 0; at < n; at += batch) {
    const ts::Array images = ts::rechunk(stack.batch(at, std::min(n, at + batch)), {1, -1, -1});  // a chunk each
    ts::Array y = filtered(run, images);
    if (run.normalise) y = ts::map_blocks(normalise, y, {.name = "normalise"});
    session.compute(ts::write(y, run.target, {.append_along = 0}));
  }
}

int main(int argc, char** argv) try {
  const Run run = parse(argc, argv);
  ts::Session session(argc, argv);
  const auto start = std::chrono::steady_clock::now();
  const std::string file = run.target.substr(0, run.target.find(":/"));
  const bool exists = std::filesystem::exists(file);
  if (exists && !run.force) {
    if (session.rank() == 0)
      std::fprintf(stderr, "imageproc: %s is there already; --force replaces it\n", file.c_str());
    return ts::exit_code(ts::ErrorKind::usage);
  }
  const auto stack = imageproc::open_stack(session, run.source);  // which no rank leaves before all have looked
  if (exists && session.rank() == 0) std::filesystem::remove(file);
  work(session, run, *stack);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const ts::Shape shape = stack->shape();
  if (session.rank() == 0)
    std::printf("%lld images of %lld x %lld in %.2f s: %.1f images/s\n", static_cast<long long>(shape[0]),
                static_cast<long long>(shape[1]), static_cast<long long>(shape[2]), seconds,
                static_cast<double>(shape[0]) / seconds);
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "imageproc: %s\n", error.what());
  return ts::exit_code(error.kind());
} catch (const std::exception& error) {
  std::fprintf(stderr, "imageproc: %s\n", error.what());
  return ts::exit_code(ts::ErrorKind::io);
}
