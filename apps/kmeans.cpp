// k-means by Lloyd's algorithm, of points in a file that need not fit in memory.
//   kmeans points.h5:/x --clusters 32 -o clusters.h5          mpirun -n 2 kmeans points.h5:/x --clusters 32 --memory 256M
// The points, a row each, are walked in batches: a product gives the distances of a batch, argmin the nearest centre of each
// point, and a reduction by these labels the sums that the next centres are made of. The bits are the same for any number of
// ranks and threads.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

namespace ts = tessera;

struct Run {
  std::string points, starts, output, memory = "2G";
  std::int64_t clusters = 8, iterations = 10, batch = 1 << 18, seed = 0;
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
                 "the first centres, an array of (clusters, coordinates); else points at random");
  app.add_option("--seed", run.seed, "of these")->check(CLI::NonNegativeNumber);
  app.add_option("--batch", run.batch, "points whose distances are in memory at a time")->check(CLI::PositiveNumber);
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

// |x - c|^2 of each point and centre, but for |x|^2, which is the same for all centres of a point.
static ts::Array distances(const ts::Array& x, const ts::Array& centres) {
  return ts::sum(centres * centres, {.axis = 1}) + ts::matmul(x, (-2.0 * centres).T());
}

class Lloyd {
 public:
  Lloyd(ts::Session& session, const Run& run)
      : session_(session),
        run_(run),
        points_(session.open(run.points)),
        dimensions_(points_.rank() == 2 ? points_.shape()[1] : 0) {
    if (points_.rank() != 2 || points_.shape()[0] < run.clusters)
      throw ts::ShapeError("points of shape " + ts::to_string(points_.shape()) + "; rows for " +
                           std::to_string(run.clusters) + " clusters at least are needed");
    points_ = ts::astype(points_, ts::DType::float64);
    const auto seed = static_cast<std::uint64_t>(run.seed);
    const ts::Array starts = run.starts.empty()
                                 ? ts::choice_without_replacement(run.clusters, points_, {}, {.seed = seed})
                                 : ts::astype(session.open(run.starts), ts::DType::float64);
    if (!(starts.shape() == ts::Shape{run.clusters, dimensions_}))
      throw ts::ShapeError("first centres of shape " + ts::to_string(starts.shape()) + " for " +
                           std::to_string(run.clusters) + " clusters of points of shape " +
                           ts::to_string(points_.shape()));
    centres_ = session.values<double>(starts);
  }

  ts::Array centres() const { return ts::array(centres_, {run_.clusters, dimensions_}); }
  std::int64_t points() const { return points_.shape()[0]; }

  /// Moves each centre to the mean of the points that are nearest to it; one that has none stays. returns: the sum of the
  /// squared distances from the points to the centres as they were.
  double iterate() {
    std::vector<double> sums(centres_.size()), counts(static_cast<std::size_t>(run_.clusters));
    double inertia = 0;
    const ts::Array now = centres();
    for_each_batch([&](const ts::Array& x) {
      const ts::Array to_centres = distances(x, now), labels = ts::argmin(to_centres, {.axis = 1});
      const auto [sum, count, apart] =
          session_.compute(ts::group_sum(x, labels, run_.clusters, {.axis = 0}), ts::bincount(labels, run_.clusters),
                           ts::sum(ts::min(to_centres, {.axis = 1})));
      const auto s = sum.template values<double>();
      const auto n = count.template values<std::int64_t>();
      for (std::size_t i = 0; i < sums.size(); i++) sums[i] += s[i];
      for (std::size_t k = 0; k < counts.size(); k++) counts[k] += static_cast<double>(n[k]);
      inertia += apart.template item<double>();
    });
    for (std::size_t i = 0; i < sums.size(); i++)
      if (const double n = counts[i / static_cast<std::size_t>(dimensions_)]; n > 0) centres_[i] = sums[i] / n;
    if (!squares_) {  // |x|^2 of all points
      squares_ = 0;
      for_each_batch(
          [&](const ts::Array& x) { *squares_ += session_.compute(ts::sum(x * x)).template item<double>(); });
    }
    return inertia + *squares_;
  }

  /// The centres, and for each point the number of the nearest one, batch behind batch.
  void write(const std::string& file) {
    session_.compute(ts::write(centres(), file + ":/centres"), {.force = run_.force});
    for_each_batch([&](const ts::Array& x) {
      const ts::Array labels = ts::astype(ts::argmin(distances(x, centres()), {.axis = 1}), ts::DType::int32);
      session_.compute(ts::write(labels, file + ":/labels", {.append_along = 0}));
    });
  }

 private:
  // f(batch), in memory: read before, where all of them take at most half of the budget, and else each in its turn.
  template <class F>
  void for_each_batch(F&& f) {
    const bool keep = points() * dimensions_ * 8 / session_.size() <= ts::parse_size(run_.memory, "--memory") / 2;
    for (std::int64_t from = 0; from < points(); from += run_.batch) {
      const auto number = static_cast<std::size_t>(from / run_.batch);
      if (number < kept_.size()) {
        f(kept_[number]);
        continue;
      }
      const ts::Array x = session_.persist(points_(ts::Slice{from, std::min(points(), from + run_.batch)}));
      if (keep) kept_.push_back(x);
      f(x);
    }
  }

  ts::Session& session_;
  const Run& run_;
  ts::Array points_;
  std::int64_t dimensions_;
  std::vector<double> centres_;
  std::vector<ts::Array> kept_;  // batches
  std::optional<double> squares_;
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
