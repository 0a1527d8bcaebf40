// Functions of the user's own, from the prefix form of the golden cases: "(map_clamp_add x y)",
// "(along_axis_second x axis=1)"; golden/calls.py has the same functions in Python.
#include <algorithm>
#include <vector>

#include "golden_words.hpp"

namespace tessera::testing {
namespace {

using Row = BlockView<const double>;

double clamp_add(double a, double b) { return a > b ? a + b : a * b; }

double second(Row row) {
  std::vector<double> sorted;
  for (std::int64_t i = 0; i < row.size(); i++) sorted.push_back(row[i]);
  std::sort(sorted.rbegin(), sorted.rend());
  return sorted[sorted.size() > 1 ? 1 : 0];
}

void steps(Row row, BlockView<double> out) {
  out[0] = row[0], out[1] = row[row.size() - 1], out[2] = static_cast<double>(row.size());
}

double dot_of(Row a, Row b) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); i++) sum += a[i] * b[i];
  return sum;
}

}  // namespace

std::optional<Array> build_call(const std::string& name, const GoldenWords& words) {
  if (name == "map_clamp_add") {
    const Array a = words.array(), b = words.array();
    return map(clamp_add, {a, b}, {.name = name});
  }
  if (name == "gufunc_dot") {
    const Array a = words.array(), b = words.array();
    return apply_gufunc("(i),(i)->()", dot_of, {a, b}, {.name = name});
  }
  if (name != "along_axis_second" && name != "along_axis_steps") return std::nullopt;
  const Array x = words.array();
  const std::int64_t axis = std::stoll(words.option("axis="));
  if (name == "along_axis_second") return apply_along_axis(second, axis, x, {.name = name});
  return apply_along_axis(steps, axis, x, {.name = name, .length = 3});
}

}  // namespace tessera::testing
