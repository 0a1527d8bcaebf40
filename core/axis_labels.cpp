#include <tessera/core/axis_labels.hpp>

#include <algorithm>
#include <optional>

#include <tessera/core/hash.hpp>

namespace tessera {
namespace {

using Run = AxisLabel::Run;
using Origin = AxisLabel::Origin;

/// True when both are cut from one coordinate.
bool is_of_one(const Run& a, const Run& b) {
  const StoreInfo &here = a.store->info(), &there = b.store->info();
  if (here.identity == there.identity && a.axis == b.axis) return true;
  const auto source = [](const StoreInfo& info, int axis) {
    const auto i = static_cast<std::size_t>(axis);
    return i < info.coordinates.size() ? info.coordinates[i] : std::string();
  };
  const std::string mine = source(here, a.axis);
  return !mine.empty() && mine == source(there, b.axis);
}

/// Runs of one coordinate have one of these in common.
std::vector<std::uint64_t> keys_of(const Run& run) {
  const StoreInfo& info = run.store->info();
  std::vector<std::uint64_t> keys{Hash().add(info.identity).add(run.axis).value()};
  const auto i = static_cast<std::size_t>(run.axis);
  if (i < info.coordinates.size() && !info.coordinates[i].empty())
    keys.push_back(std::hash<std::string>()(info.coordinates[i]));
  return keys;
}

bool is_same_cut(const Run& a, const Run& b) { return a.start == b.start && a.step == b.step && a.length == b.length; }

enum class Compared { same, cut_otherwise, of_another };

Compared compare(const Origin& a, const Origin& b) {
  if (std::equal(a.begin(), a.end(), b.begin(), b.end(),
                 [](const Run& x, const Run& y) { return is_of_one(x, y) && is_same_cut(x, y); }))
    return Compared::same;
  const auto of_first = [&](const Run& r) { return is_of_one(r, a.front()); };
  const bool of_one = std::all_of(a.begin(), a.end(), of_first) && std::all_of(b.begin(), b.end(), of_first);
  return of_one ? Compared::cut_otherwise : Compared::of_another;
}

/// x[:5] and x[5:] are one run, x[0:1] and x[3:4] one of step 3.
void append(Origin& runs, Run r) {
  if (r.length <= 1) r.step = 1;
  if (!runs.empty() && is_of_one(runs.back(), r)) {
    Run& last = runs.back();
    const std::int64_t step = last.length > 1 ? last.step : r.start - last.start;
    if (step != 0 && last.length > 0 && r.length > 0 && r.start == last.start + step * last.length &&
        (r.length == 1 || r.step == step)) {
      last.step = step;
      last.length += r.length;
      return;
    }
  }
  runs.push_back(std::move(r));
}

/// Rounded down, of a positive divisor.
std::int64_t floor_quotient(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

AxisOrigin cut(const AxisOrigin& origin, std::int64_t offset, std::int64_t stride, std::int64_t length) {
  auto runs = std::make_shared<Origin>();
  if (length == 0) {
    runs->push_back(origin->front());
    runs->back().step = 1;
    runs->back().length = 0;
    return runs;
  }
  // Indices i of the result whose place offset + stride * i lies in [begin, begin + n).
  const auto take = [&](const Run& r, std::int64_t begin) {
    const std::int64_t n = r.length, size = std::abs(stride);
    const std::int64_t near = stride > 0 ? begin - offset : offset - (begin + n - 1);  // in steps of `size`, from 0
    const std::int64_t first = std::max<std::int64_t>(0, -floor_quotient(-near, size)),
                       last = std::min(length - 1, floor_quotient(near + n - 1, size));
    if (first > last) return;
    const std::int64_t at = offset + stride * first - begin;
    append(*runs, {r.store, r.axis, r.start + r.step * at, r.step * stride, last - first + 1});
  };
  if (stride > 0) {
    std::int64_t begin = 0;
    for (const auto& r : *origin) take(r, std::exchange(begin, begin + r.length));
  } else {
    std::int64_t end = 0;
    for (const auto& r : *origin) end += r.length;
    for (auto r = origin->rbegin(); r != origin->rend(); ++r) take(*r, end -= r->length);
  }
  return runs;
}

}  // namespace

AxisLabel cut(AxisLabel label, const IndexTransform::Axis& a, std::int64_t length) {
  const std::int64_t stride = length == 1 && a.stride == 0 ? 1 : a.stride;
  if (stride == 0) label.origins.clear();  // one index again and again
  for (auto& origin : label.origins) {
    std::int64_t whole = 0;
    for (const auto& r : *origin) whole += r.length;
    if (a.offset != 0 || stride != 1 || length != whole) origin = cut(origin, a.offset, stride, length);
  }
  return label;
}

std::optional<AxisLabel> element(const AxisLabel& label, std::int64_t index) {
  if (label.contested || label.name.empty() || label.origins.empty()) return std::nullopt;
  AxisLabel one{.name = label.name};
  for (const auto& origin : label.origins) one.origins.push_back(cut(origin, index, 1, 1));
  return one;
}

void AxisMerge::add(const AxisLabel& operand) {
  if (operand.name.empty() && !operand.contested) return;
  if (merged_.name.empty() && !merged_.contested) {
    merged_ = operand;
    return;
  }
  if (merged_.name != operand.name) {
    merged_ = {.name = {}, .contested = true};
    return;
  }
  merged_.grows = merged_.grows || operand.grows;
  merged_.contested = merged_.contested || operand.contested;
  if (!merged_.contested && merged_.origins != operand.origins)  // the same as a rule: x + x
    for (const auto& origin : operand.origins) add(origin);
  if (merged_.contested) merged_.origins.clear();
}

void AxisMerge::add(const AxisOrigin& origin) {
  if (!is_noted_)
    for (std::size_t i = 0; i < merged_.origins.size(); i++) note(i);
  is_noted_ = true;
  for (const std::uint64_t key : keys_of(origin->front()))
    for (auto [at, end] = noted_.equal_range(key); at != end; ++at) {
      const AxisOrigin& mine = merged_.origins[at->second];
      const Compared c = mine == origin ? Compared::same : compare(*mine, *origin);
      if (c == Compared::same) return;
      merged_.contested = merged_.contested || c == Compared::cut_otherwise;
    }
  if (merged_.contested) return;  // without origins
  merged_.origins.push_back(origin);
  note(merged_.origins.size() - 1);
}

void AxisMerge::note(std::size_t number) {
  for (const std::uint64_t key : keys_of(merged_.origins[number]->front())) noted_.emplace(key, number);
}

std::vector<AxisOrigin> joined(const std::vector<const AxisLabel*>& parts) {
  std::vector<AxisOrigin> origins;
  const std::size_t count = parts.front()->origins.size();
  if (std::any_of(parts.begin(), parts.end(), [&](const auto* p) { return p->origins.size() != count; })) return {};
  for (std::size_t k = 0; k < count; k++) {
    auto runs = std::make_shared<Origin>();
    for (const auto* part : parts)
      for (const auto& r : *part->origins[k]) append(*runs, r);
    origins.push_back(std::move(runs));
  }
  return origins;
}

std::vector<AxisLabel> made_of(const ChunkCall& call, std::vector<AxisLabel> domain) {
  std::vector<AxisLabel> axes(static_cast<std::size_t>(call.made_from.size()));
  for (int r = 0; r < call.made_from.size(); r++) {
    const auto a = static_cast<int>(call.made_from[r]);
    if (a >= 0 && call.result.axis(r) == call.domain.axis(a))
      axes[static_cast<std::size_t>(r)] = std::move(domain[static_cast<std::size_t>(a)]);
  }
  return axes;
}

}  // namespace tessera
