#include "followers.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "launch.hpp"

namespace tessera::command {
namespace {

constexpr int deepest = 4;  // a coordinate's bounds' terms: what names itself ends there

/// "o.nc:/g/t" and "lat" -> "o.nc:/g/lat", and "o.nc:/lat" one group up; empty above the root.
std::string beside(const std::string& source, const std::string& name, int up) {
  const SourceName s = parse_source(source);
  if (name.starts_with('/')) return up == 0 ? s.file + ":" + name : std::string();
  std::string group = s.dataset;
  for (int k = 0; k <= up; k++) {
    if (group.empty()) return {};
    group.erase(group.rfind('/'));
  }
  return s.file + ":" + group + "/" + name;
}

bool is_whole(const DimensionCut& c) {
  return c.runs == std::vector<CoordinateCut::Run>{{0, 1, c.whole}} && !c.target.empty();
}

std::string key_of(const std::string& file, const std::vector<std::string>& sources,
                   const std::vector<DimensionCut>& cuts) {
  std::ostringstream key;
  key << file;
  for (const auto& s : sources) key << '\n' << s;
  for (const auto& c : cuts) {
    key << '\n' << c.source << ' ' << c.target;
    for (const auto& r : c.runs) key << ' ' << r.start << ' ' << r.step << ' ' << r.length;
  }
  return key.str();
}

bool has_nan(const Attribute& a) {
  const auto* values = std::get_if<std::vector<double>>(&a.value);
  return values != nullptr && std::any_of(values->begin(), values->end(), [](double v) { return std::isnan(v); });
}

/// Attributes that make one variable another, by their values: in a file they may have other dtypes. NaN, a usual fill
/// value, makes none.
std::map<std::string, decltype(Attribute::value)> told(const std::vector<Attribute>& attributes, bool container) {
  static const std::set<std::string> decisive = {"units",     "calendar",   "scale_factor", "add_offset",
                                                 "_Unsigned", "_FillValue", "missing_value"};
  std::map<std::string, decltype(Attribute::value)> values;
  for (const auto& a : attributes)
    if ((container ? !is_reference_attribute(a) : decisive.contains(a.name)) && !has_nan(a))
      values.emplace(a.name, a.value);
  return values;
}

/// Elements at the beginning or the end of an array, 4096 at most.
Box end_of(const Shape& shape, bool last) {
  Box box{Dims::filled(shape.size(), 0), Dims::filled(shape.size(), 1)};
  std::int64_t room = 4096;
  for (int i = shape.size() - 1; i >= 0; i--) {
    box.extent[i] = std::min(shape[i], room);
    room /= std::max<std::int64_t>(1, box.extent[i]);
    if (last) box.lo[i] = shape[i] - box.extent[i];
  }
  return box;
}

std::vector<std::byte> elements_at(const Store& store, const Box& box) {
  const std::int64_t item = item_size(store.info().dtype);
  std::vector<std::byte> bytes(static_cast<std::size_t>(box.size() * item));
  store.read(box, bytes.data(), row_major_strides(box.extent, item));
  return bytes;
}

}  // namespace

std::optional<Followers::Variable> Followers::open(const std::vector<std::string>& sources,
                                                   const std::string& dimension, bool chars,
                                                   const std::string& counted_by) try {
  const auto& opened = arrays_.open(sources, dimension, chars, counted_by);
  if (!opened.array) {
    const std::string name = sources[0].substr(sources[0].rfind('/') + 1);
    if (sources.size() == 1 && warn_ && warned_.insert(name).second) warn_(name + " is left out: " + opened.why);
    return std::nullopt;
  }
  Variable v{sources, *opened.array, {}, labels_of(*opened.array)};
  for (const auto& axis : v.labels.axes) v.dimensions.push_back(axis.name);
  return v;
} catch (const IoError&) {  // the attribute names what a file lacks
  return std::nullopt;
}

bool Followers::are_alike(const std::vector<std::string>& sources) {
  const auto [known, is_new] = alike_.try_emplace(sources, true);
  if (!is_new) return known->second;
  std::string alike = "y";
  together(session_.communicator(), [&] {
    if (session_.rank() != 0) return;
    const auto first = open_store_alone(sources[0], {.raw = true});
    const Shape& shape = first->info().shape;
    const auto decisive = told(first->info().attributes, false);
    const auto begin = elements_at(*first, end_of(shape, false)), end = elements_at(*first, end_of(shape, true));
    for (std::size_t k = 1; k < sources.size() && alike == "y"; k++) try {
        const auto other = open_store_alone(sources[k], {.raw = true});
        const StoreInfo& info = other->info();
        if (!(info.shape == shape) || info.dtype != first->info().dtype || told(info.attributes, false) != decisive ||
            elements_at(*other, end_of(shape, false)) != begin || elements_at(*other, end_of(shape, true)) != end)
          alike = "n";
      } catch (const Error&) {
        alike = "n";
      }
  });
  session_.communicator().broadcast(alike, 0);
  return known->second = alike == "y";
}

std::optional<Followers::Variable> Followers::joined(const Variable& first, const Home& home,
                                                     const std::vector<std::string>& sources) {
  auto all = open(sources, home.joined, false, home.counted_by);
  if (all || !home.counted_by.empty()) return all;
  // An expression may have put them in another order than that of their coordinates.
  Variable v = first;
  v.sources = sources;
  std::vector<Array> parts;
  for (const auto& source : sources) {
    const auto part = open({source}, "0", false);
    if (!part || part->dimensions != first.dimensions || part->array.dtype() != first.array.dtype() ||
        told(part->labels.packing, false) != told(first.labels.packing, false) ||
        told(part->labels.attributes, false) != told(first.labels.attributes, false))
      return std::nullopt;
    parts.push_back(part->array);
  }
  const auto axis = std::find(first.dimensions.begin(), first.dimensions.end(), home.joined) - first.dimensions.begin();
  for (const auto& part : parts)
    for (int i = 0; i < part.rank(); i++)
      if (i != axis && part.shape()[i] != first.array.shape()[i]) return std::nullopt;
  v.array = concat(parts, axis);
  return v;
}

// The value of each file for all its indices on the joined dimension.
std::optional<Followers::Variable> Followers::spread(const Home& home, const std::vector<std::string>& sources) {
  auto each = open(sources, home.joined, false);
  if (!each || std::all_of(home.lengths.begin(), home.lengths.end(), [](auto n) { return n == 1; })) return each;
  if (home.lengths.size() != sources.size()) return std::nullopt;
  std::vector<Array> parts;
  for (std::size_t k = 0; k < sources.size(); k++) {
    Shape shape = each->array.shape();
    shape[0] = home.lengths[k];
    const auto at = static_cast<std::int64_t>(k);
    parts.push_back(broadcast_to(each->array[{Slice{at, at + 1}}], shape));
  }
  each->array = concat(parts);
  return each;
}

std::optional<Followers::Variable> Followers::find_beside(const std::string& part, const std::string& name, bool chars,
                                                          int& up) {
  for (up = 0;; up++) {
    const std::string source = beside(part, name, up);
    if (source.empty()) return std::nullopt;
    if (auto found = open({source}, "0", chars)) return found;
  }
}

void Followers::warn_of_parts(const std::string& name, const std::vector<std::string>& sources) {
  if (!warn_ || !warned_.insert(name).second) return;
  for (const auto& source : sources)
    if (!open({source}, "0", false)) return warn_(name + " is left out: there is no " + source + " to join");
  warn_(name + " is left out: those of " + sources[0] + " and others can't be joined");
}

std::optional<Followers::Variable> Followers::find(const Home& home, const std::string& name,
                                                   const ReferenceRule& rule) {
  int up = 0;
  auto first = find_beside(home.parts[0], name, rule.container, up);
  for (std::size_t k = 0; !first && k < home.givers.size(); k++)
    if (const auto other = find_beside(home.givers[k], name, rule.container, up);
        other && std::find(other->dimensions.begin(), other->dimensions.end(), home.joined) != other->dimensions.end())
      warn_of_parts(name, {beside(home.parts[0], name, up)});
  if (!first) return std::nullopt;
  if (home.parts.size() == 1 || home.joined.empty() || rule.container) return first;
  const bool is_joined =
      std::find(first->dimensions.begin(), first->dimensions.end(), home.joined) != first->dimensions.end();
  if (!is_joined && !rule.compared) return first;
  std::vector<std::string> sources;
  for (const auto& part : home.parts) sources.push_back(beside(part, name, up));
  if (!is_joined && are_alike(sources)) return first;
  auto all = is_joined ? joined(*first, home, sources) : spread(home, sources);
  // What lacks the joined dimension is looked for in each of the datasets that an expression joins, too.
  if (!all && (is_joined || home.givers.empty())) warn_of_parts(name, sources);
  return all;
}

std::optional<Followers::Following> Followers::following(const std::string& file, const Home& home,
                                                         const std::string& name, const ReferenceRule& rule) {
  const auto v = find(home, name, rule);
  // A coordinate that is not among the home's names belongs to a dimension that the result lost.
  if (!v || v->dimensions == std::vector<std::string>{name}) return std::nullopt;
  Array result = v->array;
  std::vector<Index> elements;
  std::vector<DimensionCut> cuts;
  std::vector<std::string> dimensions;
  for (std::size_t i = 0; i < v->dimensions.size(); i++) {
    const int axis = static_cast<int>(i);
    const std::string& dimension = v->dimensions[i];
    const DimensionCut* c = home.cut_of(dimension, v->array.shape()[axis]);
    if (c == nullptr && (!rule.other_axes || dimension.empty() || home.dimensions.contains(dimension)))
      return std::nullopt;
    if (c != nullptr && rule.uncut && !is_whole(*c)) return std::nullopt;
    if (c != nullptr) result = cut(result, axis, c->runs);
    if (c != nullptr) cuts.push_back(*c);
    const bool is_dropped = c != nullptr && c->target.empty();
    elements.push_back(is_dropped ? Index(0) : Index(Slice{}));
    if (!is_dropped) dimensions.push_back(c == nullptr ? std::string() : c->target);
    if (c == nullptr) dimensions.back() = files_.at(file).name_of(dimension, {v->array.shape()[axis], {}});
  }
  Sink sink = write(result.index(elements), file);
  sink.dimensions = dimensions;
  sink.attributes = v->labels.attributes;
  sink.attributes.insert(sink.attributes.end(), v->labels.packing.begin(), v->labels.packing.end());
  return Following{key_of(file, v->sources, cuts), std::move(sink), v->labels.references};
}

std::string Followers::follow_one(const std::string& file, Home& home, const std::string& name,
                                  const ReferenceRule& rule) {
  auto found = following(file, home, name, rule);
  if (!found) return {};
  const bool is_of_terms = rule.container && rule.uncut;  // it follows if they do
  if (const auto known = known_.find(found->key); known != known_.end() && !is_of_terms) return known->second;
  const auto references = follow(file, home, found->references);
  if (is_of_terms && references.size() != found->references.size()) return {};
  found->sink.attributes.insert(found->sink.attributes.end(), references.begin(), references.end());
  return known_[found->key] = place(file, name.substr(name.rfind('/') + 1), std::move(found->sink), rule.container);
}

std::vector<Attribute> Followers::follow(const std::string& file, Home& home,
                                         const std::vector<Attribute>& attributes) {
  std::vector<Attribute> followed;
  if (depth_ == deepest) return followed;
  depth_++;
  std::vector<Attribute> ordered = attributes;  // grid mappings name coordinates
  std::stable_partition(ordered.begin(), ordered.end(), [](const Attribute& a) { return a.name != "grid_mapping"; });
  for (const auto& a : ordered) {
    const auto rule = reference_rule(a.name);
    const auto* text = std::get_if<std::string>(&a.value);
    if (!rule || text == nullptr) continue;
    const std::string names = with_names(a.name, *text, [&](const ReferencedName& r) -> std::string {
      if (const auto at = home.names.find(r.name); at != home.names.end())
        return a.name == "coordinates" ? std::string() : at->second;
      const auto at = home.others.find(r.name);
      if (at != home.others.end() || r.of_coordinate) return at == home.others.end() ? std::string() : at->second;
      const std::string there = follow_one(file, home, r.name, *rule);
      if (!there.empty()) home.others[r.name] = there;
      return there;
    });
    if (!names.empty()) followed.push_back({a.name, names});
  }
  depth_--;
  return followed;
}

// Of a hundred results t[i] every time is compared with all others: each is read once.
const std::vector<std::byte>& Followers::element_of(const Array& x) {
  const auto [at, is_new] = elements_.try_emplace(x.node());
  if (is_new) {
    const Result result = session_.compute(x);
    at->second.assign(result.bytes().begin(), result.bytes().end());
  }
  return at->second;
}

bool Followers::have_same_elements(const Array& a, const Array& b) {
  if (!(a.shape() == b.shape())) return false;
  if (a.size() == 0) return true;
  if (a.size() == 1 && a.dtype() == b.dtype()) return element_of(a) == element_of(b);
  return session_.compute(all((a == b) | ((a != a) & (b != b)))).item<bool>();
}

bool Followers::are_same(const Sink& a, const Sink& b, bool container) {
  return a.dimensions == b.dimensions && told(a.attributes, container) == told(b.attributes, container) &&
         (container || have_same_elements(a.array, b.array));
}

bool Followers::is_there(const std::string& file, const std::string& name, const Sink& variable, bool container) {
  if (!files_.at(file).is_added_to()) return false;
  const auto old = open({file + ":/" + name}, "0", container);
  if (!old) return false;
  Sink there = write(old->array, file);
  there.dimensions = old->dimensions;
  there.attributes = old->labels.attributes;
  there.attributes.insert(there.attributes.end(), old->labels.packing.begin(), old->labels.packing.end());
  return are_same(there, variable, container);
}

std::string Followers::place(const std::string& file, const std::string& name, Sink variable, bool container) {
  TargetDimensions& dimensions = files_.at(file);
  for (int k = 1;; k++) {
    const std::string numbered = k == 1 ? name : name + "_" + std::to_string(k), target = file + ":/" + numbered;
    const auto result = results_.find(target);
    const auto mine = placed_.find(target);
    if (result != results_.end() || mine != placed_.end()) {
      const Sink* other = mine != placed_.end() ? &sinks_[mine->second] : result->second;
      if (other != nullptr && are_same(*other, variable, container)) return numbered;
      continue;
    }
    if (dimensions.has(numbered)) {
      if (is_there(file, numbered, variable, container)) return numbered;
      continue;
    }
    variable.target = target;
    variable.array = dimensions.held(variable.array, numbered, warn_);
    for (std::size_t i = 0; i < variable.dimensions.size(); i++)
      if (dimensions.grows(variable.dimensions[i])) variable.unlimited |= std::uint32_t{1} << i;
    placed_.emplace(target, sinks_.size());
    sinks_.push_back(std::move(variable));
    return numbered;
  }
}

}  // namespace tessera::command
