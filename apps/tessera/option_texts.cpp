#include "option_texts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "../language/evaluator.hpp"
#include "../language/suggest.hpp"

namespace tessera::command {
namespace {

/// "3,4,5"; nothing when it is not that.
std::optional<Dims> parse_integers(std::string_view text, std::int64_t least) {
  Dims integers;
  while (integers.size() < max_rank) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + comma, value);
    if (error != std::errc{} || end != text.data() + comma || value < least) return std::nullopt;
    integers.push_back(value);
    if (comma == text.size()) return integers;
    text.remove_prefix(comma + 1);
  }
  return std::nullopt;
}

/// The numbers of "1,2.5,3", of which all characters are used; nothing for any other text.
template <class T>
std::optional<std::vector<T>> parse_numbers(std::string_view text) {
  std::vector<T> numbers;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    if (word.find_first_of("0123456789") == word.npos) return std::nullopt;  // neither nan nor inf
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    numbers.push_back(value);
    if (comma == text.size()) return numbers;
    text.remove_prefix(comma + 1);
  }
}

decltype(Attribute::value) attribute_value(const std::string& text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  if (auto integers = parse_numbers<std::int64_t>(text)) return std::move(*integers);
  if (auto numbers = parse_numbers<double>(text)) return std::move(*numbers);
  return text;
}

/// throws UsageError for names that say how the elements or the dimensions are stored, which follows from the result.
void check_attribute_name(const std::string& name) {
  static constexpr const char* storage[] = {
      "_FillValue", "missing_value",  "scale_factor", "add_offset",       "_Unsigned",     "CLASS",
      "NAME",       "DIMENSION_LIST", "dtype",        "DIMENSION_LABELS", "REFERENCE_LIST"};
  if (name.empty()) throw UsageError("--attribute wants [NAME:]KEY=VALUE; KEY is empty");
  const bool stored = std::any_of(std::begin(storage), std::end(storage), [&](const char* s) { return name == s; });
  if (stored || name.starts_with("_Netcdf4") || name.starts_with("_NC") || name.find('/') != std::string::npos)
    throw UsageError("--attribute " + name + "=...: " +
                     (name.find('/') != std::string::npos
                          ? "a name has no '/'"
                          : "says how the elements are stored, which follows from the result"));
}

}  // namespace

Binding parse_binding(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string wanted = option + " wants NAME=" + (option == "-i" ? "SOURCE" : "TARGET");
  if (equals == std::string::npos) throw UsageError(wanted + ", not '" + text + "'");
  Binding b{text.substr(0, equals), text.substr(equals + 1)};
  if (!language::is_name(b.name)) throw UsageError(wanted + "; '" + b.name + "' is not a name (letters, digits and _)");
  if (b.where.empty()) throw UsageError(wanted + "; nothing stands after '" + b.name + "='");
  return b;
}

ChunkWish parse_chunks(const std::string& text) {
  ChunkWish wish;
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) wish.name = text.substr(0, equals);
  const std::string_view lengths = std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1);
  if (lengths == "auto") return wish;
  const auto parsed = parse_integers(lengths, -1);
  if (!parsed || std::find(parsed->begin(), parsed->end(), 0) != parsed->end())
    throw UsageError("--chunks wants [NAME=]LENGTH,LENGTH,... (-1: the whole axis) or auto, not '" + text + "'");
  wish.lengths = *parsed;
  return wish;
}

FilterWish parse_filters(const std::string& text) {
  const std::size_t equals = text.find('=');
  FilterWish wish;
  if (equals != std::string::npos) wish.name = text.substr(0, equals);
  wish.filters = text.substr(equals == std::string::npos ? 0 : equals + 1);
  if (wish.filters.empty()) throw UsageError("--compress wants [NAME=]FILTERS, such as gzip:4, not '" + text + "'");
  return wish;
}

AttributeWish parse_units(const std::string& text) {
  const Named named = parse_named(text);
  return {named.name, {"units", named.value}};
}

