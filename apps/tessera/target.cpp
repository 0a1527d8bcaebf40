#include "target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tessera::command {

std::string full_target(const std::string& name, const std::string& where) {
  return holds_one_array(where) || !parse_source(where).dataset.empty() ? where : where + ":/" + name;
}

namespace {

/// The axis that --append-along means in `x`.
int axis_of(const std::string& wish, const std::string& name, const Array& x) {
  int axis = 0;
  const auto [end, error] = std::from_chars(wish.data(), wish.data() + wish.size(), axis);
  if (error == std::errc() && end == wish.data() + wish.size()) {
    if (axis >= -x.rank() && axis < x.rank()) return axis;
    throw UsageError(fmt::format("--append-along {}: {} has shape {}", wish, name, to_string(x.shape())));
  }
  std::string names;
  const Labels labels = labels_of(x);
  for (std::size_t i = 0; i < labels.axes.size(); i++) {
    if (labels.axes[i].name == wish) return static_cast<int>(i);
    if (!labels.axes[i].name.empty()) names += (names.empty() ? "" : ", ") + labels.axes[i].name;
  }
  throw UsageError(
      fmt::format("--append-along {}: {} has no dimension of that name, {}; its axes have the numbers 0 "
                  "to {}",
                  wish, name, names.empty() ? "nor of any" : "but " + names, x.rank() - 1));
}

}  // namespace

Sink target_sink(const TargetOptions& options, const std::string& name, const std::string& where, const Array& x) {
  const bool bare = holds_one_array(where);
  Sink sink = write(x, full_target(name, where));
  if (!options.append_along.empty()) sink.append_along = axis_of(options.append_along, name, x);
  for (const auto& wish : options.chunks) {
    const bool named = wish.name == name;
    if (!named && !(wish.name.empty() && sink.chunks.empty())) continue;
    if (bare) {
      if (named) throw UsageError("--chunks " + wish.name + "=...: " + where + " has no chunks on disk");
      continue;
    }
    if (!wish.lengths.empty() && wish.lengths.size() != x.rank())
      throw UsageError(fmt::format("--chunks has {} lengths, {} has {} dimensions {}", wish.lengths.size(), name,
                                   x.rank(), to_string(x.shape())));
    sink.chunks = wish.lengths.empty() ? auto_chunks(x.shape(), item_size(x.dtype())).largest() : wish.lengths;
  }
  for (const auto& wish : options.filters) {
    const bool named = wish.name == name;
    if (!named && !(wish.name.empty() && sink.compress.empty())) continue;
    if (!bare)
      sink.compress = wish.filters;
    else if (named)
      throw UsageError("--compress " + wish.name + "=...: " + where + " has no filters");
  }
  for (const auto& wish : options.attributes) {
    const bool named = !wish.name.empty() && wish.name == name;
    if (!named && !wish.name.empty()) continue;
    if (!bare)
      sink.attributes.push_back(wish.attribute);
    else if (named)
      throw UsageError("--attribute " + wish.name + ":" + wish.attribute.name + "=...: " + where +
                       " has no attributes");
  }
  return sink;
}

}  // namespace tessera::command
