#include "coordinate_arrays.hpp"

#include "launch.hpp"

namespace tessera::command {

/// "climate.nc:/time", or empty when there is none.
const std::string& CoordinateArrays::source(const std::string& store, const std::string& dimension) {
  const auto [at, is_new] = sources_.try_emplace({store, dimension});
  std::string& found = at->second;
  if (is_new) {
    together(session_.communicator(), [&] {
      if (session_.rank() == 0) found = finder_.find(parse_source(store), dimension);
    });
    session_.communicator().broadcast(found, 0);
  }
  return found;
}

bool CoordinateArrays::are_same(const CoordinateCut& a, const CoordinateCut& b) {
  std::string same = "n";
  together(session_.communicator(), [&] {
    if (session_.rank() == 0 && are_same_points(a, b)) same = "y";
  });
  session_.communicator().broadcast(same, 0);
  return same == "y";
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
  const SourceArrays::Opened& values = arrays_.open(cut.sources);
  if (values.array && values.array->shape() == Shape{all}) return cut;
  // Another length in one file makes it no coordinate in the first place; texts are one that is not read.
  if ((cut.sources.size() > 1 || !values.array) && warn_)
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

}  // namespace tessera::command
