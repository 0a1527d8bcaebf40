#include "home.hpp"

#include <algorithm>
#include <optional>

#include "references.hpp"

namespace tessera::command {
namespace {

struct Candidate {
  const AxisLabel* label;
  std::string target;
};

/// True when both are axes of one dataset, or have one coordinate.
bool is_of(const AxisLabel::Run& run, const StoreInfo& info, std::size_t axis) {
  const StoreInfo& other = run.store->info();
  const auto number = static_cast<std::size_t>(run.axis);
  if (other.identity == info.identity) return number == axis;
  const auto source = [](const StoreInfo& i, std::size_t n) {
    return n < i.coordinates.size() ? i.coordinates[n] : std::string();
  };
  return !source(info, axis).empty() && source(other, number) == source(info, axis);
}

bool is_of_many(const AxisLabel::Origin& origin) {
  return std::any_of(origin.begin(), origin.end(), [&](const auto& r) { return r.store != origin.front().store; });
}

/// Of an axis of the result, the one that comes from `store`, or is cut from a coordinate that it has, too; null when
/// no operand's does.
const AxisLabel::Origin* origin_in(const AxisLabel& label, const Store* store) {
  for (const auto& origin : label.origins)
    if (origin->front().store.get() == store) return origin.get();
  const StoreInfo& info = store->info();
  const auto named = std::find(info.dimensions.begin(), info.dimensions.end(), label.name);
  if (named == info.dimensions.end()) return nullptr;
  const auto axis = static_cast<std::size_t>(named - info.dimensions.begin());
  for (const auto& origin : label.origins)
    if (!is_of_many(*origin) && is_of(origin->front(), info, axis)) return origin.get();
  return nullptr;
}

/// The files behind an origin, one behind the other.
struct Files {
  std::vector<std::string> parts{};
  std::vector<std::int64_t> lengths{};
  std::map<const Store*, std::int64_t> begins{};
  std::int64_t all = 0;
};

/// Nothing when some store is joined along another axis.
std::optional<Files> files_of(const AxisLabel::Origin& origin) {
  Files files;
  for (const auto& run : origin) {
    const StoreInfo& info = run.store->info();
    if (!files.begins.emplace(run.store.get(), files.all).second) continue;
    const std::int64_t length = info.shape[run.axis];
    if (info.parts.names.empty()) {
      files.parts.push_back(info.name);
      files.lengths.push_back(length);
    } else if (info.parts.axis != run.axis) {
      return std::nullopt;
    } else {
      files.parts.insert(files.parts.end(), info.parts.names.begin(), info.parts.names.end());
      files.lengths.insert(files.lengths.end(), info.parts.lengths.begin(), info.parts.lengths.end());
    }
    files.all += length;
  }
  return files;
}

void take_joined(Home& home, const std::string& dimension, Files files) {
  home.joined = dimension;
  home.parts = std::move(files.parts);
  home.lengths = std::move(files.lengths);
}

using Givers = std::set<const Store*>;

/// The names that another dataset's attributes have, too.
void unite_references(std::vector<Attribute>& all, const StoreInfo& other) {
  for (const auto& a : other.attributes) {
    if (!is_reference_attribute(a)) continue;
    const auto at = std::find_if(all.begin(), all.end(), [&](const Attribute& known) { return known.name == a.name; });
    if (at == all.end()) {
      all.push_back(a);
      continue;
    }
    auto* text = std::get_if<std::string>(&at->value);
    const auto* more = std::get_if<std::string>(&a.value);
    if (is_list_of_names(a.name) && text != nullptr && more != nullptr) *text = united(*text, *more);
  }
}

/// Of the datasets that an expression joins those that give elements, whichever comes first.
void unite_givers(Home& home, const AxisLabel::Origin& origin, const Givers& givers) {
  Givers seen;
  for (const auto& run : origin) {
    if (!givers.contains(run.store.get()) || !seen.insert(run.store.get()).second) continue;
    const StoreInfo& info = run.store->info();
    home.givers.push_back(info.parts.names.empty() ? info.name : info.parts.names[0]);
    unite_references(home.attributes, info);
  }
}

/// alone: without the other datasets that this one is joined with.
Home home_in(const std::shared_ptr<const Store>& store, const std::vector<Candidate>& candidates, const Givers& givers,
             bool alone) {
  const StoreInfo& info = store->info();
  Home home;
  home.parts = {info.name};
  home.dimensions = {info.dimensions.begin(), info.dimensions.end()};
  if (givers.contains(store.get())) unite_references(home.attributes, info);
  home.is_alone = alone;
  if (!info.parts.names.empty()) {
    home.parts = info.parts.names;
    home.lengths = info.parts.lengths;
    home.joined = info.dimensions[info.parts.axis];
  }
  for (const auto& c : candidates) {
    const AxisLabel::Origin* origin = origin_in(*c.label, store.get());
    if (origin == nullptr || (alone && is_of_many(*origin))) continue;
    std::optional<Files> files = files_of(*origin);
    if (is_of_many(*origin)) {
      if (!files) continue;
      take_joined(home, c.label->name, *files);
      unite_givers(home, *origin, givers);
    }
    DimensionCut cut{c.label->name, origin->front().store->info().shape[origin->front().axis], {}, c.target};
    if (is_of_many(*origin)) cut.whole = files->all;
    for (const auto& r : *origin) {
      const std::int64_t begin = is_of_many(*origin) ? files->begins.at(r.store.get()) : 0;
      cut.runs.push_back({begin + r.start, r.step, r.length});
    }
    home.cuts.push_back(std::move(cut));
  }
  return home;
}

/// The datasets that are joined along some dimension, and the first of each row.
struct Rows {
  std::set<const Store*> members{}, firsts{};
  explicit Rows(const std::vector<Candidate>& candidates) {
    for (const auto& c : candidates)
      for (const auto& origin : c.label->origins) {
        if (!is_of_many(*origin)) continue;
        firsts.insert(origin->front().store.get());
        for (const auto& run : *origin) members.insert(run.store.get());
      }
  }
};

}  // namespace

const DimensionCut* Home::cut_of(const std::string& dimension, std::int64_t length) const {
  const auto at = std::find_if(cuts.begin(), cuts.end(),
                               [&](const DimensionCut& c) { return c.source == dimension && c.whole == length; });
  return at == cuts.end() || dimension.empty() ? nullptr : &*at;
}

std::vector<Home> homes_of(const Labels& labels, const std::vector<std::string>& targets) {
  const std::vector<std::shared_ptr<const Store>>& givers = labels.givers;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < labels.axes.size(); i++)
    if (!labels.axes[i].origins.empty()) candidates.push_back({&labels.axes[i], targets[i]});
  for (const auto& one : labels.scalars) candidates.push_back({&one, {}});
  std::vector<std::shared_ptr<const Store>> stores = givers;
  for (const auto& c : candidates) stores.push_back(c.label->origins[0]->front().store);
  const Rows rows(candidates);
  Givers giving;
  for (const auto& g : givers) giving.insert(g.get());
  std::vector<Home> homes, alone;
  std::set<const Store*> known;
  for (std::size_t i = 0; i < stores.size(); i++) {
    if (!known.insert(stores[i].get()).second) continue;
    const bool gives = i < givers.size(), is_member = rows.members.contains(stores[i].get());
    if (!is_member || rows.firsts.contains(stores[i].get()))
      homes.push_back(home_in(stores[i], candidates, giving, false));
    if (is_member && gives) alone.push_back(home_in(stores[i], candidates, giving, true));
  }
  homes.insert(homes.end(), alone.begin(), alone.end());
  return homes;
}

Array cut(const Array& x, int axis, const std::vector<CoordinateCut::Run>& runs) {
  std::vector<Array> parts;
  for (const auto& r : runs) {
    std::vector<Index> index(static_cast<std::size_t>(axis), Index(Slice{}));
    const std::int64_t stop = r.start + r.step * r.length;
    Slice slice{r.start, stop, r.step};
    if (stop < 0) slice.stop.reset();  // down to the first; a negative number would count from the back
    if (r.length == 0) slice = Slice{0, 0, {}};
    index.emplace_back(slice);
    parts.push_back(x.index(index));
  }
  return concat(parts, axis);
}

}  // namespace tessera::command
