#include "carried.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "coordinates.hpp"
#include "existing.hpp"
#include "launch.hpp"

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

  const Array& open(const std::string& source) {
    const auto known = arrays_.find(source);
    return known != arrays_.end() ? known->second : arrays_.emplace(source, open_all(source)).first->second;
  }

 private:
  /// The coordinate of joined files is a source a line.
  Array open_all(const std::string& sources) {
    const std::vector<std::string> lines = lines_of(sources);
    return lines.size() == 1 ? session_.open(sources, {.raw = true}) : session_.open_many(lines, "0", {.raw = true});
  }

  Session& session_;
  CoordinateFinder finder_;
  std::map<std::pair<std::string, std::string>, std::string> sources_;
  std::map<std::string, Array> arrays_;
};

/// A dimension of a target file: what makes it the same for two results.
struct Dimension {
  std::int64_t length = 0;
  std::string coordinate;  ///< its source; empty: none
  std::int64_t start = 0, step = 1;
  auto operator<=>(const Dimension&) const = default;
};

Array cut(const Array& coordinate, const Dimension& d) {
  if (d.length == 0) return coordinate[{Slice{0, 0, {}}}];
  const std::int64_t stop = d.start + d.step * d.length;
  Slice slice{d.start, stop, d.step};
  if (stop < 0) slice.stop.reset();  // down to the first; a negative number would count from the back
  return coordinate[{slice}];
}

/// The dimensions of one target file.
class TargetFile {
 public:
  void add_to(Session& session, const std::string& file) { existing_.emplace(session, file); }
  bool is_added_to() const { return existing_ && !existing_->is_empty(); }
  /// The name that the dimension has in the file: `name`, or with a number when that is another one's. Collective.
  std::string name_of(const std::string& name, const Dimension& dimension) {
    for (int k = 1;; k++) {
      const std::string numbered = k == 1 ? name : name + "_" + std::to_string(k);
      const auto result = results_.find("/" + numbered);
      if (result != results_.end() && result->second != dimension) continue;  // the name of something else
      if (const auto known = dimensions_.find(numbered); known != dimensions_.end()) {
        if (known->second == dimension) return numbered;
        continue;
      }
      if (existing_ && existing_->holds("/" + numbered)) {
        if (!is_shared(numbered, dimension)) continue;
        shared_.insert(numbered);
      }
      dimensions_.emplace(numbered, dimension);
      return numbered;
    }
  }
  /// dimension: that the result is a coordinate of, if any.
  void add_result(const std::string& dataset, const std::optional<Dimension>& dimension) {
    results_.emplace(dataset, dimension);
  }
  /// Those that no result has taken the place of.
  template <class F>
  void for_each_coordinate(F&& f) const {
    for (const auto& [name, dimension] : dimensions_)
      if (!dimension.coordinate.empty() && !results_.contains("/" + name) && !shared_.contains(name))
        f(name, dimension);
  }

 private:
  bool is_shared(const std::string& name, const Dimension& d) {
    return !d.coordinate.empty() && existing_->is_same("/" + name, {lines_of(d.coordinate), d.start, d.step, d.length});
  }

  std::optional<Existing> existing_;  // when it is added to
  std::set<std::string> shared_;      // coordinates that are there
  std::map<std::string, Dimension> dimensions_;
  std::map<std::string, std::optional<Dimension>> results_;
};

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
  if (source.empty() || coordinates.open(source).size() != store.shape[axis.origin->axis]) return d;
  return {length, source, axis.origin->start, axis.origin->step};
}

}  // namespace

std::vector<Sink> carry_labels(Session& session, std::vector<Sink>& sinks, bool raw, bool append,
                               std::vector<Attribute>& file_attributes) {
  Coordinates coordinates(session);
  std::map<std::string, TargetFile> files;
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
    const auto [file, is_new] = files.try_emplace(r.target.file);
    if (is_new && append) file->second.add_to(session, r.target.file);
    file->second.add_result(r.target.dataset, coordinate ? std::optional(r.dimensions[0]) : std::nullopt);
    results.push_back(std::move(r));
  }
  for (auto& r : results) {
    r.sink.attributes = r.labels.attributes;
    if (file_attributes.empty()) file_attributes = r.labels.file_attributes;
    if (raw) r.sink.attributes.insert(r.sink.attributes.end(), r.labels.packing.begin(), r.labels.packing.end());
    // What was missing is NaN now: said as xarray says it, or CDO counts the NaN as values.
    else if (is_real_floating(r.sink.array.dtype()) && has_fill(r.sink.array))
      r.sink.attributes.push_back({"_FillValue", std::vector<double>{std::numeric_limits<double>::quiet_NaN()}});
    if (!is_labelled(r.labels)) continue;
    for (std::size_t i = 0; i < r.dimensions.size(); i++) {
      const std::string& name = r.labels.axes[i].name;
      r.sink.dimensions.push_back(
          files[r.target.file].name_of(name.empty() ? "dim_" + std::to_string(i) : name, r.dimensions[i]));
    }
  }
  // A file that is added to has a title and a history of its own.
  if (!files.empty() && std::all_of(files.begin(), files.end(), [](const auto& f) { return f.second.is_added_to(); }))
    file_attributes.clear();
  std::vector<Sink> written;
  for (const auto& [path, file] : files)
    file.for_each_coordinate([&](const std::string& name, const Dimension& dimension) {
      const Array& whole = coordinates.open(dimension.coordinate);
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
