// Many sources as one array: along which axis, whether they fit together, and what the ranks need to know of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include <tessera/core/hash.hpp>
#include <tessera/io/concat_store.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

using io::Joined;

// Attributes that say what the numbers mean: the whole has those of the first source.
constexpr const char* meaning[] = {"units",         "calendar",   "scale_factor", "add_offset",
                                   "missing_value", "_FillValue", "_Unsigned"};

/// Which axis `dimension` means; a name that the first source does not have makes a new one.
void choose_axis(Joined& j, const std::string& dimension, const StoreInfo& first) {
  const int rank = first.shape.size();
  int number = 0;
  const char* end = dimension.data() + dimension.size();
  if (const auto [stop, error] = std::from_chars(dimension.data(), end, number); error == std::errc{} && stop == end) {
    if (number < -rank || number >= rank)
      throw UsageError(
          fmt::format("{}: has no axis {} to join along: its shape is {}", first.name, number, to_string(first.shape)));
    j.axis = number < 0 ? number + rank : number;
    return;
  }
  if (dimension.empty()) throw UsageError("joining files needs the name of a dimension or the number of an axis");
  const auto named = std::find(first.dimensions.begin(), first.dimensions.end(), dimension);
  j.axis = named == first.dimensions.end() ? 0 : static_cast<int>(named - first.dimensions.begin());
  j.is_new = named == first.dimensions.end();
  if (j.is_new && rank == max_rank)
    throw UsageError(fmt::format("{}: has {} axes already, '{}' would be one more; arrays have at most {}", first.name,
                                 rank, dimension, max_rank));
}

std::string shown(const Attribute* a) {
  if (a == nullptr) return "none";
  if (const auto* text = std::get_if<std::string>(&a->value)) return "'" + *text + "'";
  return std::visit(
      [](const auto& values) {
        std::string list;
        if constexpr (requires { Scalar(values[0]); })
          for (const auto v : values) list += (list.empty() ? "" : ", ") + to_string(Scalar(v));
        else if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>)
          list = fmt::format("'{}'", fmt::join(values, "', '"));
        return list;
      },
      a->value);
}

/// "time, 1, 2" where only the first has a name.
std::string names_or_numbers(std::vector<std::string> dimensions) {
  for (std::size_t i = 0; i < dimensions.size(); i++)
    if (dimensions[i].empty()) dimensions[i] = std::to_string(i);
  return fmt::format("{}", fmt::join(dimensions, ", "));
}

void require_alike(const Joined& j, const std::string& dimension, const StoreInfo& first, const StoreInfo& other) {
  const auto differ = [&](const std::string& what, const std::string& here, const std::string& there) {
    throw UsageError(
        fmt::format("{}: can't be joined with {}: its {} {}, there {}", other.name, first.name, what, here, there));
  };
  if (other.dtype != first.dtype) differ("dtype is", to_string(other.dtype), to_string(first.dtype));
  bool fits = other.shape.size() == first.shape.size();
  for (int i = 0; fits && i < first.shape.size(); i++)
    fits = (!j.is_new && i == j.axis) || other.shape[i] == first.shape[i];
  if (!fits && j.is_new && !first.dimensions.empty())
    throw UsageError(
        fmt::format("{}: can't lie beside {} along a new axis '{}': its shape is {}, there {}; the "
                    "dimensions to join along are {}",
                    other.name, first.name, dimension, to_string(other.shape), to_string(first.shape),
                    names_or_numbers(first.dimensions)));
  if (!fits) differ("shape is", to_string(other.shape), to_string(first.shape));
  if (other.dimensions != first.dimensions && !other.dimensions.empty() && !first.dimensions.empty())
    differ("dimensions are", fmt::format("({})", fmt::join(other.dimensions, ", ")),
           fmt::format("({})", fmt::join(first.dimensions, ", ")));
  for (const char* name : meaning) {
    const auto *here = io::find_attribute(other, name), *there = io::find_attribute(first, name);
    const bool same = here && there ? here->value == there->value : here == there;
    if (!same) differ(fmt::format("attribute {} is", name), shown(here), shown(there));
  }
}

/// The whole before its length is known.
StoreInfo begin_whole(const Joined& j, const std::string& dimension, const StoreInfo& first) {
  StoreInfo whole = first;
  whole.stored_bytes = 0;
  whole.coordinates.resize(whole.dimensions.size());
  if (j.is_new) {
    whole.unlimited <<= 1;
    const auto behind_new = [](std::int64_t n, const Dims& others) {
      Dims all{n};
      for (const auto e : others) all.push_back(e);
      return all;
    };
    whole.shape = behind_new(0, first.shape);
    whole.indivisible = behind_new(1, first.indivisible);
    if (whole.dimensions.empty()) whole.dimensions.assign(static_cast<std::size_t>(first.shape.size()), "");
    whole.dimensions.insert(whole.dimensions.begin(), dimension);
    whole.coordinates.resize(whole.dimensions.size() - 1);
    whole.coordinates.insert(whole.coordinates.begin(), "");
  }
  return whole;
}

std::vector<std::string> all_sources(const std::vector<std::string>& names) {
  std::vector<std::string> sources;
  for (const auto& name : names)
    for (auto& source : expand_source(name)) sources.push_back(std::move(source));
  if (sources.empty()) throw UsageError("there is no source to join");
  return sources;
}

}  // namespace

std::string describe_sources(const std::vector<std::string>& names, const std::string& dimension,
                             const SourceOptions& options) {
  const std::vector<std::string> sources = all_sources(names);
  Joined j;
  StoreInfo first;
  std::optional<io::CoordinateSequence> coordinate;
  std::int64_t length = 0;
  Hash identity;
  for (const auto& source : sources) {
    StoreInfo info;
    std::string description = io::describe_one(source, options, true, &info);
    if (j.parts.empty()) {
      first = info;
      choose_axis(j, dimension, first);
      j.info = begin_whole(j, dimension, first);
      if (!j.is_new) coordinate.emplace(j.axis);
    }
    require_alike(j, dimension, first, info);
    if (!j.parts.empty()) io::require_same_coordinates(first, info, j.is_new ? -1 : j.axis);
    if (coordinate) coordinate->add(info);
    j.parts.push_back(std::move(description));
    for (int i = 0; i < info.shape.size(); i++) {
      auto& whole = j.info.indivisible[i + (j.is_new ? 1 : 0)];
      whole = std::max(whole, info.indivisible[i]);
    }
    if (__builtin_add_overflow(length, j.is_new ? 1 : info.shape[j.axis], &length))
      throw IoError(fmt::format("{}: with it the joined axis is longer than 2^63 - 1", info.name));
    j.info.stored_bytes += info.stored_bytes;
    j.info.stored_estimated = j.info.stored_estimated || info.stored_estimated;
    identity.add(info.identity);
  }
  j.info.shape[j.axis] = length;
  static_cast<void>(io::checked_bytes(first.name, j.info.shape, item_size(j.info.dtype)));
  if (sources.size() > 1) j.info.name = fmt::format("{} and {} more", first.name, sources.size() - 1);
  if (coordinate && !j.info.coordinates.empty())
    j.info.coordinates[static_cast<std::size_t>(j.axis)] = coordinate->sources();
  j.info.identity = identity.add(j.axis).add(j.is_new).value();
  j.info.grid = ChunkGrid::regular(j.info.shape, j.info.shape);
  Writer w;
  w.put(io::Format::concat);
  io::put_joined(w, j);
  return w.bytes();
}

}  // namespace tessera
