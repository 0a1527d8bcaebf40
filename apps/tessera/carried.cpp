#include "carried.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "coordinate_arrays.hpp"
#include "followers.hpp"
#include "target_dimensions.hpp"

namespace tessera::command {
namespace {

std::uint32_t growing_axes(const TargetDimensions& file, const std::vector<std::string>& dimensions) {
  std::uint32_t axes = 0;
  for (std::size_t i = 0; i < dimensions.size(); i++)
    if (file.grows(dimensions[i])) axes |= std::uint32_t{1} << i;
  return axes;
}

bool is_labelled(const Labels& labels) {
  return std::any_of(labels.axes.begin(), labels.axes.end(), [](const auto& axis) { return !axis.name.empty(); });
}

/// Those of all files, and their bounds.
std::vector<Sink> coordinate_sinks(CoordinateArrays& coordinates, const Followers::Files& files, Followers& followers) {
  std::vector<Sink> sinks;
  for (const auto& [path, file] : files) {
    std::vector<std::pair<std::string, Dimension>> all;  // bounds bring dimensions of their own
    file.for_each_coordinate([&](const auto& name, const auto& d) { all.emplace_back(name, d); });
    for (const auto& [name, dimension] : all) {
      const Array& whole = coordinates.whole(dimension.coordinate);
      Sink sink = write(file.held(cut(whole, 0, dimension.coordinate.runs)), path + ":/" + name);
      sink.dimensions = {name};
      sink.unlimited = growing_axes(file, sink.dimensions);
      const Labels labels = labels_of(whole);
      sink.attributes = labels.attributes;
      sink.attributes.insert(sink.attributes.end(), labels.packing.begin(), labels.packing.end());
      const AxisLabel& axis = labels.axes[0];
      const Store* store = axis.origins.empty() ? nullptr : axis.origins[0]->front().store.get();
      // Bounds count as their coordinate does, mostly without saying so: other times than those in the file they are
      // not.
      if (store != nullptr && !store->info().retimed)
        followers.add_bounds(sink, dimension.coordinate.sources, store->info().attributes,
                             {axis.name, whole.size(), dimension.coordinate.runs, name});
      sinks.push_back(std::move(sink));
    }
  }
  return sinks;
}

/// The attributes that a result has, but for those that the user gives it; an empty text takes one away.
std::vector<Attribute> with_given(std::vector<Attribute> attributes, const std::vector<Attribute>& given) {
  for (const auto& g : given) {
    std::erase_if(attributes, [&](const Attribute& a) { return a.name == g.name; });
    const auto* text = std::get_if<std::string>(&g.value);
    if (text == nullptr || !text->empty()) attributes.push_back(g);
  }
  return attributes;
}

}  // namespace

std::vector<Sink> carry_labels(Session& session, std::vector<Sink>& sinks, const CarryOptions& options,
                               std::vector<Attribute>& file_attributes) {
  CoordinateArrays coordinates(session, options.warn);
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
      r.dimensions.push_back(
          {sink.array.shape()[static_cast<int>(i)], coordinates.of(r.labels.axes[i]).value_or(CoordinateCut{})});
    const bool coordinate = r.dimensions.size() == 1 && r.target.dataset == "/" + r.labels.axes[0].name;
    const auto file = files
                          .try_emplace(r.target.file, session.communicator(), options.append ? r.target.file : "",
                                       is_netcdf(r.target.file))
                          .first;
    file->second.add_result(r.target.dataset, coordinate ? std::optional(r.dimensions[0]) : std::nullopt);
    results.push_back(std::move(r));
  }
  for (auto& r : results) {
    r.sink.attributes = with_given(r.labels.attributes, r.sink.attributes);
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
