// Order, sets and quantiles of the golden cases.
#include <sstream>

#include "golden.hpp"
#include "golden_words.hpp"

namespace tessera::testing {
namespace {

// "(median x axis=0 keepdims)", "(quantile x q=0.1,0.9, axis=0 method=hazen)": a comma behind the last one of a list
Array quantiles(const std::string& name, const GoldenWords& in) {
  const Array x = in.array();
  QuantileOptions o;
  if (const auto axis = in.option("axis="); !axis.empty()) {
    const Dims d = in.list(axis);
    o.axis = Axes(std::vector<std::int64_t>(d.begin(), d.end()));
  }
  o.keepdims = !in.option("keepdims").empty();
  const MedianOptions middle{.axis = o.axis, .keepdims = o.keepdims};
  if (name == "median") return median(x, middle);
  if (name == "nanmedian") return nanmedian(x, middle);
  o.method = in.option("method=");
  const std::string text = in.option("q=");
  std::vector<double> q;
  std::istringstream words(text);
  for (std::string one; std::getline(words, one, ',');) q.push_back(std::stod(one));
  const bool is_list = text.ends_with(',');
  if (name == "percentile") return is_list ? percentile(x, q, o) : percentile(x, q[0], o);
  if (name == "nanquantile") return is_list ? nanquantile(x, q, o) : nanquantile(x, q[0], o);
  return is_list ? quantile(x, q, o) : quantile(x, q[0], o);
}

// "(searchsorted sorted x right)", "(digitize x bins right)", "(nearest_index coordinates x)"
Array searched(const std::string& name, const GoldenWords& in) {
  const Array first = in.array(), second = in.array();
  const bool right = !in.option("right").empty();
  if (name == "nearest_index") return nearest_index(first, second);
  if (name == "digitize") return digitize(first, second, right);
  return searchsorted(first, second, right ? Side::right : Side::left);
}

// "(sel x coordinates values axis=1 nearest)"
Array selected_by_value(const GoldenWords& in) {
  const Array x = in.array(), coordinates = in.array(), values = in.array();
  return sel(x, coordinates, values,
             {.axis = std::stoll(in.option("axis=")),
              .method = in.option("nearest").empty() ? Matching::exact : Matching::nearest});
}

// "(sort x axis=0 descending)", "(topk x k=-3 axis=1)"
Array ordered(const std::string& name, const GoldenWords& in) {
  const Array x = in.array();
  SortOptions o;
  const std::string k = in.option("k=");
  if (const auto a = in.option("axis="); !a.empty()) o.axis = std::stoll(a);
  o.descending = !in.option("descending").empty();
  if (!in.option("flat").empty()) o.axis = std::nullopt;
  if (name == "topk") return topk(x, std::stoll(k), *o.axis);
  if (name == "argtopk") return argtopk(x, std::stoll(k), *o.axis);
  return name == "sort" ? sort(x, o) : argsort(x, o);
}

// "(unique x counts)", "(unique x axis=1 inverse nans)": what is said last; "nans": each NaN is another
Array different(const GoldenWords& in) {
  Session& session = in.inputs.session();
  const Array x = in.array();
  UniqueOptions o{.equal_nan = in.option("nans").empty()};
  o.index = !in.option("first").empty(), o.inverse = !in.option("inverse").empty();
  o.counts = !in.option("counts").empty();
  if (const auto a = in.option("axis="); !a.empty()) o.axis = std::stoll(a);
  const Unique u = unique(session, x, o);
  return o.index ? *u.index : o.inverse ? *u.inverse : o.counts ? *u.counts : u.values;
}

// "(intersect1d x y in_b)", "(setdiff1d x y unique)"
Array of_sets(const std::string& name, const GoldenWords& in) {
  Session& session = in.inputs.session();
  const Array a = in.array(), b = in.array();
  const bool in_a = !in.option("in_a").empty(), in_b = !in.option("in_b").empty(), once = !in.option("once").empty();
  if (name == "union1d") return union1d(session, a, b);
  if (name == "setdiff1d") return setdiff1d(session, a, b, once);
  if (name == "setxor1d") return setxor1d(session, a, b, once);
  const auto both = intersect1d(session, a, b, {.assume_unique = once, .indices = in_a || in_b});
  return in_a ? *both.in_a : in_b ? *both.in_b : both.values;
}

}  // namespace

std::optional<Array> build_order(const std::string& name, const GoldenWords& in) {
  if (name.ends_with("median") || name.ends_with("quantile") || name.ends_with("percentile"))
    return quantiles(name, in);
  if (name == "sel") return selected_by_value(in);
  if (name == "searchsorted" || name == "digitize" || name == "nearest_index") return searched(name, in);
  if (name == "sort" || name == "argsort" || name == "topk" || name == "argtopk") return ordered(name, in);
  if (name == "unique") return different(in);
  if (name.ends_with("1d")) return of_sets(name, in);
  return std::nullopt;
}

}  // namespace tessera::testing
