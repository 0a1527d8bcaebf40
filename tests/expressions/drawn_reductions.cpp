// Reductions over some axes, and folds along one.
#include "../distributed/counted.hpp"
#include "drawn.hpp"

namespace tessera::testing {
namespace {

// Of small arrays mostly whole columns; half of these are counted as if they were long.
Array selected(const Array& x, const ReduceOptions& o, Array (*select)(const Array&, const ReduceOptions&)) {
  const Array y = select(x, o);
  return below(2) ? y : counted(y);
}
Array any_median(const Array& x, const ReduceOptions& o) {
  return selected(
      x, o, [](const Array& a, const ReduceOptions& r) { return median(a, {.axis = r.axis, .keepdims = r.keepdims}); });
}
Array any_nanmedian(const Array& x, const ReduceOptions& o) {
  return selected(x, o, [](const Array& a, const ReduceOptions& r) {
    return nanmedian(a, {.axis = r.axis, .keepdims = r.keepdims});
  });
}
Array any_lower(const Array& x, const ReduceOptions& o) {
  return selected(x, o, [](const Array& a, const ReduceOptions& r) {
    return quantile(a, 0.3, {.axis = r.axis, .method = "lower", .keepdims = r.keepdims});
  });
}

}  // namespace

double rounding_of(const std::string& name, const Drawn& x, const reference::Array& y, std::int64_t count) {
  const double m = magnitude(x.expected);
  const auto terms = static_cast<double>(std::max<std::int64_t>(count, 1));
  double error = name == "sum" ? x.error * static_cast<double>(count) : x.error;
  if (rounds(y.type))
    error += 8 * unit(y.type) *
             (name == "sum"                            ? m * terms
              : name == "prod"                         ? magnitude(y) * terms
              : name.ends_with("var") || name == "std" ? m * m
                                                       : m);
  return error;
}

bool Drawer::reduction() {
  struct Row {
    const char* name;
    Array (*call)(const Array&, const ReduceOptions&);
    bool jumps;  // needs exact operands
  };
  static const Row rows[] = {{"sum", sum, false},
                             {"mean", mean, false},
                             {"min", min, false},
                             {"max", max, false},
                             {"any", tessera::any, true},
                             {"all", tessera::all, true},
                             {"var", var, true},
                             {"prod", prod, true},
                             {"argmin", argmin, true},
                             {"argmax", argmax, true},
                             {"count_nonzero", count_nonzero, true},
                             {"nansum", nansum, true},
                             {"nanmean", nanmean, true},
                             {"nanmin", nanmin, true},
                             {"nanmax", nanmax, true},
                             {"median", any_median, false},
                             {"nanmedian", any_nanmedian, true},
                             {"lower", any_lower, false}};
  const Row& row = rows[below(std::size(rows))];
  const std::string name = row.name;
  const Drawn x = any();
  if (row.jumps && !x.exact) return false;
  const int rank = static_cast<int>(x.expected.shape.size());
  std::vector<bool> reduced;
  std::vector<std::int64_t> axes;
  std::int64_t count = 1;
  for (int a = 0; a < rank; a++) {
    reduced.push_back(below(2) == 0);
    if (!reduced.back()) continue;
    axes.push_back(a - (below(2) ? rank : 0));
    count *= x.expected.shape[static_cast<std::size_t>(a)];
  }
  if (name.starts_with("arg") && axes.size() != 1 && axes.size() != reduced.size()) return false;
  if (name.starts_with("nan") && reference::is_complex(x.expected.type)) return false;
  const bool keepdims = below(2) == 0;
  if (name == "var" && (!is_finite(x.expected) || magnitude(x.expected) > 1e6)) return false;
  const auto y = reference::reduce(name, x.expected, reduced, keepdims);
  if (!y) return false;
  if (name == "lower" && count == 0 && !reference::is_float(x.expected.type)) return false;  // no element to take
  ReduceOptions options;
  options.axis = Axes(axes);
  options.keepdims = keepdims;
  const std::string text = name + "(" + label(x) + ", axis=" + to_string([&] {
                             Dims d;
                             for (auto a : axes) d.push_back(a);
                             return d;
                           }()) +
                           ")";
  const bool rounding =
      name == "mean" || name.ends_with("median") || name == "var" || name == "nanmean" || name == "prod";
  const double error = rounding_of(name, x, *y, count);
  keep(row.call(x.array, options), *y, text, {&x}, !rounding, error);
  return true;
}

bool Drawer::scan() {
  if (below(3) == 0) return differences();
  struct Row {
    const char* name;
    Array (*call)(const Array&, int);
    bool rounds;
  };
  static const Row rows[] = {
      {"sum", [](const Array& x, int axis) { return cumulative_sum(x, {.axis = axis}); }, false},
      {"prod", [](const Array& x, int axis) { return cumulative_prod(x, {.axis = axis}); }, true},
      {"min", [](const Array& x, int axis) { return cumulative_min(x, axis); }, false},
      {"max", [](const Array& x, int axis) { return cumulative_max(x, axis); }, false}};
  const Row& row = rows[below(std::size(rows))];
  const std::string name = row.name;
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || (row.rounds && !x.exact)) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  if (n == 0) return false;
  std::vector<bool> reduced(static_cast<std::size_t>(rank));
  reduced[static_cast<std::size_t>(axis)] = true;
  std::vector<reference::Array> prefixes;
  for (std::int64_t i = 1; i <= n; i++) {
    auto y = reference::reduce(name, reference::slice(x.expected, axis, 0, i, 1), reduced, true);
    if (!y) return false;
    prefixes.push_back(std::move(*y));
  }
  const reference::Array y = reference::concat(prefixes, axis);
  const auto terms = static_cast<double>(n);
  double error = name == "sum" ? x.error * terms : x.error;
  if (rounds(y.type) && name == "sum") error += 8 * unit(y.type) * magnitude(x.expected) * terms;
  if (rounds(y.type) && name == "prod") error += 8 * unit(y.type) * magnitude(y) * terms;
  keep(row.call(x.array, axis), y, "cumulative_" + name + "(" + label(x) + ", " + std::to_string(axis) + ")", {&x},
       !row.rounds, error);
  return true;
}

}  // namespace tessera::testing
