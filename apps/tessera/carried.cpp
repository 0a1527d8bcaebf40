#include "carried.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "coordinates.hpp"
#include "launch.hpp"
#include "target_dimensions.hpp"

namespace tessera::command {
namespace {

/// Finds the coordinates of dimensions; each file is looked into once, by rank 0.
class Coordinates {
 public:
  explicit Coordinates(Session& session) : session_(session) {}

  /// "climate.nc:/time", or empty when there is none. Collective.
  const std::string& source(const std::string& store, const std::string& dimension) {
    const auto [at, is_new] = sources_.try_emplace({store, dimension});
    if (is_new) {
      together(session_.communicator(), [&] {
        if (session_.rank() == 0) at->second = finder_.find(parse_source(store), dimension);
      });
      session_.communicator().broadcast(at->second, 0);
    }
    return at->second;
  }

  /// Null when it holds no numbers, as names of stations. Collective.
  const Array* open(const std::string& source) {
    auto known = arrays_.find(source);
    if (known == arrays_.end()) known = arrays_.emplace(source, open_all(lines_of(source))).first;
    return known->second ? &*known->second : nullptr;
  }

 private:
  // What is refused is refused on all ranks alike.
  std::optional<Array> open_all(const std::vector<std::string>& sources) try {
    if (sources.size() == 1) return session_.open(sources[0], {.raw = true});
    try {
      return session_.open_many(sources, "0", {.raw = true});
    } catch (const UsageError&) {  // of other dtypes: in the one that holds all
      std::vector<Array> parts;
      for (const auto& source : sources) parts.push_back(session_.open_many({source}, "0", {.raw = true}));
      return concat(parts);
    }
  } catch (const UsageError&) {
    return std::nullopt;
  }

  Session& session_;
  CoordinateFinder finder_;
  std::map<std::pair<std::string, std::string>, std::string> sources_;
  std::map<std::string, std::optional<Array>> arrays_;
};

Array cut(const Array& coordinate, const Dimension& d) {
  if (d.length == 0) return coordinate[{Slice{0, 0, {}}}];
  const std::int64_t stop = d.start + d.step * d.length;
  Slice slice{d.start, stop, d.step};
  if (stop < 0) slice.stop.reset();  // down to the first; a negative number would count from the back
  return coordinate[{slice}];
}

bool is_labelled(const Labels& labels) {
  return std::any_of(labels.axes.begin(), labels.axes.end(), [](const auto& axis) { return !axis.name.empty(); });
}

Dimension dimension_of(Coordinates& coordinates, const AxisLabel& axis, std::int64_t length) {
  Dimension d{length, {}, 0, 1};
  if (!axis.origin || axis.origin->step == 0) return d;
  const StoreInfo& store = axis.origin->store->info();
  const auto number = static_cast<std::size_t>(axis.origin->axis);
  const bool known = number < store.coordinates.size() && !store.coordinates[number].empty();
  const std::string source = known ? store.coordinates[number] : coordinates.source(store.name, axis.name);
  const Array* values = source.empty() ? nullptr : coordinates.open(source);
  if (values == nullptr || values->size() != store.shape[axis.origin->axis]) return d;
  return {length, source, axis.origin->start, axis.origin->step};
}

}  // namespace

std::vector<Sink> carry_labels(Session& session, std::vector<Sink>& sinks, const CarryOptions& options,
                               std::vector<Attribute>& file_attributes) {
  Coordinates coordinates(session);
  std::map<std::string, TargetDimensions> files;
  struct Labelled {
    Sink& sink;
    SourceName target;
    Labels labels;
    std::vector<Dimension> dimensions;
  };
  std::vector<Labelled> results;
  for (auto& sink : sinks) {
    if (sink.kind != Sink::Kind::write || holds_one_array(sink.target)) continue;
    Labelled r{sink, parse_source(sink.target), labels_of(sink.array), {}};
    for (std::size_t i = 0; i < r.labels.axes.size(); i++)
      r.dimensions.push_back(dimension_of(coordinates, r.labels.axes[i], sink.array.shape()[static_cast<int>(i)]));
    const bool coordinate = r.dimensions.size() == 1 && r.target.dataset == "/" + r.labels.axes[0].name;
    const auto file =
        files.try_emplace(r.target.file, session.communicator(), options.append ? r.target.file : "").first;
    file->second.add_result(r.target.dataset, coordinate ? std::optional(r.dimensions[0]) : std::nullopt);
    results.push_back(std::move(r));
  }
  for (auto& r : results) {
    r.sink.attributes = r.labels.attributes;
    if (file_attributes.empty()) file_attributes = r.labels.file_attributes;
    if (options.raw)
      r.sink.attributes.insert(r.sink.attributes.end(), r.labels.packing.begin(), r.labels.packing.end());
    // What was missing is NaN now: said as xarray says it, or CDO counts the NaN as values.
    else if (is_real_floating(r.sink.array.dtype()) && has_fill(r.sink.array))
      r.sink.attributes.push_back({"_FillValue", std::vector<double>{std::numeric_limits<double>::quiet_NaN()}});
    if (!is_labelled(r.labels)) continue;
    for (std::size_t i = 0; i < r.dimensions.size(); i++) {
      const std::string& name = r.labels.axes[i].name;
      r.sink.dimensions.push_back(
          files.at(r.target.file).name_of(name.empty() ? "dim_" + std::to_string(i) : name, r.dimensions[i]));
    }
  }
  // A file that is added to has a title and a history of its own.
  if (!files.empty() && std::all_of(files.begin(), files.end(), [](const auto& f) { return f.second.is_added_to(); }))
    file_attributes.clear();
  std::vector<Sink> written;
  for (const auto& [path, file] : files)
    file.for_each_coordinate([&](const std::string& name, const Dimension& dimension) {
      const Array& whole = *coordinates.open(dimension.coordinate);
      Sink sink = write(cut(whole, dimension), path + ":/" + name);
      sink.dimensions = {name};
      const Labels labels = labels_of(whole);
      sink.attributes = labels.attributes;
      sink.attributes.insert(sink.attributes.end(), labels.packing.begin(), labels.packing.end());
      written.push_back(std::move(sink));
    });
  return written;
}

}  // namespace tessera::command
