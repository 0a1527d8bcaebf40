#include "copy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

#include "json_values.hpp"
#include "launch.hpp"
#include "output.hpp"
#include "run.hpp"
#include "slice.hpp"
#include "target.hpp"

namespace tessera::command {
namespace {

/// The dataset that a target without one gets: named as the source's, or as the file that holds one array.
std::string dataset_name(const CopyOptions& options) {
  const SourceName source = parse_source(options.source);
  const std::string from = source.dataset.empty() ? std::filesystem::path(source.file).stem().string() : source.dataset;
  return from.substr(from.rfind('/') + 1);
}

Sink make_sink(const CopyOptions& options, const Array& source) {
  Array x = sliced(source, options.slice);
  if (options.axes) {
    if (options.axes->size() != x.rank())
      throw UsageError("--axes names " + std::to_string(options.axes->size()) + " axes, the array has " +
                       std::to_string(x.rank()) + ": shape " + to_string(x.shape()));
    x = permute_dims(x, *options.axes);
  }
  if (options.dtype && *options.dtype != x.dtype()) x = astype(x, *options.dtype);
  // Options speak of the array by the name that it gets.
  const std::string given = parse_source(options.where).dataset;
  const std::string name = given.empty() ? dataset_name(options) : given.substr(given.rfind('/') + 1);
  for (const auto& wish : options.target.attributes)
    if (!wish.name.empty() && wish.name != name)
      throw UsageError("--attribute " + wish.name + ":" + wish.attribute.name + "=...: copy writes " + name);
  return target_sink(options.target, name, options.where, x);
}

/// NaN has no integer: it becomes 0.
void warn_about_missing(const CopyOptions& options, const Run& run, const Array& x) {
  if (!run.speaks() || !options.dtype || is_inexact(x.dtype()) || !has_fill(x)) return;
  note("tessera: warning: {} has fill values, which are NaN here and no {}; --raw copies the elements as they are\n",
       printable(options.source), to_string(x.dtype()));
}

}  // namespace

void run_copy(const CopyOptions& options, std::unique_ptr<Communicator> ranks) {
  Run run(options.run, std::move(ranks));
  const Array source = run.open(options.source);
  std::vector<Sink> sinks;
  together(run.communicator(), [&] { sinks.push_back(make_sink(options, source)); });
  warn_about_missing(options, run, sinks[0].array);
  const auto results = run.compute(sinks, options.target);
  if (!results || !run.speaks()) return;
  const Array& x = sinks[0].array;
  run.print("", {{"source", options.source},
                 {"target", sinks[0].target},
                 {"shape", json_dims(x.shape())},
                 {"dtype", to_string(x.dtype())}});
}

}  // namespace tessera::command
