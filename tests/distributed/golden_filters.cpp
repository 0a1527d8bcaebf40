// Filters, from the prefix form of the golden cases: "(correlate x 3,3 1.0,... mode=reflect,wrap origin=0,1 cval=2.5)",
// "(uniform_filter x 3,1 mode=mirror)", "(resize x 5,7 method=area)", "(convolve x 2 1.0,3.0 overlap=full)".
#include <algorithm>
#include <sstream>

#include "golden_words.hpp"

namespace tessera::testing {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

double real(const GoldenWords& words, const std::string& key) {
  const std::string text = words.option(key);
  return text.empty() ? 0 : std::stod(text);
}

std::vector<std::string> modes(const GoldenWords& words) {
  const std::string text = words.option("mode=");
  return text.empty() ? std::vector<std::string>{"reflect"} : split(text);
}

DType sums(const GoldenWords& words) {
  return words.option("sum_dtype=") == "float32" ? DType::float32 : DType::float64;
}

FilterOptions options(const GoldenWords& words) {
  return {.mode = modes(words),
          .cval = real(words, "cval="),
          .origin = words.list(words.option("origin=")),
          .sum_dtype = sums(words)};
}

Array weighted(const std::string& name, const GoldenWords& words) {
  const Array x = words.array();
  const Dims shape = words.list(words.word());
  const Weights w(shape, reals(words.word()));
  const std::string overlap = words.option("overlap=");
  if (!overlap.empty()) {
    const Overlap o = overlap == "full" ? Overlap::full : overlap == "same" ? Overlap::same : Overlap::valid;
    return name == "convolve" ? convolve(x, w, o) : correlate(x, w, o);
  }
  const FilterOptions o = options(words);
  return name == "convolve" ? convolve(x, w, o) : correlate(x, w, o);
}

Array smooth(const GoldenWords& words) {
  const Array x = words.array();
  const std::vector<double> sigma = reals(words.word());
  return gaussian_filter(x, sigma,
                         {.order = words.list(words.option("order=")),
                          .mode = modes(words),
                          .cval = real(words, "cval="),
                          .sum_dtype = sums(words)});
}

Array resized(const GoldenWords& words) {
  const Array x = words.array();
  const Shape shape = words.list(words.word());
  const std::string method = words.option("method=");
  ResizeOptions o{.antialias = !words.option("antialias=").empty()};
  if (method == "nearest") o.method = ResizeMethod::nearest;
  if (method == "area") o.method = ResizeMethod::area;
  return resize(x, shape, o);
}

}  // namespace

std::optional<Array> build_filter(const std::string& name, const GoldenWords& words) {
  if (name == "resize") return resized(words);
  if (name == "correlate" || name == "convolve") return weighted(name, words);
  if (name == "gaussian_filter") return smooth(words);
  static const char* names[] = {"uniform_filter", "minimum_filter", "maximum_filter", "median_filter", "rank_filter"};
  if (std::find(std::begin(names), std::end(names), name) == std::end(names)) return std::nullopt;
  const Array x = words.array();
  const Dims size = words.list(words.word());
  const auto rank = static_cast<std::int64_t>(real(words, "rank="));
  const FilterOptions o = options(words);
  if (name == "uniform_filter") return uniform_filter(x, size, o);
  if (name == "minimum_filter") return minimum_filter(x, size, o);
  if (name == "maximum_filter") return maximum_filter(x, size, o);
  return name == "median_filter" ? median_filter(x, size, o) : rank_filter(x, rank, size, o);
}

}  // namespace tessera::testing
