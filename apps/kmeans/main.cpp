// k-means by Lloyd's algorithm, of points in a file that need not fit in memory.
//   kmeans points.h5:/x --clusters 32 -o clusters.h5          mpirun -n 2 kmeans points.h5:/x --clusters 32 --memory 256M
// The points, a row each, are walked in batches: a function of the application's own finds the nearest centre of each point of
// a batch and sums up what the next centres are made of, and a reduction adds the sums of all batches. So an iteration is one
// expression and one walk over the file. The bits are the same for any number of ranks and threads.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

#include "nearest.hpp"
#include "starts.hpp"

namespace ts = tessera;

struct Run {
  std::string points, starts, init = "k-means++", output, memory = "2G";
  std::int64_t clusters = 8, iterations = 10, batch = 1 << 14, seed = 0;
  int threads = 0;
  bool force = false;
};

static Run parse(int argc, char** argv) {
  Run run;
  CLI::App app("Clusters of points by k-means (Lloyd)", "kmeans");
  app.add_option("points", run.points, "an array of (points, coordinates), as file.h5:/name")->required();
  app.add_option("--clusters", run.clusters, "how many")->check(CLI::PositiveNumber);
  app.add_option("--iterations", run.iterations, "at most")->check(CLI::PositiveNumber);
  app.add_option("--starts", run.starts,
                 "the first centres, an array of (clusters, coordinates); else some of the points");
  app.add_option("--init", run.init,
                 "how these are chosen: k-means++ (of 64 points a cluster, drawn at random) or random")
      ->check(CLI::IsMember({"k-means++", "random"}));
  app.add_option("--seed", run.seed, "of what is random")->check(CLI::NonNegativeNumber);
  app.add_option("--batch", run.batch, "points that a thread sums up at a time")->check(CLI::PositiveNumber);
  app.add_option("--memory", run.memory, "budget of each rank");
  app.add_option("--threads", run.threads, "of each rank")->check(CLI::NonNegativeNumber);
  app.add_option("-o,--output", run.output, "an HDF5 file for /centres and /labels");
  app.add_flag("--force", run.force, "replace the file that is there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return run;
}

// What a block of points says of the next centres, a row each: the sum of the points that are nearest to it, their number,
// and the sum of the squares of their distances.
static void gather(ts::BlockView<const double> points, ts::BlockView<const double> centres, ts::BlockView<double> out) {
  const std::int64_t n = points.extent(0), coordinates = points.extent(2);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(n));
  std::vector<double> squares(static_cast<std::size_t>(n));
  kmeans::find_nearest(points, centres, labels.data(), squares.data());
  for (std::int64_t i = 0; i < n; i++) {
    const std::int64_t label = labels[static_cast<std::size_t>(i)];
    for (std::int64_t j = 0; j < coordinates; j++) out(0, label, j) += points(i, 0, j);
    out(0, label, coordinates) += 1;
    out(0, label, coordinates + 1) += squares[static_cast<std::size_t>(i)];
  }
}

static void label(ts::BlockView<const double> points, ts::BlockView<const double> centres,
                  ts::BlockView<std::int32_t> out) {
  std::vector<double> squares(static_cast<std::size_t>(points.extent(0)));
  kmeans::find_nearest(points, centres, out.data(), squares.data());
}

class Lloyd {
 public:
  Lloyd(ts::Session& session, const Run& run)
      : session_(session),
        run_(run),
        points_(session.open(run.points)),
        dimensions_(points_.rank() == 2 ? points_.shape()[1] : 0) {
    if (points_.rank() != 2 || points_.shape()[0] < run.clusters || dimensions_ == 0)
      throw ts::ShapeError("points of shape " + ts::to_string(points_.shape()) + "; rows for " +
                           std::to_string(run.clusters) + " clusters at least are needed");
    centres_ = run.starts.empty() ? chosen_starts() : given_starts();
    points_ = ts::rechunk(points_, {run.batch, -1});
    if (points() * dimensions_ * 8 / session.size() <= ts::parse_size(run.memory, "--memory") / 2)
      points_ = session.persist(as_numbers(points_));
  }

