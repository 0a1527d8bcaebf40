// Principal components of a table in an HDF5 file, observations by variables, which may be larger than memory.
//   pca table.h5:/x -o components.h5 --components 3
//   mpirun -n 4 pca table.h5:/x -o components.h5 --memory 500M
// Three walks over the table: for the means, for the covariances, and for the scores. Only matrices of variables by
// variables are in memory as a whole.
#include <cstdio>
#include <numeric>
#include <string>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

#include "eigenvectors.hpp"

namespace ts = tessera;

struct Run {
  std::string table, file, memory;
  std::int64_t components = 2;
  bool scale = false, force = false;
};

static Run parse(int argc, char** argv) {
  Run run;
  CLI::App app("Principal components of a table, observations by variables", "pca");
  app.add_option("table", run.table, "FILE:/DATASET")->required();
  app.add_option("-o,--output", run.file, "an HDF5 file for /mean, /components, /variance, /ratio and /scores")
      ->required();
  app.add_option("--components", run.components, "how many")->check(CLI::PositiveNumber);
  app.add_flag("--scale", run.scale, "variables are divided by their standard deviations first");
  app.add_option("--memory", run.memory, "the budget of a rank: 500M, 4G");
  app.add_flag("--force", run.force, "replace the file that is there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return run;
}

int main(int argc, char** argv) try {
  const Run run = parse(argc, argv);
  ts::SessionOptions options;
  if (!run.memory.empty()) options.memory = ts::parse_size(run.memory, "--memory");
  ts::Session session(argc, argv, options);

  ts::Array x = ts::astype(session.open(run.table), ts::DType::float64);
  if (x.ndim() != 2 || x.shape()[0] < 2)
    throw ts::ShapeError(run.table + " is " + ts::to_string(x.shape()) + "; a table has two axes and two rows or more");
  const std::int64_t variables = x.shape()[1], components = std::min(run.components, variables);

  // The first walk. What it gives are numbers, which the expressions below contain: these are of the file alone, so they
  // need no room as a whole.
  const auto numbers = [&](const ts::Array& row) { return ts::array(session.values<double>(row), row.shape()); };
  const ts::Array mean = numbers(ts::mean(x, {.axis = 0}));
  ts::Array centred = x - mean;
  if (run.scale) centred = centred / numbers(ts::std(x, {.axis = 0, .correction = 1}));

  // The second: covariances are a product, panel after panel of the table.
  const std::vector<double> covariances = session.values<double>(ts::cov(centred, {}, {.rowvar = false}));
  const pca::Eigenvectors eigen = pca::eigenvectors(covariances, variables);
  const double all = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0);

  // The third: scores are another, written as they are made.
  const ts::Array vectors = ts::array(eigen.vectors, {variables, variables})(ts::Slice{components});
  const ts::Array variance = ts::array(eigen.values, {variables})(ts::Slice{components});
  const auto to = [&](const ts::Array& y, const char* name) { return ts::write(y, run.file + ":/" + name); };
  session.compute({to(mean, "mean"), to(vectors, "components"), to(variance, "variance"), to(variance / all, "ratio"),
                   to(ts::matmul(centred, vectors.T()), "scores")},
                  {.force = run.force});
  if (session.rank() == 0)
    for (std::int64_t i = 0; i < components; i++) {
      const double value = eigen.values[static_cast<std::size_t>(i)];
      std::printf("component %lld: variance %.6g, %.2f %% of all\n", static_cast<long long>(i + 1), value,
                  100 * value / all);
    }
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "pca: %s\n", error.what());
  return ts::exit_code(error.kind());
}
