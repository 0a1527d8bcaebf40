// The reference's groups, bins and rolling windows: the elements of each are put together, then folded.
#include <algorithm>
#include <cmath>

#include "reference.hpp"

namespace tessera::reference {
namespace {

using Index = std::vector<std::int64_t>;

bool is_nan(const Array& x, const Number& n) {
  return !(x.type == Type::b || is_int(x.type)) && (std::isnan(n.re) || std::isnan(n.im));
}
double real(const Array& x, const Number& n) { return is_float(x.type) ? n.re : static_cast<double>(n.i); }

// What a group without elements has: NaN, or 0 of an integer type.
Array nothing(Type t) { return {t, {}, {t == Type::b || is_int(t) ? Number{} : Number{0, std::nan(""), 0}}}; }

// Of the elements of a group, in row-major order; nothing where `how` is not defined for the type.
std::optional<Array> folded(const std::string& how, const Array& x) {
  if (how == "count") {
    Number n;
    for (const auto& e : x.elements) n.i += is_nan(x, e) ? 0 : 1;
    return Array{Type::i8, {}, {n}};
  }
  if (how == "first" || how == "last") {
    if (x.elements.empty()) return nothing(x.type);
    return Array{x.type, {}, {how == "first" ? x.elements.front() : x.elements.back()}};
  }
  if (how == "std") {
    auto v = reduce("var", x, {true}, false);
    if (v) v->elements[0] = stored(v->type, {0, std::sqrt(v->elements[0].re), 0});
    return v;
  }
  const bool extreme = how.ends_with("min") || how.ends_with("max");
  if (extreme && x.elements.empty() && !is_complex(x.type)) return nothing(x.type);
  return reduce(how, x, {true}, false);
}

}  // namespace

std::optional<Array> grouped(const std::string& how, const Array& x, const std::vector<int>& axes,
                             const std::vector<std::int64_t>& labels, std::int64_t groups) {
  std::vector<bool> is_folded(x.shape.size());
  Index kept, along;
  for (const int a : axes) is_folded[static_cast<std::size_t>(a)] = true;
  Array r;
  for (std::size_t a = 0; a < x.shape.size(); a++) {
    (is_folded[a] ? along : kept).push_back(x.shape[a]);
    if (!is_folded[a]) r.shape.push_back(x.shape[a]);
    if (a == static_cast<std::size_t>(axes[0])) r.shape.push_back(groups);
  }
  bool defined = true;
  for_each(r.shape, [&](Index at) {
    const std::int64_t group = at[static_cast<std::size_t>(axes[0])];
    at.erase(at.begin() + axes[0]);
    Array own{x.type, {}, {}};
    std::size_t place = 0;
    for_each(along, [&](const Index& k) {
      if (labels[place++] != group) return;
      Index i;
      std::size_t of_kept = 0, of_folded = 0;
      for (const bool f : is_folded) i.push_back(f ? k[of_folded++] : at[of_kept++]);
      own.elements.push_back(x.at(i));
    });
    own.shape = {own.size()};
    const auto v = folded(how, own);
    defined = defined && v;
    if (!v) return;
    r.type = v->type;
    r.elements.push_back(v->elements[0]);
  });
  if (!defined || r.elements.empty()) return std::nullopt;
  return r;
}

Array counted_pairs(const Array& x, const Array& y, const std::vector<double>& xedges,
                    const std::vector<double>& yedges, const Array* weights) {
  const auto count = [](const std::vector<double>& edges) { return static_cast<std::int64_t>(edges.size()) - 1; };
  const auto bin = [](double v, const std::vector<double>& edges) {
    for (std::size_t k = 0; k + 1 < edges.size(); k++)
      if (edges[k] <= v && (v < edges[k + 1] || (v == edges[k + 1] && k + 2 == edges.size())))
        return static_cast<std::int64_t>(k);
    return std::int64_t{-1};
  };
  Array r{Type::f8, {count(xedges), count(yedges)}, {}};
  r.elements.resize(static_cast<std::size_t>(r.shape[0] * r.shape[1]));
  for (std::size_t k = 0; k < x.elements.size(); k++) {
    const std::int64_t i = bin(real(x, x.elements[k]), xedges), j = bin(real(y, y.elements[k]), yedges);
    if (i < 0 || j < 0) continue;
    r.elements[static_cast<std::size_t>(i * r.shape[1] + j)].re += weights ? real(*weights, weights->elements[k]) : 1;
  }
  return r;
}

Array counted(const Array& x, const std::vector<double>& edges, const Array* weights) {
  Array r{weights ? weights->type : Type::i8, {static_cast<std::int64_t>(edges.size()) - 1}, {}};
  if (r.type == Type::b) r.type = Type::i8;
  r.elements.resize(edges.size() - 1);
  for (std::size_t k = 0; k < x.elements.size(); k++) {
    const double v = real(x, x.elements[k]);
    const Number w = weights ? weights->elements[k] : Number{1};
    for (std::size_t bin = edges.size() - 1; bin-- > 0;) {
      const bool last = bin == edges.size() - 2;
      if (!(v >= edges[bin] && (v < edges[bin + 1] || (last && v == edges[bin + 1])))) continue;
      Number& sum = r.elements[bin];
      sum = {sum.i + w.i, sum.re + w.re, sum.im + w.im};
      break;
    }
  }
  for (auto& n : r.elements) n = stored(r.type, n);
  return r;
}

Array rolled(const std::string& how, const Array& x, int axis, std::int64_t window, std::int64_t min_count,
             bool center) {
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t before = center ? window / 2 : window - 1;
  Array r{x.type == Type::f4 ? Type::f4 : Type::f8, x.shape, {}};
  for_each(x.shape, [&](const Index& index) {
    std::vector<double> there;
    for (std::int64_t k = 0; k < window; k++) {
      Index at = index;
      at[a] += k - before;
      if (at[a] < 0 || at[a] >= x.shape[a] || is_nan(x, x.at(at))) continue;
      there.push_back(real(x, x.at(at)));
    }
    Number n{0, std::nan(""), 0};
    if (static_cast<std::int64_t>(there.size()) >= min_count) {
      if (how == "min") n.re = *std::min_element(there.begin(), there.end());
      if (how == "max") n.re = *std::max_element(there.begin(), there.end());
      if (how == "sum" || how == "mean") {
        n.re = 0;
        for (const double v : there) n.re += v;
        if (how == "mean") n.re /= static_cast<double>(there.size());
      }
    }
    r.elements.push_back(stored(r.type, n));
  });
  return r;
}

}  // namespace tessera::reference
