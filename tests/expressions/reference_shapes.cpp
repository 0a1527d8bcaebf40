// The reference's views, concatenation and reductions.
#include <cmath>

#include "reference.hpp"

namespace tessera::reference {
namespace {

using Index = std::vector<std::int64_t>;

Array gathered(Type type, const Index& shape, const std::function<const Number&(const Index&)>& from) {
  Array r{type, shape, {}};
  for_each(shape, [&](const Index& i) { r.elements.push_back(from(i)); });
  return r;
}

double modulus_squared(const Number& n) { return n.re * n.re + n.im * n.im; }

// One result from all its elements, in logical order; nothing when undefined.
std::optional<Number> folded(const std::string& name, Type t, const std::vector<Number>& x) {
  const bool real = is_float(t);
  const auto n = static_cast<double>(x.size());
  Number r;
  if (name == "sum" || name == "mean") {
    // With bits to spare: one after another, 200 equal numbers lose nine units of the last place.
    long double re = 0, im = 0;
    for (const auto& v : x) r.i += v.i, re += v.re, im += v.im;
    r.re = static_cast<double>(re), r.im = static_cast<double>(im);
    if (name == "sum") return r;
    const bool whole = t == Type::b || is_int(t);
    return Number{0, (whole ? static_cast<double>(r.i) : r.re) / n, r.im / n};
  }
  if (name == "prod") {
    r.i = 1;
    long double re = 1;
    for (const auto& v : x) r.i = static_cast<std::uint64_t>(wrapped_product(r.i, v.i)), re *= v.re;
    r.re = static_cast<double>(re);
    return r;
  }
  if (name == "any" || name == "all") {
    bool any = false, all = true;
    for (const auto& v : x) {
      const bool yes = converted(v, t, Type::b).i != 0;
      any = any || yes;
      all = all && yes;
    }
    return Number{(name == "any" ? any : all) ? 1 : 0, 0, 0};
  }
  if (name == "count_nonzero") {
    for (const auto& v : x) r.i += converted(v, t, Type::b).i;
    return r;
  }
  if (name == "var") {
    Number mean;
    for (const auto& v : x) {
      const Number w = converted(v, t, is_complex(t) ? Type::c16 : Type::f8);
      mean = {0, mean.re + w.re / n, mean.im + w.im / n};
    }
    for (const auto& v : x) {
      const Number w = converted(v, t, is_complex(t) ? Type::c16 : Type::f8);
      r.re += modulus_squared({0, w.re - mean.re, w.im - mean.im}) / n;
    }
    if (x.empty()) r.re = std::nan("");
    return r;
  }
  if (name == "median" || name == "lower") {  // `lower`: the element at 0.3 of the way, or the one before it
    if (x.empty()) return Number{0, std::nan(""), 0};
    std::vector<Number> sorted;
    for (const auto& v : x) {
      if (real && std::isnan(v.re)) return v;
      std::size_t k = sorted.size();
      while (k > 0 && (real ? v.re < sorted[k - 1].re : v.i < sorted[k - 1].i)) k--;
      sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(k), v);
    }
    if (name == "lower") return sorted[static_cast<std::size_t>(std::floor((n - 1) * 0.3))];
    const auto wide = [&](std::size_t k) { return real ? sorted[k].re : static_cast<double>(sorted[k].i); };
    const double left = wide((sorted.size() - 1) / 2), right = wide(sorted.size() / 2);
    return Number{0, sorted.size() % 2 == 1 ? left : (left + right) / 2, 0};
  }
  if (x.empty()) return std::nullopt;
  const bool smallest = name == "min" || name == "argmin";
  std::size_t best = 0;
  for (std::size_t k = 0; k < x.size(); k++) {
    if (real && std::isnan(x[k].re)) {
      best = k;
      break;
    }
    const bool before = real ? (smallest ? x[k].re < x[best].re : x[k].re > x[best].re)
                             : (smallest ? x[k].i < x[best].i : x[k].i > x[best].i);
    if (before) best = k;
  }
  if (name == "min" || name == "max") return x[best];
  return Number{static_cast<__int128>(best), 0, 0};
}

std::optional<Type> result_type(const std::string& name, Type t) {
  if (name == "any" || name == "all") return Type::b;
  if (name == "argmin" || name == "argmax") return is_complex(t) ? std::optional<Type>() : Type::i8;
  if (name == "count_nonzero") return Type::i8;
  if (name == "min" || name == "max") return is_complex(t) ? std::optional<Type>() : t;
  if (name == "mean") return inexact(t);
  if (name == "median") return is_complex(t) ? std::optional<Type>() : inexact(t);
  if (name == "lower") return is_complex(t) ? std::optional<Type>() : t;
  if (name == "var") return t == Type::c8 ? Type::f4 : t == Type::c16 ? Type::f8 : inexact(t);
  if (name == "prod" && is_complex(t)) return std::nullopt;
  if (name != "sum" && name != "prod") return std::nullopt;
  return t == Type::b || (is_int(t) && !is_unsigned(t)) ? Type::i8 : is_unsigned(t) ? Type::u8 : t;
}

}  // namespace

