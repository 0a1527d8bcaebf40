#include "home.hpp"

#include <algorithm>

namespace tessera::command {
namespace {

struct Candidate {
  const AxisLabel* label;
  std::string target;
};

/// Of an axis of the result, the one that comes from `store`; null when no operand's does.
const AxisLabel::Origin* origin_in(const AxisLabel& label, const Store* store) {
  for (const auto& origin : label.origins)
    if (origin->front().store.get() == store) return origin.get();
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

bool is_of_many(const AxisLabel::Origin& origin) {
  return std::any_of(origin.begin(), origin.end(), [&](const auto& r) { return r.store != origin.front().store; });
}

void take_joined(Home& home, const std::string& dimension, Files files) {
  home.joined = dimension;
  home.parts = std::move(files.parts);
  home.lengths = std::move(files.lengths);
}

}  // namespace

const DimensionCut* Home::cut_of(const std::string& dimension, std::int64_t length) const {
  const auto at = std::find_if(cuts.begin(), cuts.end(),
                               [&](const DimensionCut& c) { return c.source == dimension && c.whole == length; });
  return at == cuts.end() || dimension.empty() ? nullptr : &*at;
}

std::optional<Home> home_of(const Labels& labels, const std::vector<std::string>& targets) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < labels.axes.size(); i++)
    if (!labels.axes[i].origins.empty()) candidates.push_back({&labels.axes[i], targets[i]});
  for (const auto& one : labels.scalars) candidates.push_back({&one, {}});
  if (candidates.empty()) return std::nullopt;
  const Store* store = candidates[0].label->origins[0]->front().store.get();
  const StoreInfo& info = store->info();
  Home home{{info.name}, {}, {}, info.attributes, {info.dimensions.begin(), info.dimensions.end()}};
  if (!info.parts.names.empty()) {
    home.parts = info.parts.names;
    home.lengths = info.parts.lengths;
    home.joined = info.dimensions[static_cast<std::size_t>(info.parts.axis)];
  }
  for (const auto& c : candidates) {
    const AxisLabel::Origin* origin = origin_in(*c.label, store);
    if (origin == nullptr) continue;
    std::optional<Files> files = files_of(*origin);
    if (is_of_many(*origin)) {
      if (!files) continue;
      take_joined(home, c.label->name, *files);
    }
    DimensionCut cut{c.label->name, info.shape[origin->front().axis], {}, c.target};
    if (is_of_many(*origin)) cut.whole = files->all;
    for (const auto& r : *origin) {
      const std::int64_t begin = is_of_many(*origin) ? files->begins.at(r.store.get()) : 0;
      cut.runs.push_back({begin + r.start, r.step, r.length});
    }
    home.cuts.push_back(std::move(cut));
  }
  return home;
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
