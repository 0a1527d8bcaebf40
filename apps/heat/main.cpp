// Heat that spreads in a plate or a block: u_t = D laplace(u), by explicit steps of the 5- or 7-point stencil.
//   heat --shape 512,512 --steps 4000 --every 400 -o heat.h5 --frames frames
//   mpirun -n 4 heat --shape 256,256,256 --steps 800 -o heat.h5          # and open heat.xdmf in ParaView
// A hot disc (or ball) of 1 in a body of 0 whose edges let no heat out, so the mean stays what it was.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

#include "snapshots.hpp"

namespace ts = tessera;

struct Run {
  std::vector<std::int64_t> lengths{512, 512};
  double diffusivity = 1;  // of cells squared in a unit of time
  std::int64_t steps = 1000, every = 100, together = 16;
  std::string file, frames;
  bool force = false;

  ts::Shape shape() const {
    ts::Shape s;
    for (auto n : lengths) s.push_back(n);
    return s;
  }
  int rank() const { return static_cast<int>(lengths.size()); }
  /// Nine tenths of the longest step that is stable.
  double time_step() const { return 0.9 / (2 * rank() * diffusivity); }
};

static Run parse(int argc, char** argv) {
  Run run;
  CLI::App app("Heat that spreads in a plate (two lengths) or a block (three)", "heat");
  app.add_option("--shape", run.lengths, "cells along each axis")
      ->delimiter(',')
      ->expected(2, 3)
      ->check(CLI::PositiveNumber);
  app.add_option("--diffusivity", run.diffusivity, "of cells squared in a unit of time")->check(CLI::PositiveNumber);
  app.add_option("--steps", run.steps, "how many")->check(CLI::NonNegativeNumber);
  app.add_option("--every", run.every, "steps from one snapshot to the next")->check(CLI::PositiveNumber);
  app.add_option("--together", run.together, "steps of which a tile makes all at once, while it is in cache")
      ->check(CLI::PositiveNumber);
  app.add_option("-o,--output", run.file,
                 "an HDF5 file for snapshots (/temperature, /time), with an .xdmf beside it for ParaView");
  app.add_option("--frames", run.frames, "a folder for a PNG of each snapshot; of a block the plane in the middle");
  app.add_flag("--force", run.force, "replace the file that is there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return run;
}

// 1 within a sixth of the shortest side from the middle, 0 elsewhere.
static ts::Array hot_ball(const ts::Shape& shape) {
  ts::Array squares = ts::zeros(shape);
  double shortest = 1e300;
  for (int axis = 0; axis < shape.size(); axis++) {
    const auto n = static_cast<double>(shape[axis]);
    shortest = std::min(shortest, n);
    ts::Array x = ts::arange(0.0, n) - (n - 1) / 2;
    for (int after = axis + 1; after < shape.size(); after++) x = ts::expand_dims(x, -1);
    squares = squares + x * x;
  }
  return ts::astype(squares < shortest * shortest / 36, ts::DType::float64);
}

// u + r (sum of its 2 d neighbours - 2 d u); beyond the edges stands what stands at them.
static ts::Array step(const ts::Array& u, double r) {
  const int d = u.rank();
  std::vector<double> weights(d == 2 ? 9 : 27, 0.0);
  const std::size_t middle = weights.size() / 2;
  weights[middle] = 1 - 2 * d * r;
  for (std::size_t stride = 1; stride < weights.size(); stride *= 3)
    weights[middle - stride] = weights[middle + stride] = r;
  return ts::correlate(u, {ts::Shape::filled(d, 3), std::move(weights)}, {.mode = {"nearest"}});
}

static void snapshot(ts::Session& session, const Run& run, const ts::Array& u, std::int64_t done,
                     std::vector<double>& times) {
  const double time = static_cast<double>(done) * run.time_step();
  times.push_back(time);
  const auto [mean, hottest] = session.compute(ts::mean(u), ts::max(u));
  if (session.rank() == 0)
    std::printf("step %lld, time %.4g: mean %.9f, hottest %.6f\n", static_cast<long long>(done), time,
                mean.item<double>(), hottest.item<double>());
  if (!run.file.empty()) {
    session.compute({ts::write(ts::expand_dims(u, 0), run.file + ":/temperature", {.append_along = 0}),
                     ts::write(ts::full({1}, time), run.file + ":/time", {.append_along = 0})});
    if (session.rank() == 0) heat::describe(run.file, run.lengths, times);
  }
  if (!run.frames.empty()) {
    ts::Array plane = u.rank() == 3 ? u(u.shape()[0] / 2) : u;
    const std::int64_t thin = std::max(plane.shape()[0], plane.shape()[1]) / 1024 + 1;
    plane = plane(ts::Slice{{}, {}, thin}, ts::Slice{{}, {}, thin});
    const std::vector<double> pixels = session.values<double>(plane);
    if (session.rank() == 0) heat::write_frame(run.frames, done, pixels, plane.shape()[1]);
  }
}

int main(int argc, char** argv) try {
  const Run run = parse(argc, argv);
  ts::Session session(argc, argv);
  if (!run.file.empty() && !run.force && std::filesystem::exists(run.file)) {
    if (session.rank() == 0) std::fprintf(stderr, "heat: %s is there already; --force replaces it\n", run.file.c_str());
    return ts::exit_code(ts::ErrorKind::usage);
  }
  ts::Array u = session.persist(hot_ball(run.shape()));  // which no rank leaves before all have looked
  if (!run.file.empty() && session.rank() == 0) std::filesystem::remove(run.file);
  std::vector<double> times;  // of the snapshots
  snapshot(session, run, u, 0, times);
  double seconds = 0;  // of the steps alone
  for (std::int64_t done = 0; done < run.steps;) {
    const auto start = std::chrono::steady_clock::now();
    for (const std::int64_t next = std::min(run.steps, done + run.every); done < next;) {
      ts::Array v = u;
      const std::int64_t together = std::min(run.together, next - done);
      for (std::int64_t i = 0; i < together; i++) v = step(v, run.diffusivity * run.time_step());
      u = session.persist(v);
      done += together;
    }
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    snapshot(session, run, u, done, times);
  }
  if (session.rank() == 0 && run.steps > 0)
    std::printf("%lld steps in %.3f s: %.1f million cells a second\n", static_cast<long long>(run.steps), seconds,
                1e-6 * static_cast<double>(u.size() * run.steps) / seconds);
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "heat: %s\n", error.what());
  return ts::exit_code(error.kind());
} catch (const std::exception& error) {  // rank 0 could not describe a file, or write a frame
  std::fprintf(stderr, "heat: %s\n", error.what());
  return ts::exit_code(ts::ErrorKind::io);
}
