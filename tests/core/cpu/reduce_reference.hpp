#pragma once
// States of leaves and their combination, element by element in the order that combiner.hpp fixes.
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <tessera/core/box.hpp>

#include "reference.hpp"

namespace tessera::cpu::reference {

/// What one leaf holds for one output, in row-major order.
struct LeafElement {
  Element value;
  std::size_t lane;
  std::int64_t position;
};
/// A state by components, each an Element.
using State = std::vector<Element>;

inline Element fold_two(Combiner c, const Element& a, const Element& b) {
  if (c == Combiner::fmin || c == Combiner::fmax) {
    const Op op = c == Combiner::fmin ? Op::less : Op::greater;
    const bool take = apply({Op::isnan, a.type, DType::bool_}, a, a, a).as<bool>() ||
                      apply({op, a.type, DType::bool_}, b, a, a).as<bool>();
    return take ? b : a;
  }
  Op op = c == Combiner::sum    ? Op::add
          : c == Combiner::prod ? Op::multiply
          : c == Combiner::min  ? Op::minimum
          : c == Combiner::max  ? Op::maximum
          : c == Combiner::any  ? Op::logical_or
                                : Op::logical_and;
  if (a.type == DType::bool_)
    op = c == Combiner::sum || c == Combiner::max || c == Combiner::any ? Op::logical_or : Op::logical_and;
  return apply({op, a.type, a.type}, a, b, a);
}

inline State simple_state(Combiner c, const std::vector<LeafElement>& leaf) {
  std::vector<std::optional<Element>> lane(lanes);
  for (const auto& e : leaf) lane[e.lane] = lane[e.lane] ? fold_two(c, *lane[e.lane], e.value) : e.value;
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; l++)
      if (lane[l + half]) lane[l] = lane[l] ? fold_two(c, *lane[l], *lane[l + half]) : *lane[l + half];
  return {*lane[0]};
}

inline State moments_state(bool skips, const std::vector<LeafElement>& leaf) {
  std::vector<double> s(lanes), q(lanes);
  double n = 0, shift = 0;
  for (const auto& e : leaf) {
    const double x = e.value.as<double>();
    if (std::isfinite(x)) shift = x;
    if (std::isfinite(x) || !skips) break;
  }
  for (const auto& e : leaf) {
    const double x = e.value.as<double>(), d = x - shift;
    if (skips && std::isnan(x)) continue;
    n += 1;
    s[e.lane] += d;
    q[e.lane] += d * d;
  }
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; l++) s[l] += s[l + half], q[l] += q[l + half];
  const double mean = n == 0 ? 0 : shift + s[0] / n;
  double m2 = n == 0 ? 0 : std::isinf(q[0]) && std::isfinite(s[0]) ? q[0] : q[0] - s[0] * (s[0] / n);
  if (m2 < 0) m2 = 0;
  if (!skips) return {Element::of(mean), Element::of(m2)};
  return {Element::of(n), Element::of(mean), Element::of(m2)};
}

inline State nan_sum_state(const std::vector<LeafElement>& leaf) {
  std::vector<double> s(lanes);
  double n = 0;
  for (const auto& e : leaf) {
    const double x = e.value.as<double>();
    if (std::isnan(x)) continue;
    n += 1;
    s[e.lane] += x;
  }
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; l++) s[l] += s[l + half];
  return {Element::of(n), Element::of(s[0])};
}

