#include <set>

#include "function_families.hpp"

namespace tessera::language {
namespace {

// axis=-1 unless it is given; None flattens.
std::optional<std::int64_t> sorted_axis(const Arguments& a) {
  if (a.is_none("axis")) return std::nullopt;
  return a.axis().value_or(-1);
}

void add_sort(FunctionTable& table, const std::string& name, Array (*f)(const Array&, const SortOptions&)) {
  add_function(
      table, name + "(x, axis=-1, kind=None, *, descending=False, stable=True)",
      [f](const Arguments& a, CallContext&) -> Value {
        static const std::set<std::string, std::less<>> kinds = {"quicksort", "heapsort", "mergesort", "stable"};
        if (const std::string kind = a.text("kind", "stable"); !kinds.contains(kind))
          a.fail("kind", "'stable', 'mergesort', 'quicksort' or 'heapsort', all of which are stable here");
        return {f(a.array("x"),
                  {.axis = sorted_axis(a), .descending = a.flag("descending"), .stable = a.flag("stable", true)})};
      });
}

void add_topk(FunctionTable& table, const std::string& name, Array (*f)(const Array&, std::int64_t, std::int64_t)) {
  add_function(table, name + "(x, k, axis=-1)", [f](const Arguments& a, CallContext&) -> Value {
    const auto axis = sorted_axis(a);
    if (!axis) a.wrong("axis", "one axis");
    return {f(a.array("x"), a.integer("k"), *axis)};
  });
}

// A tuple of numbers, or a 1-d array.
Value digitized(const Arguments& a) {
  const Array x = a.array("x");
  const bool right = a.flag("right");
  if (const auto bins = a.numbers("bins")) {
    std::vector<double> numbers;
    for (const Scalar& s : *bins) numbers.push_back(s.as<double>());
    return {digitize(x, numbers, right)};
  }
  return {digitize(x, a.array("bins"), right)};
}

Side side_of(const Arguments& a) {
  const std::string side = a.text("side", "left");
  if (side != "left" && side != "right") a.fail("side", "'side' must be 'left' or 'right', not '" + side + "'");
  return side == "right" ? Side::right : Side::left;
}

}  // namespace

void add_order_functions(FunctionTable& table) {
  add_sort(table, "sort", sort);
  add_sort(table, "argsort", argsort);
  add_topk(table, "topk", topk);
  add_topk(table, "argtopk", argtopk);
  add_function(table, "searchsorted(a, v, side='left', sorter=None)", [](const Arguments& a, CallContext&) -> Value {
    const Array line = a.array("a");
    return {searchsorted(a.given("sorter") ? take(line, a.array("sorter"), 0) : line, a.array("v"), side_of(a))};
  });
  add_function(table, "nearest_index(coordinates, values)", [](const Arguments& a, CallContext&) -> Value {
    return {nearest_index(a.array("coordinates"), a.array("values"))};
  });
  add_function(
      table, "sel(x, coordinates, values, axis=0, method=None)", [](const Arguments& a, CallContext&) -> Value {
        const std::string method = a.text("method", "exact");
        if (method != "exact" && method != "nearest")
          a.fail("method", "'method' must be None or 'nearest', not '" + method + "'");
        return {
            sel(a.array("x"), a.array("coordinates"), a.array("values"),
                {.axis = a.axis().value_or(0), .method = method == "nearest" ? Matching::nearest : Matching::exact})};
      });
  add_function(table, "digitize(x, bins, right=False)",
               [](const Arguments& a, CallContext&) -> Value { return digitized(a); });
}

}  // namespace tessera::language
