#include "coordinate_arrays.hpp"

#include <algorithm>

#include "launch.hpp"

namespace tessera::command {

/// "climate.nc:/time", or empty when there is none.
const std::string& CoordinateArrays::source(const std::string& store, const std::string& dimension) {
  const auto [at, is_new] = sources_.try_emplace({store, dimension});
  if (is_new) {
    together(session_.communicator(), [&] {
      if (session_.rank() == 0) at->second = finder_.find(parse_source(store), dimension);
    });
    session_.communicator().broadcast(at->second, 0);
  }
  return at->second;
}

bool CoordinateArrays::are_same(const CoordinateCut& a, const CoordinateCut& b) {
  std::string same = "n";
  together(session_.communicator(), [&] {
    if (session_.rank() == 0 && are_same_points(a, b)) same = "y";
  });
  session_.communicator().broadcast(same, 0);
  return same == "y";
}

const CoordinateArrays::Opened& CoordinateArrays::open(const std::vector<std::string>& sources) {
  auto known = arrays_.find(sources);
  if (known == arrays_.end()) known = arrays_.emplace(sources, open_all(sources)).first;
  return known->second;
}

// What is refused is refused on all ranks alike. Elements stay as they are in the files as long as that can be.
CoordinateArrays::Opened CoordinateArrays::open_all(const std::vector<std::string>& sources) {
  const auto attempt = [](const auto& open_them) -> Opened {
    try {
      return {open_them(), {}};
    } catch (const UsageError& e) {
      return {std::nullopt, e.what()};
    }
  };
  if (sources.size() == 1) return attempt([&] { return session_.open(sources[0], {.raw = true}); });
  Opened all = attempt([&] { return session_.open_many(sources, "0", {.raw = true}); });
  if (!all.array)
    if (Opened decoded = attempt([&] { return session_.open_many(sources, "0"); }); decoded.array) return decoded;
  if (!all.array)
    if (Opened wide = attempt([&] { return open_each(sources); }); wide.array) return wide;
  return all;
}

// Those of several dtypes, in the one that holds all. throws UsageError when the numbers do not all mean the same.
Array CoordinateArrays::open_each(const std::vector<std::string>& sources) {
  std::vector<Array> parts;
  for (const auto& source : sources) parts.push_back(session_.open(source, {.raw = true}));
  const Array all = concat(parts);
  const auto has_units = [](const Array& x) {
    const Labels labels = labels_of(x);
    return !labels.packing.empty() || std::any_of(labels.attributes.begin(), labels.attributes.end(),
                                                  [](const Attribute& a) { return a.name == "units"; });
  };
  if (std::any_of(parts.begin(), parts.end(), has_units) && !has_units(all))
    throw UsageError(sources[0] + " and others: units differ");
  return all;
}

/// The coordinate of one operand: its runs as elements of all their sources, which lie one behind the other.
std::optional<CoordinateCut> CoordinateArrays::of(const std::string& name, const AxisLabel::Origin& origin) {
  CoordinateCut cut;
  std::map<std::string, std::int64_t> begins;  // of a run's sources among all
  std::int64_t all = 0;
  for (const auto& run : origin) {
    const StoreInfo& store = run.store->info();
    const auto number = static_cast<std::size_t>(run.axis);
    const bool known = number < store.coordinates.size() && !store.coordinates[number].empty();
    const std::string& from = known ? store.coordinates[number] : source(store.name, name);
    if (from.empty()) return std::nullopt;
    const auto [at, is_new] = begins.emplace(from, all);
    if (is_new) {
      all += store.shape[run.axis];
      for (auto& line : lines_of(from)) cut.sources.push_back(std::move(line));
    }
    cut.runs.push_back({at->second + run.start, run.step, run.length});
  }
  const Opened& values = open(cut.sources);
  if (values.array && values.array->shape() == Shape{all}) return cut;
  // Of one file it is no coordinate in the first place; of several it would have been one.
  if (cut.sources.size() > 1 && warn_)
    warn_(name + " has no coordinate in the result: " +
          (values.array ? "not every file has as many values as indices" : values.why));
  return std::nullopt;
}

std::optional<CoordinateCut> CoordinateArrays::of(const AxisLabel& axis) {
  std::optional<CoordinateCut> first;
  for (const auto& origin : axis.origins) {
    const auto found = of(axis.name, *origin);
    if (!found || found == first) continue;
    if (!first) {
      first = found;
    } else if (!are_same(*first, *found)) {
      if (warn_)
        warn_(axis.name + " has no coordinate in the result: " + first->sources[0] + " and " + found->sources[0] +
              " differ");
      return std::nullopt;
    }
  }
  return first;
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
