#include "carried.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "coordinate_arrays.hpp"
#include "followers.hpp"
#include "growing_targets.hpp"
#include "home.hpp"
#include "launch.hpp"
#include "target_dimensions.hpp"

namespace tessera::command {
namespace {

using Attributes = std::vector<Attribute>;

/// A result that goes into a file with labels.
struct Labelled {
  Sink& sink;
  SourceName target;
  Labels labels;
  std::vector<Dimension> dimensions{};
  bool is_coordinate = false;
  std::set<std::string> given{};  ///< names of attributes that the user has given or taken away
};

bool is_labelled(const Labels& labels) {
  const auto has_name = [](const AxisLabel& axis) { return !axis.name.empty(); };
  return std::any_of(labels.axes.begin(), labels.axes.end(), has_name) || !labels.scalars.empty();
}

/// The attributes that a result has, but for those that the user gives it; an empty text takes one away.
Attributes with_given(Attributes attributes, const Attributes& given) {
  for (const auto& g : given) {
    std::erase_if(attributes, [&](const Attribute& a) { return a.name == g.name; });
    const auto* text = std::get_if<std::string>(&g.value);
    if (text == nullptr || !text->empty()) attributes.push_back(g);
  }
  return attributes;
}

int axis_of_growth(const Sink& sink) {
  return *sink.append_along < 0 ? *sink.append_along + sink.array.rank() : *sink.append_along;
}

void append(Attributes& to, const Attributes& from) { to.insert(to.end(), from.begin(), from.end()); }

/// What a result's attributes name: where its elements lie, whatever they are; what belongs to them, as long as they
/// are that; and of elements that are as they were read everything.
Attributes references_of(const Home& home, const Labels& labels, const std::set<std::string>& given) {
  const std::set<std::string> of_cells = {"coordinates", "cell_measures", "grid_mapping", "geometry", "mesh"};
  Attributes all;
  for (const auto& a : home.attributes)
    if (of_cells.contains(a.name)) all.push_back(a);
  for (const auto& a : labels.references)
    if (!of_cells.contains(a.name) && (labels.as_read || a.name == "ancillary_variables") &&
        std::find(home.attributes.begin(), home.attributes.end(), a) != home.attributes.end())
      all.push_back(a);
  std::erase_if(all, [&](const Attribute& a) { return given.contains(a.name); });
  return all;
}

/// All that is carried into the files of one evaluation.
class Carrying {
 public:
  Carrying(Session& session, const CarryOptions& options)
      : session_(session), options_(options), arrays_(session), coordinates_(session, arrays_, options.warn) {}

  void add(Sink& sink) {
    Labelled r{sink, parse_source(sink.target), labels_of(sink.array)};
    require_room(r.labels);
    note_left_out(r.labels);
    for (std::size_t i = 0; i < r.labels.axes.size(); i++)
      r.dimensions.push_back(
          {sink.array.shape()[static_cast<int>(i)], coordinates_.of(r.labels.axes[i]).value_or(CoordinateCut{})});
    const auto [file, is_new] =
        files_.try_emplace(r.target.file, session_.communicator(),
                           options_.append || sink.append_along ? r.target.file : "", is_netcdf(r.target.file));
    if (r.dimensions.size() == 1) {
      std::string& name = r.labels.axes[0].name;
      const std::string own = r.target.dataset.substr(1);
      const bool is_in_root = own.find('/') == std::string::npos;  // where dimensions are shared
      if (name.empty() && is_in_root && file->second.is_bare(own, r.dimensions[0].length)) name = own;
      r.is_coordinate = own == name;
    }
    file->second.add_result(r.target.dataset, r.is_coordinate ? std::optional(r.dimensions[0]) : std::nullopt);
    results_.push_back(std::move(r));
  }

  /// returns: sinks that write what goes along.
  std::vector<Sink> finish(Attributes& file_attributes) {
    for (auto& r : results_) {
      if (file_attributes.empty()) file_attributes = std::move(r.labels.file_attributes);
      r.labels.file_attributes = {};
      give_attributes(r);
      name_dimensions(r);
    }
    for (auto& r : results_) r.sink.unlimited |= growing_axes(files_.at(r.target.file), r.sink.dimensions);
    // A file that is added to has a title and a history of its own.
    const auto is_added_to = [](const auto& f) { return f.second.is_added_to(); };
    if (!files_.empty() && std::all_of(files_.begin(), files_.end(), is_added_to)) file_attributes.clear();
    std::map<std::string, const Sink*> written_anyway;
    for (const auto& r : results_)
      written_anyway.emplace(r.target.file + ":" + r.target.dataset, r.labels.as_read ? &r.sink : nullptr);
    followers_.emplace(session_, arrays_, files_, std::move(written_anyway), options_.warn);
    for (auto& r : results_) carry_references(r);
    std::vector<Sink> written = coordinate_sinks();
    for (auto& sink : followers_->take_sinks()) written.push_back(std::move(sink));
    warn_of_left_out();
    return written;
  }

