// Functions that put elements under other indices, from the prefix form of the golden cases.
#include "golden_words.hpp"

#include <algorithm>

namespace tessera::testing {
namespace {

Axes axes_of(const Dims& d) { return {std::vector<std::int64_t>(d.begin(), d.end())}; }

Array padded(const Array& x, const GoldenWords& words) {
  PadOptions o;
  o.mode = words.word();
  const Dims w = words.list(words.word());
  PadWidths widths;
  for (int i = 0; i < w.size(); i += 2) widths.emplace_back(w[i], w[i + 1]);
  const Dims values = words.list(words.option("values="));
  if (!values.empty()) o.values = {{Scalar(values[0]), Scalar(values[1])}};
  o.odd = !words.option("odd").empty();
  return pad(x, widths, o);
}

Array derived(const Array& x, const GoldenWords& words) {
  GradientOptions o{.axis = std::stoll(words.option("axis=")), .edge_order = std::stoi(words.option("order="))};
  const std::string spacing = words.option("spacing=");
  o.spacing.emplace_back(spacing.empty() ? Operand(words.array()) : Operand(std::stod(spacing)));
  return gradient(x, o).at(0);
}

// "(interp x xp fp left=1 right=2 period=3)"
Array interpolated(const Array& x, const GoldenWords& words) {
  const Array xp = words.array(), fp = words.array();
  const auto number = [&](const char* name) {
    const std::string text = words.option(name);
    return text.empty() ? std::nullopt : std::optional(std::stod(text));
  };
  return interp(x, xp, fp, {.left = number("left="), .right = number("right="), .period = number("period=")});
}

Array of_diagonal(const std::string& name, const Array& x, const GoldenWords& words) {
  const std::int64_t k = std::stoll(words.word()), a = std::stoll(words.word()), b = std::stoll(words.word());
  return name == "trace" ? trace(x, {.offset = k, .axis1 = a, .axis2 = b}) : diagonal(x, k, a, b);
}

Array coarse(const GoldenWords& words) {
  const std::string of = words.word();
  const Dims factors = words.list(words.word());
  const bool trim = !words.option("trim").empty();
  const Array x = words.array();
  return of == "sum" ? coarsen(sum, x, factors, trim) : coarsen(max, x, factors, trim);
}

Array repeated(const Array& x, const GoldenWords& words) {
  const Dims n = words.list(words.word());
  const std::string axis = words.option("axis=");
  return repeat(x, {n.begin(), n.end()}, axis.empty() ? std::nullopt : std::optional(std::stoll(axis)));
}

}  // namespace

std::optional<Array> build_reshape(const std::string& name, const GoldenWords& words) {
  if (name == "coarsen") return coarse(words);
  if (name == "tri") {
    const std::int64_t rows = std::stoll(words.word()), columns = std::stoll(words.word());
    return tri(rows, columns, std::stoll(words.word()));
  }
  static const char* names[] = {"reshape",  "ravel", "roll",     "rot90",  "tile",
                                "repeat",   "tril",  "triu",     "diag",   "pad",
                                "gradient", "trace", "diagonal", "interp", "sliding_window_view"};
  if (std::find(std::begin(names), std::end(names), name) == std::end(names)) return std::nullopt;
  const Array x = words.array();
  if (name == "ravel") return ravel(x);
  if (name == "pad") return padded(x, words);
  if (name == "gradient") return derived(x, words);
  if (name == "interp") return interpolated(x, words);
  if (name == "repeat") return repeated(x, words);
  if (name == "trace" || name == "diagonal") return of_diagonal(name, x, words);
  if (name == "reshape") {
    const Dims shape = words.list(words.word());
    return reshape(x, shape, words.list(words.option("chunks=")));
  }
  if (name == "tile") return tile(x, words.list(words.word()));
  if (name == "sliding_window_view") {
    const Dims lengths = words.list(words.word());
    const std::string axes = words.option("axes=");
    return axes.empty() ? sliding_window_view(x, lengths) : sliding_window_view(x, lengths, axes_of(words.list(axes)));
  }
  if (name == "roll") {
    const Dims shift = words.list(words.word());
    const std::string axes = words.option("axes=");
    return axes.empty() ? roll(x, shift) : roll(x, shift, axes_of(words.list(axes)));
  }
  const std::string last = words.word();
  const std::int64_t k = last.empty() ? 0 : std::stoll(last);
  if (name == "rot90") return rot90(x, k, words.list(words.option("axes=")));
  return name == "tril" ? tril(x, k) : name == "triu" ? triu(x, k) : diag(x, k);
}

}  // namespace tessera::testing