Array slice(const Array& x, int axis, std::int64_t start, std::int64_t count, std::int64_t step) {
  Index shape = x.shape;
  shape[static_cast<std::size_t>(axis)] = count;
  return gathered(x.type, shape, [&](Index i) -> const Number& {
    i[static_cast<std::size_t>(axis)] = start + step * i[static_cast<std::size_t>(axis)];
    return x.at(i);
  });
}
Array take_one(const Array& x, int axis, std::int64_t index) {
  Index shape = x.shape;
  shape.erase(shape.begin() + axis);
  return gathered(x.type, shape, [&](Index i) -> const Number& {
    i.insert(i.begin() + axis, index);
    return x.at(i);
  });
}
Array permute(const Array& x, const std::vector<int>& order) {
  Index shape;
  for (int a : order) shape.push_back(x.shape[static_cast<std::size_t>(a)]);
  return gathered(x.type, shape, [&](const Index& i) -> const Number& {
    Index from(i.size());
    for (std::size_t k = 0; k < order.size(); k++) from[static_cast<std::size_t>(order[k])] = i[k];
    return x.at(from);
  });
}
Array expand(const Array& x, int axis) {
  Array r = x;
  r.shape.insert(r.shape.begin() + axis, 1);
  return r;
}
Array concat(const std::vector<Array>& parts, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  Type t = parts[0].type;
  Index shape = parts[0].shape;
  shape[a] = 0;
  for (const auto& p : parts) {
    t = promote(t, p.type);
    shape[a] += p.shape[a];
  }
  Array r{t, shape, {}};
  for_each(shape, [&](Index i) {
    std::size_t part = 0;
    while (i[a] >= parts[part].shape[a]) i[a] -= parts[part++].shape[a];
    r.elements.push_back(converted(parts[part].at(i), parts[part].type, t));
  });
  return r;
}

Array reshape(const Array& x, const std::vector<std::int64_t>& shape) { return {x.type, shape, x.elements}; }
Array roll(const Array& x, int axis, std::int64_t shift) {
  const auto a = static_cast<std::size_t>(axis);
  return gathered(x.type, x.shape, [&](Index i) -> const Number& {
    i[a] = ((i[a] - shift) % x.shape[a] + x.shape[a]) % x.shape[a];
    return x.at(i);
  });
}
Array diagonal(const Array& x, std::int64_t offset, int axis1, int axis2) {
  const auto a = static_cast<std::size_t>(axis1), b = static_cast<std::size_t>(axis2);
  Index shape;
  for (std::size_t i = 0; i < x.shape.size(); i++)
    if (i != a && i != b) shape.push_back(x.shape[i]);
  std::int64_t length = 0;
  for (std::int64_t i = 0; i < x.shape[a]; i++) length += i + offset >= 0 && i + offset < x.shape[b] ? 1 : 0;
  shape.push_back(length);
  return gathered(x.type, shape, [&](const Index& at) -> const Number& {
    const std::int64_t row = at.back() + (offset < 0 ? -offset : 0);
    Index i;
    std::size_t next = 0;
    for (std::size_t k = 0; k < x.shape.size(); k++) i.push_back(k == a ? row : k == b ? row + offset : at[next++]);
    return x.at(i);
  });
}

std::optional<Array> reduce(const std::string& full_name, const Array& x, const std::vector<bool>& reduced,
                            bool keepdims) {
  const bool skips = full_name.starts_with("nan");
  const std::string name = skips ? full_name.substr(3) : full_name;
  const auto type = result_type(name, x.type);
  if (!type) return std::nullopt;
  Index kept, folded_shape, shape;
  for (std::size_t a = 0; a < x.shape.size(); a++) {
    (reduced[a] ? folded_shape : kept).push_back(x.shape[a]);
    if (!reduced[a]) shape.push_back(x.shape[a]);
    if (reduced[a] && keepdims) shape.push_back(1);
  }
  Array r{*type, shape, {}};
  bool defined = true;
  for_each(kept, [&](const Index& k) {
    std::vector<Number> elements;
    std::int64_t count = 0;
    for_each(folded_shape, [&](const Index& f) {
      Index i;
      std::size_t of_kept = 0, of_folded = 0;
      for (const bool is_folded : reduced) i.push_back(is_folded ? f[of_folded++] : k[of_kept++]);
      if (!skips || !is_float(x.type) || !std::isnan(x.at(i).re)) elements.push_back(x.at(i));
      count++;
    });
    if (skips && elements.empty() && count > 0 && (name == "min" || name == "max"))
      elements = {Number{0, std::nan(""), 0}};
    const auto v = folded(name, x.type, elements);
    defined = defined && v.has_value();
    if (v) r.elements.push_back(stored(*type, *v));
  });
  std::int64_t count = 1;
  for (auto n : folded_shape) count *= n;
  if (!defined || (count == 0 && !folded(name, x.type, {}))) return std::nullopt;
  return r;
}

}  // namespace tessera::reference