 private:
  static std::uint32_t growing_axes(const TargetDimensions& file, const std::vector<std::string>& dimensions) {
    std::uint32_t axes = 0;
    for (std::size_t i = 0; i < dimensions.size(); i++)
      if (file.grows(dimensions[i])) axes |= std::uint32_t{1} << i;
    return axes;
  }

  /// What the targets get is held twice until they are made: by the sinks, and while labels are looked at. Collective.
  void require_room(const Labels& labels) {
    const std::int64_t bytes = attribute_bytes(labels.attributes) + attribute_bytes(labels.packing) +
                               attribute_bytes(labels.references) + attribute_bytes(labels.file_attributes);
    if (bytes <= few_attribute_bytes) return;
    together(session_.communicator(), [&] {
      const std::int64_t room = session_.memory() - resident_bytes();
      if (2 * bytes > room)
        throw MemoryBudgetError("attributes of " + format_size(bytes) + " can't be carried: of the budget of " +
                                format_size(session_.memory()) + " " + format_size(std::max<std::int64_t>(0, room)) +
                                " are left; use a larger option 'memory'");
    });
  }

  void note_left_out(const Labels& labels) {
    for (const auto& a : labels.left_out) left_out_.emplace(a.name, a.holds);
  }

  void warn_of_left_out() const {
    constexpr std::size_t most_names = 20;
    std::string names;
    std::size_t n = 0;
    for (const auto& [name, holds] : left_out_)
      if (n++ < most_names) names += (names.empty() ? "" : "; ") + name + ", " + holds;
    if (n > most_names) names += "; and " + std::to_string(n - most_names) + " more";
    if (n > 0 && options_.warn) options_.warn("attributes that are too large to be carried are left out: " + names);
  }

  void give_attributes(Labelled& r) {
    for (const auto& a : r.sink.attributes) r.given.insert(a.name);
    r.sink.attributes = with_given(std::exchange(r.labels.attributes, {}), r.sink.attributes);
    if (options_.raw) append(r.sink.attributes, r.labels.packing);
    // What is or was missing is NaN now: said as xarray says it, or CDO counts the NaN as values.
    else if (is_real_floating(r.sink.array.dtype()) && (has_fill(r.sink.array) || is_netcdf(r.target.file)) &&
             !r.is_coordinate)
      r.sink.attributes.push_back({"_FillValue", std::vector<double>{std::numeric_limits<double>::quiet_NaN()}});
  }

  void name_dimensions(Labelled& r) {
    // A NetCDF file names every dimension: what has none there gets, in other programs, that of another of its length.
    // A group's dimension without values may be what a result of one axis is about to fill: the writer sees that.
    const bool may_fill = r.dimensions.size() == 1 && r.target.dataset.rfind('/') > 0;
    if (!is_labelled(r.labels) && (may_fill || !is_netcdf(r.target.file))) return;
    TargetDimensions& file = files_.at(r.target.file);
    for (std::size_t i = 0; i < r.dimensions.size(); i++) {
      const std::string& name = r.labels.axes[i].name;
      r.sink.dimensions.push_back(file.name_of(name.empty() ? "dim_" + std::to_string(i) : name, r.dimensions[i]));
      const bool appends = r.sink.append_along && axis_of_growth(r.sink) == static_cast<int>(i);
      if (r.labels.axes[i].grows || appends) file.let_grow(r.sink.dimensions.back());
      if (appends) appended_.insert({r.target.file, r.sink.dimensions.back()});
    }
  }

  void carry_references(Labelled& r) {
    if (r.sink.dimensions.size() != r.dimensions.size()) return;
    std::vector<Home> homes = homes_of(r.labels, r.sink.dimensions);
    if (homes.empty()) return;
    std::map<std::string, std::string> names;
    for (std::size_t i = 0; i < r.dimensions.size(); i++)
      if (r.dimensions[i].has_coordinate()) names[r.labels.axes[i].name] = r.sink.dimensions[i];
    for (auto& home : homes) home.names = names;
    const std::string scalars = carry_scalars(r, homes);
    std::vector<Attributes> named;
    for (const auto& home : homes) named.push_back(references_of(home, r.labels, r.given));
    Attributes references = followers_->follow(r.target.file, homes, std::move(named));
    if (!scalars.empty() && !r.given.contains("coordinates")) {
      const auto at = std::find_if(references.begin(), references.end(),
                                   [](const Attribute& a) { return a.name == "coordinates"; });
      if (at == references.end())
        references.push_back({"coordinates", scalars});
      else
        at->value = std::get<std::string>(at->value) + " " + scalars;
    }
    append(r.sink.attributes, references);
    for (const auto& [name, in_target] : homes[0].names) homes_.try_emplace({r.target.file, in_target}, homes);
  }

