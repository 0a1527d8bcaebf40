#include "source_arrays.hpp"

#include <algorithm>

namespace tessera::command {

const SourceArrays::Opened& SourceArrays::open(const std::vector<std::string>& sources, const std::string& dimension,
                                               bool chars, const std::string& counted_by) {
  const auto key = std::tuple(sources, dimension, chars, counted_by);
  auto known = arrays_.find(key);
  if (known == arrays_.end()) known = arrays_.emplace(key, open_new(sources, dimension, chars, counted_by)).first;
  return known->second;
}

SourceArrays::Opened SourceArrays::open_new(const std::vector<std::string>& sources, const std::string& dimension,
                                            bool chars, const std::string& counted_by) {
  const auto attempt = [](const auto& open_them) -> Opened {
    try {
      return {open_them(), {}};
    } catch (const UsageError& e) {
      return {std::nullopt, e.what()};
    }
  };
  if (sources.size() == 1)
    return attempt([&] { return session_.open(sources[0], {.raw = true, .chars_as_bytes = chars}); });
  SourceOptions how{.raw = true, .counted_by = counted_by, .any_order = true};
  Opened all = attempt([&] { return session_.open_many(sources, dimension, how); });
  how.raw = false;
  if (!all.array)
    if (Opened decoded = attempt([&] { return session_.open_many(sources, dimension, how); }); decoded.array)
      return decoded;
  if (!all.array && dimension == "0" && counted_by.empty())
    if (Opened wide = attempt([&] { return open_each(sources); }); wide.array) return wide;
  return all;
}

// Those of several dtypes, in the one that holds all. throws UsageError when the numbers do not all mean the same.
Array SourceArrays::open_each(const std::vector<std::string>& sources) {
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

}  // namespace tessera::command
