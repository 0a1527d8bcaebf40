// Files without a header: which wish is for which source.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "option_tables.hpp"
#include "option_texts.hpp"

namespace tessera::command {
namespace {

/// name: as in NAME=..., empty for all. names: of the command's sources; none where they have no names.
void check_source_name(const std::string& option, const std::string& name, const std::vector<std::string>& names) {
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  throw UsageError(option + " " + name + "=...: " +
                   (names.empty()              ? "sources have no names here; leave the name out"
                    : names.front() == "FIRST" ? "the sources are FIRST and SECOND here"
                                               : "there is no -i " + name + "=SOURCE"));
}

}  // namespace

SourceOptions SourceWishes::of(const std::string& name) const {
  SourceOptions all{.raw = raw};
  const auto take = [&](const std::string& whose) {
    for (const auto& wish : headerless)
      if (wish.name == whose) {
        if (!wish.layout.raw_dtype.empty()) all.raw_dtype = wish.layout.raw_dtype;
        if (wish.layout.raw_shape) all.raw_shape = wish.layout.raw_shape;
        if (wish.layout.raw_offset) all.raw_offset = wish.layout.raw_offset;
      }
  };
  take("");
  if (!name.empty()) take(name);
  return all;
}

void OptionTables::finish_sources(SourceWishes& o, const std::vector<std::string>& names) const {
  const auto wish = [&](const char* option, const std::string& text,
                        auto&& given) -> std::pair<SourceOptions&, std::string> {
    const Named named = parse_named(text);
    check_source_name(option, named.name, names);
    auto at =
        std::find_if(o.headerless.begin(), o.headerless.end(), [&](const auto& w) { return w.name == named.name; });
    if (at == o.headerless.end()) at = o.headerless.insert(at, {named.name, {}});
    if (given(at->layout))
      throw UsageError(std::string(option) + " is given twice" + (named.name.empty() ? "" : " for " + named.name));
    return {at->layout, named.value};
  };
  for (const auto& text : raw_dtypes_) {
    const auto [layout, value] = wish("--raw-dtype", text, [](const auto& l) { return !l.raw_dtype.empty(); });
    layout.raw_dtype = value;
  }
  for (const auto& text : raw_shapes_) {
    const auto [layout, value] = wish("--raw-shape", text, [](const auto& l) { return l.raw_shape.has_value(); });
    layout.raw_shape = parse_lengths("--raw-shape", value);
  }
  for (const auto& text : raw_offsets_) {
    const auto [layout, value] = wish("--raw-offset", text, [](const auto& l) { return l.raw_offset.has_value(); });
    layout.raw_offset = parse_bytes("--raw-offset", value);
  }
  if (raw_dtypes_.empty() != raw_shapes_.empty()) throw UsageError("--raw-dtype and --raw-shape go together");
  if (!raw_offsets_.empty() && raw_shapes_.empty())
    throw UsageError("--raw-offset goes with --raw-dtype and --raw-shape");
}

}  // namespace tessera::command
