// Images, batch by batch: blurred, filtered by a 3 x 3 kernel, and brought to mean 0 and deviation 1 each.
//   imageproc stack.h5:/images -o out.h5:/images --sigma 1.5 --kernel edges
//   mpirun -n 4 imageproc folder_of_pngs -o out.npy
// While one batch is normalised and written, the next one is read and filtered: one call does both, tile by tile.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <tessera/tessera.hpp>

#include <CLI/CLI.hpp>

#include "stack.hpp"

namespace ts = tessera;

struct Run {
  std::string source, target, kernel = "sharpen";
  double sigma = 1;
  std::int64_t batch = 64;
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
  app.add_option("--batch", run.batch, "images in memory at a time")->check(CLI::PositiveNumber);
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

// Each to mean 0 and deviation 1; one of equal pixels to 0.
static ts::Array normalised(const ts::Array& y) {
  const ts::ReduceOptions of_each{.axis = {1, 2}, .keepdims = true};
  const ts::Array deviation = ts::std(y, of_each);
  return (y - ts::mean(y, of_each)) / ts::where(deviation > 0, deviation, 1.0);
}

// One call a batch: the filtered one goes to its file, and the next is filtered into memory.
static void work(ts::Session& session, const Run& run, imageproc::Stack& stack) {
  const std::int64_t n = stack.shape()[0];
  std::optional<ts::Array> ready;
  for (std::int64_t at = 0; at < n || ready; at += run.batch) {
    std::vector<ts::Sink> sinks;
    if (at < n) sinks.push_back(ts::persist(filtered(run, stack.batch(at, std::min(n, at + run.batch)))));
    if (ready) sinks.push_back(ts::write(run.normalise ? normalised(*ready) : *ready, run.target, {.append_along = 0}));
    const std::vector<ts::Result> done = session.compute(sinks);
    ready = at < n ? std::optional(done[0].array()) : std::nullopt;
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