  ts::Array centres() const { return ts::array(centres_, {run_.clusters, dimensions_}); }
  std::int64_t points() const { return points_.shape()[0]; }

  /// Moves each centre to the mean of the points that are nearest to it; one that has none stays. returns: the sum of the
  /// squared distances from the points to the centres as they were.
  double iterate() {
    const ts::Array of_batches = ts::map_blocks(
        gather, operands(), {.name = "sums by centre", .chunks = {{1}, {run_.clusters}, {dimensions_ + 2}}});
    const std::vector<double> sums = session_.values<double>(ts::sum(of_batches, {.axis = 0}));
    double inertia = 0;
    for (std::int64_t k = 0; k < run_.clusters; k++) {
      const double* const of_centre = sums.data() + k * (dimensions_ + 2);
      inertia += of_centre[dimensions_ + 1];
      for (std::int64_t j = 0; j < dimensions_ && of_centre[dimensions_] > 0; j++)
        centres_[static_cast<std::size_t>(k * dimensions_ + j)] = of_centre[j] / of_centre[dimensions_];
    }
    return inertia;
  }

  /// The centres, and for each point the number of the nearest one.
  void write(const std::string& file) {
    const ts::Array labels = ts::map_blocks(label, operands(), {.name = "nearest centre", .drop_axis = {1, 2}});
    session_.compute({ts::write(centres(), file + ":/centres"), ts::write(labels, file + ":/labels")},
                     {.force = run_.force});
  }

 private:
  std::vector<double> given_starts() {
    const ts::Array starts = session_.open(run_.starts);
    if (!(starts.shape() == ts::Shape{run_.clusters, dimensions_}))
      throw ts::ShapeError("first centres of shape " + ts::to_string(starts.shape()) + " for " +
                           std::to_string(run_.clusters) + " clusters of points of shape " +
                           ts::to_string(points_.shape()));
    return session_.values<double>(as_numbers(starts));
  }

  // Some of the points. Each rank chooses the same ones.
  std::vector<double> chosen_starts() {
    const auto seed = static_cast<std::uint64_t>(run_.seed);
    const std::int64_t drawn = run_.init == "random" ? run_.clusters : std::min(points(), 64 * run_.clusters);
    const std::vector<double> some =
        session_.values<double>(ts::choice_without_replacement(drawn, as_numbers(points_), {}, {.seed = seed}));
    return run_.init == "random" ? some : kmeans::spread_starts(some, dimensions_, run_.clusters, seed);
  }

  static ts::Array as_numbers(const ts::Array& x) { return ts::astype(x, ts::DType::float64); }
  // Each point beside each centre, neither of which is copied for that.
  std::vector<ts::Array> operands() const { return {ts::expand_dims(points_, 1), ts::expand_dims(centres(), 0)}; }

  ts::Session& session_;
  const Run& run_;
  ts::Array points_;
  std::int64_t dimensions_;
  std::vector<double> centres_;
};

int main(int argc, char** argv) try {
  const Run run = parse(argc, argv);
  ts::SessionOptions options;
  options.memory = ts::parse_size(run.memory, "--memory");
  options.threads = run.threads;
  ts::Session session(argc, argv, options);
  if (!run.output.empty() && !run.force && std::filesystem::exists(run.output))
    throw ts::UsageError(run.output + " is there already; --force replaces it");
  Lloyd lloyd(session, run);
  const auto start = std::chrono::steady_clock::now();
  double before = 0;
  for (std::int64_t k = 0; k < run.iterations; k++) {
    const double inertia = lloyd.iterate();
    if (session.rank() == 0) std::printf("iteration %lld: inertia %.9g\n", static_cast<long long>(k), inertia);
    if (k > 0 && inertia == before) break;  // no centre has moved
    before = inertia;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (session.rank() == 0)
    std::printf("%lld points, %lld clusters, %d ranks: %.3f s\n", static_cast<long long>(lloyd.points()),
                static_cast<long long>(run.clusters), session.size(), seconds.count());
  if (!run.output.empty()) lloyd.write(run.output);
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "kmeans: %s\n", error.what());
  return ts::exit_code(error.kind());
}