inline bool is_nan(const Element& e) {
  return is_real_floating(e.type) && apply({Op::isnan, e.type, DType::bool_}, e, e, e).as<bool>();
}
/// True when b comes before a in the order of the combiner: NaN first where it is not skipped.
inline bool beats(Combiner c, const Element& b, const Element& a) {
  if (is_nan(a)) return false;
  if (is_nan(b)) return true;
  const bool smallest = c == Combiner::argmin || c == Combiner::nanargmin;
  return apply({smallest ? Op::less : Op::greater, a.type, DType::bool_}, b, a, a).as<bool>();
}
inline State position_state(Combiner c, const std::vector<LeafElement>& leaf) {
  const bool skips = c == Combiner::nanargmin || c == Combiner::nanargmax;
  State best{Element::of(std::int64_t{-1}), Element{leaf[0].value.type, {}}};
  for (const auto& e : leaf) {
    if (skips && is_nan(e.value)) continue;
    if (best[0].as<std::int64_t>() < 0 || beats(c, e.value, best[1])) best = {Element::of(e.position), e.value};
  }
  return best;
}
inline State leaf_state(Combiner c, const std::vector<LeafElement>& leaf) {
  if (c == Combiner::moments || c == Combiner::nan_moments) return moments_state(c == Combiner::nan_moments, leaf);
  if (c == Combiner::nan_sum) return nan_sum_state(leaf);
  return is_position(c) ? position_state(c, leaf) : simple_state(c, leaf);
}

inline State merged(Combiner c, const State& a, const State& b, double na, double nb) {
  if (is_position(c)) {
    const auto at = a[0].as<std::int64_t>(), from = b[0].as<std::int64_t>();
    if (from < 0) return a;
    if (at < 0 || beats(c, b[1], a[1])) return b;
    return !beats(c, a[1], b[1]) && from < at ? b : a;
  }
  if (c == Combiner::nan_sum)
    return {Element::of(a[0].as<double>() + b[0].as<double>()), Element::of(a[1].as<double>() + b[1].as<double>())};
  if (c != Combiner::moments && c != Combiner::nan_moments) return {fold_two(c, a[0], b[0])};
  const std::size_t k = c == Combiner::nan_moments ? 1 : 0;
  if (k) na = a[0].as<double>(), nb = b[0].as<double>();
  const double n = na + nb, ma = a[k].as<double>(), mb = b[k].as<double>(), delta = mb - ma;
  State r = a;
  if (k) r[0] = Element::of(n);
  if (nb == 0) return r;
  if (na == 0) {
    r[k] = b[k], r[k + 1] = b[k + 1];
    return r;
  }
  r[k] = Element::of(std::isfinite(delta) ? ma + delta * (nb / n) : ma + mb);
  r[k + 1] = Element::of((a[k + 1].as<double>() + b[k + 1].as<double>()) + (delta * delta) * (na * nb / n));
  return r;
}

/// The states of one call, in the layout that kernel.hpp promises.
inline std::vector<State> expected_states(Combiner c, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
                                          const FoldedPositions& positions,
                                          const std::function<Element(const Dims&)>& get) {
  Dims grid = Dims::filled(extent.size(), 1), kept = extent;
  for (int a = 0; a < extent.size(); a++)
    if (reduced >> a & 1u) grid[a] = ceil_div(extent[a], leaf[a]), kept[a] = 1;
  const bool last = extent.size() > 0 && (reduced >> (extent.size() - 1) & 1u);
  std::vector<State> all;
  for_each_index(grid, [&](const Dims& g) {
    for_each_index(kept, [&](const Dims& o) {
      Dims lo = o, box = Dims::filled(extent.size(), 1);
      for (int a = 0; a < extent.size(); a++)
        if (reduced >> a & 1u) lo[a] = g[a] * leaf[a], box[a] = std::min(leaf[a], extent[a] - lo[a]);
      std::vector<LeafElement> elements;
      for_each_index(box, [&](const Dims& at) {
        Dims p = at;
        std::int64_t position = positions.first;
        for (int a = 0; a < p.size(); a++) {
          p[a] += lo[a];
          if (!positions.strides.empty()) position += p[a] * positions.strides[a];
        }
        elements.push_back({get(p), last ? static_cast<std::size_t>(at.back() % lanes) : 0, position});
      });
      all.push_back(leaf_state(c, elements));
    });
  });
  return all;
}

}  // namespace tessera::cpu::reference
