// Monthly means of many files, and what each month is beyond the mean of its kind.
//   climatology means.nc anomalies.nc t2m t2m_*.nc        mpirun -n 2 climatology means.nc anomalies.nc t2m t2m_*.nc
// The files, each with some months, are one array along `time`, which is never in memory as a whole: its elements are folded
// apart for each month of the year, and the difference is written tile by tile. Names of dimensions, units and the like follow
// from the files.
#include <cstdio>
#include <optional>
#include <string>
#include <tessera/tessera.hpp>
#include <vector>

#include <CLI/CLI.hpp>

namespace ts = tessera;

struct Run {
  std::string means, anomalies, variable, dimension = "time", memory = "1G";
  std::vector<std::string> files;
  std::int64_t period = 12, first = 0;
  bool force = false;
};

static Run parse(int argc, char** argv) {
  Run run;
  CLI::App app("Means of each month of the year, and anomalies", "climatology");
  app.add_option("means", run.means, "NetCDF-4 (HDF5) file for the means")->required();
  app.add_option("anomalies", run.anomalies, "and for what is beyond them")->required();
  app.add_option("variable", run.variable, "its name in the files")->required();
  app.add_option("files", run.files, "in the order of time")->required();
  app.add_option("--dimension", run.dimension, "along which the files follow one another");
  app.add_option("--period", run.period, "elements after which a group comes again")->check(CLI::PositiveNumber);
  app.add_option("--first", run.first, "group of the first element, from 0 on")->check(CLI::NonNegativeNumber);
  app.add_option("--memory", run.memory, "budget of each rank");
  app.add_flag("--force", run.force, "replace the files that are there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return run;
}

/// Where x goes, with these names of dimensions, and the attributes of what it is made of.
static ts::Sink described(const ts::Array& x, const std::string& target, const std::vector<std::string>& dimensions,
                          const ts::Array& of) {
  ts::Sink sink = ts::write(x, target);
  sink.dimensions = dimensions;
  sink.attributes = ts::labels_of(of).attributes;
  return sink;
}

/// The coordinate of a dimension, joined as the files are; nothing where they have none.
static std::optional<ts::Array> coordinate(ts::Session& session, const Run& run, const std::string& name) {
  try {
    if (name != run.dimension) return session.open(run.files[0] + ":/" + name);
    std::vector<std::string> all;
    for (const std::string& file : run.files) all.push_back(file + ":/" + name);
    return session.open_many(all, name);
  } catch (const ts::IoError&) {
    return std::nullopt;
  }
}

int main(int argc, char** argv) try {
  const Run run = parse(argc, argv);
  ts::SessionOptions options;
  options.memory = ts::parse_size(run.memory, "--memory");
  ts::Session session(argc, argv, options);
  std::vector<std::string> sources;
  for (const std::string& file : run.files) sources.push_back(file + ":/" + run.variable);
  const ts::Array x = session.open_many(sources, run.dimension);  // NaN where the files have nothing
  const std::int64_t n = x.shape()[0];
  const ts::Array months = (ts::arange(n) + run.first) % run.period;

  const ts::Array means = ts::group_nanmean(x, months, run.period, {.axis = 0});
  const ts::Array anomalies = x - ts::take(means, months, 0);

  std::vector<std::string> dimensions, of_means;
  for (const ts::AxisLabel& axis : ts::labels_of(x).axes) dimensions.push_back(axis.name);
  of_means = dimensions, of_means[0] = "month";
  std::vector<ts::Sink> sinks = {
      described(means, run.means + ":/" + run.variable, of_means, x),
      described(anomalies, run.anomalies + ":/" + run.variable, dimensions, x),
      ts::write(ts::arange(run.period) + 1, run.means + ":/month", {.dimensions = {"month"}})};
  for (const std::string& name : dimensions)
    if (const auto c = coordinate(session, run, name)) {
      sinks.push_back(described(*c, run.anomalies + ":/" + name, {name}, *c));
      if (name != run.dimension) sinks.push_back(described(*c, run.means + ":/" + name, {name}, *c));
    }
  session.compute(sinks, {.force = run.force, .inputs = run.files});
  if (session.rank() == 0)
    std::printf("%lld times in %zu files: means of %lld groups, read %.1f MB\n", static_cast<long long>(n),
                run.files.size(), static_cast<long long>(run.period),
                1e-6 * static_cast<double>(session.statistics().bytes_read));
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "climatology: %s\n", error.what());
  return ts::exit_code(error.kind());
}
