#include "followers.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include "coordinate_arrays.hpp"
#include "launch.hpp"

namespace tessera::command {
namespace {

const std::string* text_of(const std::vector<Attribute>& attributes, const char* name) {
  for (const auto& a : attributes)
    if (a.name == name) return std::get_if<std::string>(&a.value);
  return nullptr;
}

/// "o.nc:/g/t" and "lat" -> "o.nc:/g/lat".
std::string beside(const std::string& source, const std::string& name) {
  const SourceName s = parse_source(source);
  return s.file + ":" + s.dataset.substr(0, s.dataset.rfind('/') + 1) + name;
}

/// Nothing where there is none, or one without numbers: on all ranks alike.
std::optional<Array> open_raw(Session& session, const std::vector<std::string>& sources) try {
  return sources.size() == 1 ? session.open(sources[0], {.raw = true}) : session.open_many(sources, "0", {.raw = true});
} catch (const UsageError&) {
  return std::nullopt;
} catch (const IoError&) {  // the attribute names what the file lacks
  return std::nullopt;
}

std::string key_of(const std::string& file, const std::vector<std::string>& sources, const std::vector<AxisCut>& cuts) {
  std::ostringstream key;
  key << file;
  for (const auto& s : sources) key << '\n' << s;
  for (const auto& c : cuts) {
    key << '\n' << c.target;
    for (const auto& r : c.runs) key << ' ' << r.start << ' ' << r.step << ' ' << r.length;
  }
  return key.str();
}

}  // namespace

std::string Followers::free_name(const std::string& file, const std::string& name) {
  for (int k = 1;; k++) {
    const std::string numbered = k == 1 ? name : name + "_" + std::to_string(k);
    if (taken_.contains(file + ":/" + numbered) || files_.at(file).has(numbered)) continue;
    taken_.insert(file + ":/" + numbered);
    return numbered;
  }
}

std::string Followers::follow(const std::string& file, const std::string& name, const std::vector<std::string>& sources,
                              const std::vector<AxisCut>& cuts, bool others) {
  const std::optional<Array> x = open_raw(session_, sources);
  if (!x) return {};
  Array result = *x;
  const Labels labels = labels_of(*x);
  if (labels.axes.size() == 1 && labels.axes[0].name == name) return {};  // the coordinate of a dimension
  std::vector<AxisCut> used;
  std::vector<std::string> dimensions;
  for (std::size_t i = 0; i < labels.axes.size(); i++) {
    const std::int64_t length = x->shape()[static_cast<int>(i)];
    const auto at = std::find_if(cuts.begin(), cuts.end(), [&](const AxisCut& c) {
      return !c.source.empty() && c.source == labels.axes[i].name && c.whole == length;
    });
    if (at == cuts.end() && (!others || labels.axes[i].name.empty())) return {};
    if (at != cuts.end()) {
      result = cut(result, static_cast<int>(i), at->runs);
      used.push_back(*at);
    }
    dimensions.push_back(at == cuts.end() ? files_.at(file).name_of(labels.axes[i].name, {length, {}}) : at->target);
  }
  if (others && used.empty()) return {};
  const auto [known, is_new] = known_.try_emplace(key_of(file, sources, used));
  if (!is_new) return known->second;
  known->second = free_name(file, name);
  Sink sink = write(files_.at(file).held(result), file + ":/" + known->second);
  sink.dimensions = dimensions;
  for (std::size_t i = 0; i < dimensions.size(); i++)
    if (files_.at(file).grows(dimensions[i])) sink.unlimited |= std::uint32_t{1} << i;
  sink.attributes = labels.attributes;
  sink.attributes.insert(sink.attributes.end(), labels.packing.begin(), labels.packing.end());
  sinks_.push_back(std::move(sink));
  return known->second;
}

void Followers::add_bounds(Sink& sink, const std::vector<std::string>& sources,
                           const std::vector<Attribute>& attributes, const AxisCut& cut) {
  for (const char* kind : {"bounds", "climatology"})
    if (const std::string* name = text_of(attributes, kind)) {
      std::vector<std::string> all;
      for (const auto& source : sources) all.push_back(beside(source, *name));
      const std::string followed = follow(parse_source(sink.target).file, *name, all, {cut}, true);
      if (!followed.empty()) sink.attributes.push_back({kind, followed});
    }
}

void Followers::add_auxiliary(Sink& sink, const Labels& labels) {
  if (text_of(sink.attributes, "coordinates") != nullptr) return;  // the user's
  const Store* store = nullptr;
  std::vector<AxisCut> cuts;
  for (std::size_t i = 0; i < labels.axes.size(); i++) {
    if (labels.axes[i].origins.empty()) continue;
    const AxisLabel::Origin& origin = *labels.axes[i].origins[0];
    const AxisLabel::Run& first = origin[0];
    const bool of_one = std::all_of(origin.begin(), origin.end(),
                                    [&](const auto& r) { return r.store == first.store && r.axis == first.axis; });
    if (!of_one || (store != nullptr && store != first.store.get())) continue;
    store = first.store.get();
    AxisCut cut{labels.axes[i].name, store->info().shape[first.axis], {}, sink.dimensions[i]};
    for (const auto& r : origin) cut.runs.push_back({r.start, r.step, r.length});
    cuts.push_back(std::move(cut));
  }
  const std::string* names = store == nullptr ? nullptr : text_of(store->info().attributes, "coordinates");
  if (names == nullptr) return;
  std::istringstream words(*names);
  std::string all;
  for (std::string name; words >> name;) {
    const std::string followed =
        follow(parse_source(sink.target).file, name, {beside(store->info().name, name)}, cuts, false);
    if (!followed.empty()) all += (all.empty() ? "" : " ") + followed;
  }
  if (!all.empty()) sink.attributes.push_back({"coordinates", all});
}

}  // namespace tessera::command