  /// returns: the names of the scalar coordinates, of dimensions that an integer index dropped.
  std::string carry_scalars(const Labelled& r, std::vector<Home>& homes) {
    std::string names;
    for (const auto& label : r.labels.scalars) {
      const bool is_itself = r.labels.as_read && r.dimensions.empty() && r.target.dataset == "/" + label.name;
      const auto found = is_itself ? std::nullopt : coordinates_.of(label);
      if (!found) continue;
      const Array& whole = coordinates_.whole(*found);
      Sink sink = write(whole[{found->runs[0].start}], r.target.file);
      give_coordinate(sink, r.target.file, *found, whole, "", &homes);
      const std::string name = followers_->place(r.target.file, label.name, std::move(sink));
      for (auto& home : homes) home.names[label.name] = name;
      names += (names.empty() ? "" : " ") + name;
    }
    return names;
  }

  /// The attributes of a coordinate, and the variables that they name. in_target: its dimension there; empty: none.
  /// of_result: homes of one that has it; null where there is none.
  void give_coordinate(Sink& sink, const std::string& file, const CoordinateCut& cut, const Array& whole,
                       const std::string& in_target, std::vector<Home>* of_result) {
    const Labels labels = labels_of(whole);
    note_left_out(labels);
    sink.attributes = labels.attributes;
    append(sink.attributes, labels.packing);
    const AxisLabel& axis = labels.axes[0];
    const Store* store = axis.origins.empty() ? nullptr : axis.origins[0]->front().store.get();
    if (store == nullptr) return;
    Home own{cut.sources, {}, cut.sources.size() > 1 ? axis.name : "", store->info().attributes, {axis.name}};
    own.cuts = {{axis.name, whole.size(), cut.runs, in_target}};
    if (!in_target.empty()) own.names[axis.name] = in_target;
    for (const auto& a : store->info().attributes) {
      if (!is_reference_attribute(a)) continue;
      // Bounds count as their coordinate does, mostly without saying so: also where it is told in other units.
      const bool counts = store->info().retimed && (a.name == "bounds" || a.name == "climatology");
      own.counted_by = counts ? parse_source(cut.sources[0]).dataset : std::string();
      if (a.name != "formula_terms")
        append(sink.attributes, followers_->follow(file, own, {a}));
      else if (of_result != nullptr)
        append(sink.attributes, terms(file, axis.name, *of_result, a));
    }
  }

  /// Terms of a vertical coordinate lie along other dimensions, too.
  Attributes terms(const std::string& file, const std::string& dimension, std::vector<Home>& homes,
                   const Attribute& formula) {
    for (auto& home : homes) {
      const bool has_it =
          std::any_of(home.cuts.begin(), home.cuts.end(), [&](const DimensionCut& c) { return c.source == dimension; });
      if (Attributes found = has_it ? followers_->follow(file, home, {formula}) : Attributes(); !found.empty())
        return found;
    }
    return {};
  }

  /// Those of all files.
  std::vector<Sink> coordinate_sinks() {
    std::vector<Sink> sinks;
    for (const auto& [path, file] : files_) {
      std::vector<std::pair<std::string, Dimension>> all;  // bounds bring dimensions of their own
      file.for_each_coordinate([&](const auto& name, const auto& d) { all.emplace_back(name, d); });
      for (const auto& [name, dimension] : all) {
        const Array& whole = coordinates_.whole(dimension.coordinate);
        const Array values = cut(whole, 0, dimension.coordinate.runs);
        Sink sink = write(file.held(values, name, options_.warn), path + ":/" + name);
        sink.dimensions = {name};
        sink.unlimited = growing_axes(file, sink.dimensions);
        if (appended_.contains({path, name})) sink.append_along = 0;
        const auto of_result = homes_.find({path, name});
        give_coordinate(sink, path, dimension.coordinate, whole, name,
                        of_result == homes_.end() ? nullptr : &of_result->second);
        sinks.push_back(std::move(sink));
      }
    }
    return sinks;
  }

  Session& session_;
  const CarryOptions& options_;
  SourceArrays arrays_;
  CoordinateArrays coordinates_;
  Followers::Files files_;
  std::vector<Labelled> results_;
  std::set<std::pair<std::string, std::string>> appended_;  // dimensions along which results grow, by file
  std::map<std::string, std::string> left_out_;             // attributes by name, and what they hold
  std::optional<Followers> followers_;
  std::map<std::pair<std::string, std::string>, std::vector<Home>>
      homes_;  // of the first result along a dimension, by file and name
};

}  // namespace

std::vector<Sink> carry_labels(Session& session, std::vector<Sink>& sinks, const CarryOptions& options,
                               Attributes& file_attributes) {
  Carrying carrying(session, options);
  std::vector<GrowingTarget> growing;
  for (auto& sink : sinks) {
    if (sink.kind != Sink::Kind::write || holds_one_array(sink.target)) continue;
    if (const auto target = find_growing(session.communicator(), sink))
      growing.push_back(*target);
    else
      carrying.add(sink);
  }
  std::vector<Sink> written = carrying.finish(file_attributes);
  for (auto& sink : coordinates_of_growth(session, growing, options.warn)) written.push_back(std::move(sink));
  return written;
}

}  // namespace tessera::command