AttributeWish parse_attribute(const std::string& text) {
  const std::size_t equals = text.find('='), colon = text.substr(0, equals).find(':');
  if (equals == std::string::npos || colon == 0)
    throw UsageError("--attribute wants [NAME:]KEY=VALUE, not '" + text + "'");
  AttributeWish wish;
  const std::size_t key = colon == std::string::npos ? 0 : colon + 1;
  if (key > 0) wish.name = text.substr(0, colon);
  wish.attribute = {text.substr(key, equals - key), attribute_value(text.substr(equals + 1))};
  check_attribute_name(wish.attribute.name);
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&wish.attribute.value))
    if (std::all_of(integers->begin(), integers->end(),
                    [](std::int64_t v) { return v == static_cast<std::int32_t>(v); }))
      wish.attribute.stored = DType::int32;  // NetCDF's int
  return wish;
}

Named parse_named(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::int64_t parse_bytes(const std::string& option, const std::string& text) {
  const auto numbers = parse_integers(text, 0);
  if (!numbers || numbers->size() != 1)
    throw UsageError(option + " wants a number of bytes from 0 on, not '" + text + "'");
  return (*numbers)[0];
}

Shape parse_lengths(const std::string& option, const std::string& text) {
  const auto lengths = parse_integers(text, -1);
  if (!lengths)
    throw UsageError(option + " wants lengths such as 365,73,144 (-1: what the file has), not '" + text + "'");
  return *lengths;
}

Dims parse_axes(const std::string& text) {
  const auto axes = parse_integers(text, std::numeric_limits<std::int64_t>::min());
  if (!axes)
    throw UsageError("--axes wants the axes of the source in their new order, such as 2,0,1, not '" + text + "'");
  return *axes;
}

std::vector<NamedQuantile> parse_quantiles(const std::string& text) {
  const auto numbers = parse_numbers<double>(text);
  const auto is_outside = [](double q) { return !(q >= 0 && q <= 1); };
  if (!numbers || std::any_of(numbers->begin(), numbers->end(), is_outside))
    throw UsageError("--quantiles wants numbers from 0 to 1 such as 0.05,0.5,0.95, not '" + text + "'");
  std::vector<NamedQuantile> quantiles;
  std::size_t at = 0;
  for (const double q : *numbers) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    for (const NamedQuantile& other : quantiles)
      if (other.q == q) throw UsageError("--quantiles " + text + ": " + other.text + " is given twice");
    quantiles.push_back({text.substr(at, comma - at), q});
    at = comma + 1;
  }
  return quantiles;
}

void parse_bins(const std::string& text, HistogramOptions& options) {
  const auto& names = bin_estimators();
  if (std::find(names.begin(), names.end(), text) != names.end()) {
    options.estimator = text;
    return;
  }
  std::int64_t bins = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bins);
  if (error != std::errc{} || end != text.data() + text.size()) {
    std::string all;
    for (const auto& name : names) all += ", " + name;
    throw UsageError("--bins wants a number of bins, or one of" + all.substr(1) + "; not '" + text + "'" +
                     language::did_you_mean(text, names));
  }
  if (bins < 1) throw UsageError("--bins wants 1 or more, not " + text);
  options.bins = bins;
}

std::vector<double> parse_bin_edges(const std::string& text) {
  const auto edges = parse_numbers<double>(text);
  const bool rise = edges && edges->size() > 1 && std::is_sorted(edges->begin(), edges->end()) &&
                    std::none_of(edges->begin(), edges->end(), [](double e) { return std::isnan(e); });
  if (!rise) throw UsageError("--edges wants two rising numbers or more, such as 0,1,10, not '" + text + "'");
  return *edges;
}

std::vector<double> parse_bin_range(const std::string& text) {
  const auto ends = parse_numbers<double>(text);
  const bool good = ends && ends->size() == 2 && std::isfinite((*ends)[0]) && std::isfinite((*ends)[1]);
  if (!good || (*ends)[0] > (*ends)[1])
    throw UsageError("--range wants two numbers, the lower one first, such as 0,1, not '" + text + "'");
  return *ends;
}

DType parse_dtype_name(const std::string& text) {
  if (const auto type = parse_dtype(text)) return *type;
  std::vector<std::string> names;
  for (int i = 0; i < dtype_count; i++) names.push_back(to_string(static_cast<DType>(i)));
  throw UsageError("--dtype: unknown dtype '" + text + "'" + language::did_you_mean(text, names));
}

}  // namespace tessera::command
