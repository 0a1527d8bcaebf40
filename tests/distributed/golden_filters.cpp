// Filters, from the prefix form of the golden cases: "(correlate x 3,3 1.0,... mode=reflect,wrap origin=0,1 cval=2.5)",
// "(uniform_filter x 3,1 mode=mirror)", "(median_filter x 1,3 footprint=1,0,1 axes=0,2)", "(sobel x axis=0)", "(resize x 5,7 method=area)", "(convolve x 2 1.0,3.0 overlap=full)".
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

Axes axes(const GoldenWords& words) {
  const Dims list = words.list(words.option("axes="));
  return list.empty() ? Axes{} : Axes(std::vector<std::int64_t>(list.begin(), list.end()));
}

FilterOptions options(const GoldenWords& words) {
  return {.mode = modes(words),
          .cval = real(words, "cval="),
          .origin = words.list(words.option("origin=")),
          .sum_dtype = sums(words),
          .axes = axes(words)};
}

std::int64_t axis(const GoldenWords& words) {
  const std::string text = words.option("axis=");
  return text.empty() ? -1 : std::stoll(text);
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

std::optional<Array> smooth(const std::string& name, const GoldenWords& words) {
  if (!name.starts_with("gaussian_")) return std::nullopt;
  const Array x = words.array();
  const std::vector<double> sigma = reals(words.word());
  const GaussianOptions o{.order = words.list(words.option("order=")),
                          .mode = modes(words),
                          .cval = real(words, "cval="),
                          .sum_dtype = sums(words),
                          .axes = axes(words),
                          .radius = words.list(words.option("radius="))};
  if (name == "gaussian_filter1d") return gaussian_filter1d(x, sigma[0], axis(words), o);
  if (name == "gaussian_laplace") return gaussian_laplace(x, sigma, o);
  if (name == "gaussian_gradient_magnitude") return gaussian_gradient_magnitude(x, sigma, o);
  return gaussian_filter(x, sigma, o);
}

std::optional<Array> derivative(const std::string& name, const GoldenWords& words) {
  if (name != "sobel" && name != "prewitt") return std::nullopt;
  const Array x = words.array();
  const StencilOptions o{.mode = modes(words), .cval = real(words, "cval=")};
  return name == "sobel" ? sobel(x, axis(words), o) : prewitt(x, axis(words), o);
}

std::optional<Array> along_one_axis(const std::string& name, const GoldenWords& words) {
  if (!name.ends_with("_filter1d")) return std::nullopt;
  const Array x = words.array();
  const std::int64_t size = std::stoll(words.word());
  const FilterOptions o = options(words);
  if (name == "uniform_filter1d") return uniform_filter1d(x, size, axis(words), o);
  return name == "minimum_filter1d" ? minimum_filter1d(x, size, axis(words), o)
                                    : maximum_filter1d(x, size, axis(words), o);
}

// Of a size or a footprint.
template <class Window>
Array ordered(const std::string& name, const Array& x, const Window& window, const GoldenWords& words) {
  const FilterOptions o = options(words);
  if (name == "minimum_filter") return minimum_filter(x, window, o);
  if (name == "maximum_filter") return maximum_filter(x, window, o);
  if (name == "median_filter") return median_filter(x, window, o);
  if (name == "percentile_filter") return percentile_filter(x, real(words, "percentile="), window, o);
  return rank_filter(x, static_cast<std::int64_t>(real(words, "rank=")), window, o);
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
  if (const auto y = smooth(name, words)) return y;
  if (const auto y = derivative(name, words)) return y;
  if (const auto y = along_one_axis(name, words)) return y;
  static const char* names[] = {"uniform_filter", "minimum_filter", "maximum_filter",
                                "median_filter",  "rank_filter",    "percentile_filter"};
  if (std::find(std::begin(names), std::end(names), name) == std::end(names)) return std::nullopt;
  const Array x = words.array();
  const Dims size = words.list(words.word());
  if (name == "uniform_filter") return uniform_filter(x, size, options(words));
  const std::string footprint = words.option("footprint=");
  if (footprint.empty()) return ordered(name, x, size, words);
  return ordered(name, x, Footprint(Weights(size, reals(footprint))), words);
}

}  // namespace tessera::testing
