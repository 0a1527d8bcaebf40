#include "reference.hpp"

#include <algorithm>
#include <cmath>

namespace tessera::reference {
namespace {

using Index = std::vector<std::int64_t>;

Number truth(bool v) { return {v ? 1 : 0, 0, 0}; }
bool is_true(Type t, const Number& n) {
  if (t == Type::b || is_int(t)) return n.i != 0;
  return n.re != 0 || (is_complex(t) && n.im != 0);
}
bool equal(Type t, const Number& a, const Number& b) {
  if (t == Type::b || is_int(t)) return a.i == b.i;
  return a.re == b.re && (!is_complex(t) || a.im == b.im);
}
bool less(Type t, const Number& a, const Number& b) { return is_float(t) ? a.re < b.re : a.i < b.i; }
bool is_nan(Type t, const Number& n) {
  return (is_float(t) && std::isnan(n.re)) || (is_complex(t) && (std::isnan(n.re) || std::isnan(n.im)));
}

__int128 floor_quotient(__int128 a, __int128 b) {
  if (b == 0) return 0;
  const __int128 q = a / b;
  return a % b != 0 && ((a < 0) != (b < 0)) ? q - 1 : q;
}
// Python's: of the remainder, by steps of whole divisors; exact for the small numbers that are drawn.
double remainder(double a, double b) {
  if (b == 0 || std::isnan(a) || std::isnan(b) || std::isinf(a)) return std::nan("");
  if (std::isinf(b)) return a == 0 || (a < 0) == (b < 0) ? a : b;
  return a - std::floor(a / b) * b;
}
double floor_quotient(double a, double b) {
  if (b == 0) return a / b;
  if (std::isnan(a) || std::isnan(b) || std::isinf(a)) return std::nan("");
  if (std::isinf(b)) return a == 0 || (a < 0) == (b < 0) ? 0.0 : -1.0;
  return std::floor(a / b);
}

Array mapped(const Array& x, Type type, const std::function<Number(const Number&)>& f) {
  Array r{type, x.shape, {}};
  for (const auto& n : x.elements) r.elements.push_back(stored(type, f(n)));
  return r;
}

}  // namespace

bool is_int(Type t) { return t >= Type::i1 && t <= Type::u8; }
bool is_unsigned(Type t) { return t >= Type::u1 && t <= Type::u8; }
bool is_float(Type t) { return t == Type::f4 || t == Type::f8; }
bool is_complex(Type t) { return t >= Type::c8; }
int bits(Type t) {
  switch (t) {
    case Type::b:
      return 1;
    case Type::i1:
    case Type::u1:
      return 8;
    case Type::i2:
    case Type::u2:
      return 16;
    case Type::i4:
    case Type::u4:
      return 32;
    case Type::i8:
    case Type::u8:
      return 64;
    case Type::f4:
    case Type::c8:
      return 24;
    default:
      return 53;
  }
}

Type promote(Type a, Type b) {
  if (a == b || b == Type::b) return a;
  if (a == Type::b) return b;
  if (is_int(a) && is_int(b)) {
    if (is_unsigned(a) == is_unsigned(b)) return bits(a) >= bits(b) ? a : b;
    const Type u = is_unsigned(a) ? a : b, s = is_unsigned(a) ? b : a;
    if (bits(s) > bits(u)) return s;
    switch (bits(u)) {
      case 8:
        return Type::i2;
      case 16:
        return Type::i4;
      case 32:
        return Type::i8;
      default:
        return Type::f8;
    }
  }
  // The smallest inexact type that holds both; an integer of up to 16 bits fits a f4.
  const auto wide = [](Type t) { return t == Type::f8 || t == Type::c16 || (is_int(t) && bits(t) > 16); };
  const bool complex = is_complex(a) || is_complex(b), big = wide(a) || wide(b);
  return complex ? (big ? Type::c16 : Type::c8) : big ? Type::f8 : Type::f4;
}
Type inexact(Type t) { return t == Type::b || is_int(t) ? Type::f8 : t; }

Number stored(Type t, Number n) {
  if (t == Type::b) return truth(n.i != 0);
  if (is_int(t)) {
    const __int128 modulus = static_cast<__int128>(1) << bits(t);
    __int128 v = n.i % modulus;
    if (v < 0) v += modulus;
    if (!is_unsigned(t) && v >= modulus / 2) v -= modulus;
    return {v, 0, 0};
  }
  if (t != Type::f4 && t != Type::c8) return {0, n.re, n.im};
  // volatile: g++ 12 at -O3 has taken the way to float and back for nothing, beyond a float's range too.
  volatile float re = static_cast<float>(n.re), im = static_cast<float>(n.im);
  return {0, re, im};
}
Number converted(Number n, Type from, Type to) {
  if (to == Type::b) return truth(is_true(from, n));
  const bool whole = from == Type::b || is_int(from);
  if (is_int(to)) return stored(to, whole ? n : Number{static_cast<__int128>(n.re), 0, 0});
  if (whole) return stored(to, {0, static_cast<double>(n.i), 0});
  return stored(to, {0, n.re, is_complex(to) ? n.im : 0});
}

const Number& Array::at(const Index& index) const {
  std::int64_t place = 0;
  for (std::size_t a = 0; a < shape.size(); a++) place = place * shape[a] + index[a];
  return elements[static_cast<std::size_t>(place)];
}

void for_each(const Index& shape, const std::function<void(const Index&)>& f) {
  for (auto n : shape)
    if (n == 0) return;
  Index index(shape.size(), 0);
  for (;;) {
    f(index);
    std::size_t a = shape.size();
    while (a > 0 && ++index[a - 1] == shape[a - 1]) index[--a] = 0;
    if (a == 0) return;
  }
}
std::optional<Index> broadcast(const Index& a, const Index& b) {
  Index out(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 1; k <= out.size(); k++) {
    const std::int64_t n = k <= a.size() ? a[a.size() - k] : 1, m = k <= b.size() ? b[b.size() - k] : 1;
    if (n != m && n != 1 && m != 1) return std::nullopt;
    out[out.size() - k] = n == 1 ? m : n;
  }
  return out;
}

Array cast(const Array& x, Type to) {
  return mapped(x, to, [&](const Number& n) { return converted(n, x.type, to); });
}
Array broadcast_to(const Array& x, const Index& shape) {
  Array r{x.type, shape, {}};
  for_each(shape, [&](const Index& i) {
    Index from;
    for (std::size_t a = 0; a < x.shape.size(); a++)
      from.push_back(x.shape[a] == 1 ? 0 : i[i.size() - x.shape.size() + a]);
    r.elements.push_back(x.at(from));
  });
  return r;
}

std::optional<Array> unary(const std::string& name, const Array& x) {
  const Type t = x.type;
  const bool whole = t == Type::b || is_int(t), complex = is_complex(t);
  using N = const Number&;
  if (name == "negative" && t != Type::b) return mapped(x, t, [](N n) { return Number{-n.i, -n.re, -n.im}; });
  if (name == "abs" && !complex)
    return mapped(x, t, [](N n) { return Number{n.i < 0 ? -n.i : n.i, std::fabs(n.re), 0}; });
  if (name == "square" && !complex && t != Type::b)
    return mapped(x, t, [](N n) { return Number{wrapped_product(n.i, n.i), n.re * n.re, 0}; });
  if (name == "logical_not") return mapped(x, Type::b, [&](N n) { return truth(!is_true(t, n)); });
  if (name == "isnan") return mapped(x, Type::b, [&](N n) { return truth(is_nan(t, n)); });
  if (name == "bitwise_invert" && whole)
    return mapped(x, t, [&](N n) { return t == Type::b ? truth(n.i == 0) : Number{-1 - n.i, 0, 0}; });
  if (complex && (name == "real" || name == "imag"))
    return mapped(x, t == Type::c8 ? Type::f4 : Type::f8, [&](N n) {
      return Number{0, name == "real" ? n.re : n.im, 0};
    });
  if (complex) return std::nullopt;
  if (name == "isfinite" || name == "isinf")
    return mapped(x, Type::b, [&](N n) {
      return truth(whole ? name == "isfinite" : name == "isinf" ? std::isinf(n.re) : std::isfinite(n.re));
    });
  if (name == "sign" && t != Type::b)
    return mapped(x, t, [](N n) {
      return Number{n.i < 0 ? -1 : n.i > 0, std::isnan(n.re) ? n.re : n.re < 0 ? -1.0 : n.re > 0 ? 1.0 : 0.0, 0};
    });
  if (name == "ceil" || name == "trunc")
    return whole ? x : mapped(x, t, [&](N n) {
      return Number{0, name == "ceil" ? std::ceil(n.re) : std::trunc(n.re), 0};
    });
  if (name == "floor") return whole ? x : mapped(x, t, [](N n) { return Number{0, std::floor(n.re), 0}; });
  const bool root = name == "sqrt", power = name == "exp";
  if (root || power)
    return mapped(cast(x, inexact(t)), inexact(t), [&](N n) {
      return Number{0, root ? std::sqrt(n.re) : std::exp(n.re), 0};
    });
  return std::nullopt;
}

std::optional<Array> binary(const std::string& name, const Array& a, const Array& b) {
  const auto shape = broadcast(a.shape, b.shape);
  if (!shape) return std::nullopt;
  Type t = promote(a.type, b.type);
  const bool compares = name == "equal" || name == "not_equal" || name == "less" || name == "greater_equal";
  const bool integers = is_int(a.type) && is_int(b.type);
  if (compares && integers) t = Type::i8;  // as they are: a Number holds the integers of all types
  const bool divides = name == "divide";
  if (divides) t = inexact(t);
  const bool whole = t == Type::b || is_int(t), complex = is_complex(t);
  const auto operand = [&](const Array& z) { return broadcast_to(compares && integers ? z : cast(z, t), *shape); };
  const Array x = operand(a), y = operand(b);
  Type to = t;
  std::function<Number(const Number&, const Number&)> f;
  using N = const Number&;
  if (name == "add") {
    f = [&](N p, N q) { return t == Type::b ? truth(p.i || q.i) : Number{p.i + q.i, p.re + q.re, p.im + q.im}; };
  } else if (name == "subtract" && t != Type::b) {
    f = [](N p, N q) { return Number{p.i - q.i, p.re - q.re, p.im - q.im}; };
  } else if (name == "multiply") {
    f = [&](N p, N q) {
      return complex ? Number{0, p.re * q.re - p.im * q.im, p.re * q.im + p.im * q.re}
                     : Number{wrapped_product(p.i, q.i), p.re * q.re, 0};
    };
  } else if (divides && !complex) {
    f = [](N p, N q) { return Number{0, p.re / q.re, 0}; };
  } else if ((name == "minimum" || name == "maximum") && !complex) {
    const bool smaller = name == "minimum";
    f = [&t, smaller](N p, N q) {
      if (is_nan(t, p)) return p;
      if (is_nan(t, q)) return q;
      return (smaller ? less(t, q, p) : less(t, p, q)) ? q : p;
    };
  } else if ((name == "fmin" || name == "fmax") && !complex) {
    const bool smaller = name == "fmin";
    f = [&t, smaller](N p, N q) {
      if (is_nan(t, p)) return q;
      if (is_nan(t, q)) return p;
      return (smaller ? less(t, q, p) : less(t, p, q)) ? q : p;
    };
  } else if ((name == "floor_divide" || name == "remainder") && !complex && t != Type::b) {
    const bool quotient = name == "floor_divide";
    f = [quotient, whole](N p, N q) {
      if (!whole) return Number{0, quotient ? floor_quotient(p.re, q.re) : remainder(p.re, q.re), 0};
      if (q.i == 0) return Number{};
      const __int128 d = floor_quotient(p.i, q.i);
      return Number{quotient ? d : p.i - d * q.i, 0, 0};
    };
  } else if (name == "equal" || name == "not_equal") {
    to = Type::b;
    const bool same = name == "equal";
    f = [&t, same](N p, N q) { return truth(equal(t, p, q) == same); };
  } else if ((name == "less" || name == "greater_equal") && !complex) {
    to = Type::b;
    const bool smaller = name == "less";
    f = [&t, smaller](N p, N q) {
      return truth(smaller ? less(t, p, q) : !is_nan(t, p) && !is_nan(t, q) && !less(t, p, q));
    };
  } else if (name == "logical_and" || name == "logical_xor") {
    to = Type::b;
    const bool both = name == "logical_and";
    f = [&t, both](N p, N q) { return truth(both ? is_true(t, p) && is_true(t, q) : is_true(t, p) != is_true(t, q)); };
  } else if ((name == "bitwise_and" || name == "bitwise_or" || name == "bitwise_xor") && whole) {
    const char kind = name[8];
    f = [kind](N p, N q) { return Number{kind == 'a' ? p.i & q.i : kind == 'o' ? p.i | q.i : p.i ^ q.i, 0, 0}; };
  } else {
    return std::nullopt;
  }
  Array r{to, *shape, {}};
  for (std::size_t k = 0; k < x.elements.size(); k++) r.elements.push_back(stored(to, f(x.elements[k], y.elements[k])));
  return r;
}

Array where(const Array& condition, const Array& x, const Array& y) {
  const auto shape = *broadcast(*broadcast(condition.shape, x.shape), y.shape);
  const Type t = promote(x.type, y.type);
  const Array c = broadcast_to(cast(condition, Type::b), shape), p = broadcast_to(cast(x, t), shape),
              q = broadcast_to(cast(y, t), shape);
  Array r{t, shape, {}};
  for (std::size_t k = 0; k < c.elements.size(); k++)
    r.elements.push_back(c.elements[k].i ? p.elements[k] : q.elements[k]);
  return r;
}

std::string to_string(Type t) {
  static const char* const names[] = {"bool",   "int8",   "int16",   "int32",   "int64",     "uint8",     "uint16",
                                      "uint32", "uint64", "float32", "float64", "complex64", "complex128"};
  return names[static_cast<int>(t)];
}

}  // namespace tessera::reference
