#include "carried.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "coordinates.hpp"
#include "followers.hpp"
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

std::uint32_t growing_axes(const TargetDimensions& file, const std::vector<std::string>& dimensions) {
  std::uint32_t axes = 0;
  for (std::size_t i = 0; i < dimensions.size(); i++)
    if (file.grows(dimensions[i])) axes |= std::uint32_t{1} << i;
  return axes;
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

/// Those of all files, and their bounds.
std::vector<Sink> coordinate_sinks(Coordinates& coordinates, const Followers::Files& files, Followers& followers) {
  std::vector<Sink> sinks;
  for (const auto& [path, file] : files) {
    std::vector<std::pair<std::string, Dimension>> all;  // bounds bring dimensions of their own
    file.for_each_coordinate([&](const auto& name, const auto& d) { all.emplace_back(name, d); });
    for (const auto& [name, dimension] : all) {
      const Array& whole = *coordinates.open(dimension.coordinate);
      Sink sink = write(file.held(cut(whole, dimension)), path + ":/" + name);
      sink.dimensions = {name};
      sink.unlimited = growing_axes(file, sink.dimensions);
      const Labels labels = labels_of(whole);
      sink.attributes = labels.attributes;
      sink.attributes.insert(sink.attributes.end(), labels.packing.begin(), labels.packing.end());
      if (const auto& axis = labels.axes[0]; axis.origin)
        followers.add_bounds(sink, lines_of(dimension.coordinate), axis.origin->store->info().attributes,
                             {axis.name, whole.size(), dimension.start, dimension.step, dimension.length, name});
      sinks.push_back(std::move(sink));
    }
  }
  return sinks;
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
    const auto file = files
                          .try_emplace(r.target.file, session.communicator(), options.append ? r.target.file : "",
                                       is_netcdf(r.target.file))
                          .first;
    file->second.add_result(r.target.dataset, coordinate ? std::optional(r.dimensions[0]) : std::nullopt);
    results.push_back(std::move(r));
  }
  for (auto& r : results) {
    r.sink.attributes = r.labels.attributes;
    if (file_attributes.empty()) file_attributes = r.labels.file_attributes;
    if (options.raw)
      r.sink.attributes.insert(r.sink.attributes.end(), r.labels.packing.begin(), r.labels.packing.end());
    // What is or was missing is NaN now: said as xarray says it, or CDO counts the NaN as values.
    else if (is_real_floating(r.sink.array.dtype()) && (has_fill(r.sink.array) || is_netcdf(r.target.file)) &&
             !(r.dimensions.size() == 1 && r.target.dataset == "/" + r.labels.axes[0].name))
      r.sink.attributes.push_back({"_FillValue", std::vector<double>{std::numeric_limits<double>::quiet_NaN()}});
    if (!is_labelled(r.labels)) continue;
    TargetDimensions& file = files.at(r.target.file);
    for (std::size_t i = 0; i < r.dimensions.size(); i++) {
      const std::string& name = r.labels.axes[i].name;
      r.sink.dimensions.push_back(file.name_of(name.empty() ? "dim_" + std::to_string(i) : name, r.dimensions[i]));
      if (r.labels.axes[i].grows) file.let_grow(r.sink.dimensions.back());
    }
  }
  for (auto& r : results) r.sink.unlimited = growing_axes(files.at(r.target.file), r.sink.dimensions);
  // A file that is added to has a title and a history of its own.
  if (!files.empty() && std::all_of(files.begin(), files.end(), [](const auto& f) { return f.second.is_added_to(); }))
    file_attributes.clear();
  std::set<std::string> taken;
  for (const auto& r : results) taken.insert(r.target.file + ":" + r.target.dataset);
  Followers followers(session, files, std::move(taken));
  for (auto& r : results)
    if (!r.sink.dimensions.empty()) followers.add_auxiliary(r.sink, r.labels);
  std::vector<Sink> written = coordinate_sinks(coordinates, files, followers);
  for (auto& sink : followers.take_sinks()) written.push_back(std::move(sink));
  return written;
}

}  // namespace tessera::command
