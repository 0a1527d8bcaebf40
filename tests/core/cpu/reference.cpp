#include "reference.hpp"

#include <cmath>
#include <limits>

#include <tessera/core/box.hpp>

namespace tessera::cpu::reference {
namespace {

template <class T>
constexpr bool is_cx = false;
template <class T>
constexpr bool is_cx<std::complex<T>> = true;
template <class T>
constexpr bool is_int = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// Modulo 2^bits, from a wide integer.
template <class T>
T wrapped(__int128 v) {
  return static_cast<T>(static_cast<unsigned __int128>(v));
}

template <class T>
bool truth(T v) {
  return v != T(0);
}

template <class T>
bool nan(T v) {
  if constexpr (is_cx<T>)
    return std::isnan(v.real()) || std::isnan(v.imag());
  else if constexpr (std::is_floating_point_v<T>)
    return std::isnan(v);
  else
    return false;
}

template <class T>
T int_power(T a, T n) {
  if (n < T(0))
    return a == T(1)                                          ? T(1)
           : (std::is_signed_v<T> && a == static_cast<T>(-1)) ? (n % 2 ? static_cast<T>(-1) : T(1))
                                                              : T(0);
  unsigned __int128 r = 1;
  // Exponents beyond 2^20 in the tests are only taken of 0, 1, -1 and even numbers, where the power repeats or
  // vanishes.
  const auto e = static_cast<std::uint64_t>(n);
  const std::uint64_t steps = e > (1u << 20) ? (1u << 10) + e % 2 : e;
  const auto base = static_cast<unsigned __int128>(static_cast<__int128>(a));
  for (std::uint64_t i = 0; i < steps; i++) r *= base;
  return static_cast<T>(r);
}

template <class T>
Element unary(Op op, T a) {
  if (op == Op::isnan) return Element::of(nan(a));
  if (op == Op::logical_not) return Element::of(!truth(a));
  if constexpr (is_cx<T>) {
    switch (op) {
      case Op::negative:
        return Element::of(T(-a.real(), -a.imag()));
      case Op::abs:
        return Element::of(std::abs(a));
      case Op::square:
        return Element::of(T(a.real() * a.real() - a.imag() * a.imag(), a.real() * a.imag() + a.imag() * a.real()));
      case Op::sqrt:
        return Element::of(std::sqrt(a));
      case Op::exp:
        return Element::of(std::exp(a));
      case Op::log:
        return Element::of(std::log(a));
      case Op::sin:
        return Element::of(std::sin(a));
      case Op::cos:
        return Element::of(std::cos(a));
      case Op::tanh:
        return Element::of(std::tanh(a));
      case Op::real:
        return Element::of(a.real());
      case Op::imag:
        return Element::of(a.imag());
      default:
        break;
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Op::negative:
        return Element::of(-a);
      case Op::abs:
        return Element::of(std::fabs(a));
      case Op::square:
        return Element::of(a * a);
      case Op::sqrt:
        return Element::of(std::sqrt(a));
      case Op::exp:
        return Element::of(std::exp(a));
      case Op::log:
        return Element::of(std::log(a));
      case Op::sin:
        return Element::of(std::sin(a));
      case Op::cos:
        return Element::of(std::cos(a));
      case Op::tanh:
        return Element::of(std::tanh(a));
      case Op::floor:
        return Element::of(std::floor(a));
      case Op::real:
        return Element::of(a);
      case Op::imag:
        return Element::of(T(0));
      default:
        break;
    }
  } else if constexpr (is_int<T>) {
    const __int128 w = a;
    switch (op) {
      case Op::negative:
        return Element::of(wrapped<T>(-w));
      case Op::abs:
        return Element::of(wrapped<T>(w < 0 ? -w : w));
      case Op::square:
        return Element::of(static_cast<T>(static_cast<unsigned __int128>(w) * static_cast<unsigned __int128>(w)));
      case Op::floor:
      case Op::real:
        return Element::of(a);
      case Op::imag:
        return Element::of(T(0));
      case Op::bitwise_invert:
        return Element::of(wrapped<T>(-w - 1));
      default:
        break;
    }
  } else {
    switch (op) {
      case Op::bitwise_invert:
        return Element::of(!a);
      case Op::abs:
      case Op::real:
        return Element::of(a);
      case Op::imag:
        return Element::of(false);
      default:
        break;
    }
  }
  throw std::logic_error("reference: no such operation");
}

template <class T>
T complex_quotient(T a, T b) {
  using R = typename T::value_type;
  const R x = std::fabs(b.real()), y = std::fabs(b.imag());
  if (x >= y) {
    if (x == 0 && y == 0) return T(a.real() / x, a.imag() / y);
    const R r = b.imag() / b.real(), s = 1 / (b.real() + b.imag() * r);
    return T((a.real() + a.imag() * r) * s, (a.imag() - a.real() * r) * s);
  }
  const R r = b.real() / b.imag(), s = 1 / (b.imag() + b.real() * r);
  return T((a.real() * r + a.imag()) * s, (a.imag() * r - a.real()) * s);
}

template <class T>
Element binary(Op op, T a, T b) {
  switch (op) {
    case Op::equal:
      return Element::of(a == b);
    case Op::not_equal:
      return Element::of(!(a == b));
    case Op::logical_and:
      return Element::of(truth(a) && truth(b));
    case Op::logical_or:
      return Element::of(truth(a) || truth(b));
    case Op::logical_xor:
      return Element::of(truth(a) != truth(b));
    default:
      break;
  }
  if constexpr (is_cx<T>) {
    switch (op) {
      case Op::add:
        return Element::of(T(a.real() + b.real(), a.imag() + b.imag()));
      case Op::subtract:
        return Element::of(T(a.real() - b.real(), a.imag() - b.imag()));
      case Op::multiply:
        return Element::of(T(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()));
      case Op::divide:
        return Element::of(complex_quotient(a, b));
      case Op::pow:
        return Element::of(b == T(0) ? T(1) : std::pow(a, b));
      default:
        break;
    }
  } else {
    switch (op) {
      case Op::less:
        return Element::of(a < b);
      case Op::less_equal:
        return Element::of(a <= b);
      case Op::greater:
        return Element::of(a > b);
      case Op::greater_equal:
        return Element::of(a >= b);
      case Op::minimum:
        return Element::of(nan(a) ? a : nan(b) ? b : a < b ? a : b);
      case Op::maximum:
        return Element::of(nan(a) ? a : nan(b) ? b : a > b ? a : b);
      default:
        break;
    }
  }
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Op::add:
        return Element::of(a + b);
      case Op::subtract:
        return Element::of(a - b);
      case Op::multiply:
        return Element::of(a * b);
      case Op::divide:
        return Element::of(a / b);
      case Op::pow:
        return Element::of(std::pow(a, b));
      case Op::remainder: {
        T r = std::fmod(a, b);
        if (b == 0 || std::isnan(r)) return Element::of(r);
        if (r == 0) return Element::of(std::copysign(T(0), b));
        if (std::signbit(r) != std::signbit(b)) r += b;
        return Element::of(r);
      }
      case Op::floor_divide: {
        if (b == 0) return Element::of(a / b);
        const T r = std::fmod(a, b);
        T q = (a - r) / b;
        if (r != 0 && (r < 0) != (b < 0)) q -= 1;
        if (q == 0) return Element::of(std::copysign(T(0), a / b));
        return Element::of(std::isnan(q) ? q : q - std::floor(q) > T(0.5) ? std::floor(q) + 1 : std::floor(q));
      }
      default:
        break;
    }
  } else if constexpr (is_int<T>) {
    const __int128 x = a, y = b;
    constexpr int bits = 8 * static_cast<int>(sizeof(T));
    switch (op) {
      case Op::add:
        return Element::of(wrapped<T>(x + y));
      case Op::subtract:
        return Element::of(wrapped<T>(x - y));
      case Op::multiply:
        return Element::of(
            wrapped<T>(static_cast<__int128>(static_cast<unsigned __int128>(x) * static_cast<unsigned __int128>(y))));
      case Op::floor_divide: {
        if (y == 0) return Element::of(T(0));
        __int128 q = x / y;
        if (q * y != x && (x < 0) != (y < 0)) q--;
        return Element::of(wrapped<T>(q));
      }
      case Op::remainder: {
        if (y == 0) return Element::of(T(0));
        __int128 r = x % y;
        if (r != 0 && (r < 0) != (y < 0)) r += y;
        return Element::of(wrapped<T>(r));
      }
      case Op::pow:
        return Element::of(int_power(a, b));
      case Op::bitwise_and:
        return Element::of(static_cast<T>(a & b));
      case Op::bitwise_or:
        return Element::of(static_cast<T>(a | b));
      case Op::bitwise_xor:
        return Element::of(static_cast<T>(a ^ b));
      case Op::bitwise_left_shift: {
        if (y < 0 || y >= bits) return Element::of(T(0));
        __int128 r = x;
        for (int i = 0; i < y; i++) r *= 2;  // below 2^127
        return Element::of(wrapped<T>(r));
      }
      case Op::bitwise_right_shift: {
        if (y < 0 || y >= bits) return Element::of(x < 0 ? static_cast<T>(-1) : T(0));
        return Element::of(static_cast<T>(x >> static_cast<int>(y)));
      }
      default:
        break;
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    switch (op) {
      case Op::add:
      case Op::bitwise_or:
        return Element::of(a || b);
      case Op::multiply:
      case Op::bitwise_and:
        return Element::of(a && b);
      case Op::bitwise_xor:
        return Element::of(a != b);
      default:
        break;
    }
  }
  throw std::logic_error("reference: no such operation");
}

template <class R, class T>
R converted(T v) {
  if constexpr (is_cx<T> && is_cx<R>)
    return R(static_cast<typename R::value_type>(v.real()), static_cast<typename R::value_type>(v.imag()));
  else if constexpr (std::is_same_v<R, bool>)
    return truth(v);
  else if constexpr (is_cx<T>)
    return converted<R>(v.real());
  else if constexpr (is_cx<R>)
    return R(static_cast<typename R::value_type>(v), 0);
  else if constexpr (std::is_floating_point_v<T> && std::is_integral_v<R>) {
    // Through int32 below 32 bits, else int64; what does not fit becomes their smallest value (the x86 instructions).
    const long double w = v;
    if (std::is_same_v<R, std::uint64_t> && w >= 0x1p63L)
      return w < 0x1p64L ? static_cast<R>(static_cast<unsigned long long>(w)) : R(0);
    if (sizeof(R) < 4 || std::is_same_v<R, std::int32_t>)
      return static_cast<R>(w > -2147483649.0L && w < 2147483648.0L ? static_cast<std::int32_t>(w)
                                                                    : std::numeric_limits<std::int32_t>::min());
    return static_cast<R>(w >= -0x1p63L && w < 0x1p63L ? static_cast<std::int64_t>(w)
                                                       : std::numeric_limits<std::int64_t>::min());
  } else
    return static_cast<R>(v);
}

template <class T>
bool same_part(T a, T b) {
  return (nan(a) && nan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}
template <class T>
bool close_part(T a, T b, double ulps, T scale) {
  if (same_part(a, b) || a == b) return true;
  const T unit = std::max(std::fabs(scale) * std::numeric_limits<T>::epsilon(), std::numeric_limits<T>::denorm_min());
  return std::fabs(a - b) <= static_cast<T>(ulps) * unit;
}

}  // namespace

Element apply(const Instruction& in, const Element& a, const Element& b, const Element& c) {
  if (in.op == Op::where) return a.as<bool>() ? b : c;
  return visit_dtype(in.type, [&]<class T>(T) -> Element {
    if (in.op == Op::cast) return visit_dtype(in.to, [&]<class R>(R) { return Element::of(converted<R>(a.as<T>())); });
    if (info(in.op).arity == 1) return unary(in.op, a.as<T>());
    return binary(in.op, a.as<T>(), b.as<T>());
  });
}

std::vector<Element> evaluate(const Program& p, const std::vector<Element>& inputs,
                              const std::vector<Element>& scalars) {
  std::vector<Element> v = inputs;
  v.insert(v.end(), scalars.begin(), scalars.end());
  for (const auto& in : p.code) v.push_back(apply(in, v[in.a], v[in.b], v[in.c]));
  std::vector<Element> out;
  for (auto o : p.outputs) out.push_back(v[o]);
  return out;
}

bool same(const Element& a, const Element& b) {
  if (a.type != b.type) return false;
  return visit_dtype(a.type, [&]<class T>(T) {
    const T x = a.as<T>(), y = b.as<T>();
    if constexpr (is_cx<T>)
      return same_part(x.real(), y.real()) && same_part(x.imag(), y.imag());
    else
      return same_part(x, y);
  });
}

bool close(const Element& a, const Element& b, double ulps) {
  if (a.type != b.type) return false;
  return visit_dtype(a.type, [&]<class T>(T) {
    const T x = a.as<T>(), y = b.as<T>();
    if constexpr (is_cx<T>) {
      const auto scale = std::max(std::fabs(y.real()), std::fabs(y.imag()));
      return close_part(x.real(), y.real(), ulps, scale) && close_part(x.imag(), y.imag(), ulps, scale);
    } else if constexpr (std::is_floating_point_v<T>) {
      return close_part(x, y, ulps, y);
    } else {
      return x == y;
    }
  });
}

std::string show(const Element& e) {
  return visit_dtype(e.type, [&]<class T>(T) {
    const T v = e.as<T>();
    if constexpr (is_cx<T>)
      return "(" + std::to_string(v.real()) + ", " + std::to_string(v.imag()) + ")";
    else if constexpr (std::is_floating_point_v<T>) {
      char text[64];
      std::snprintf(text, sizeof text, "%a", static_cast<double>(v));
      return std::string(text);
    } else
      return std::to_string(v);
  });
}

Element sample(DType t, std::uint64_t seed, std::uint64_t i) {
  // splitmix64, written out once more so that the tests depend on nothing.
  auto random = [&](std::uint64_t k) {
    std::uint64_t z = (seed * 1000003 + i * 8 + k) * 0x9e3779b97f4a7c15u + 0x1234567;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  };
  return visit_dtype(t, [&]<class T>(T) {
    auto real = [&]<class R>(R, std::uint64_t k) {
      const R special[] = {R(0),
                           R(-0.0),
                           R(1),
                           R(-1),
                           R(0.5),
                           R(3),
                           R(-7.25),
                           std::numeric_limits<R>::infinity(),
                           -std::numeric_limits<R>::infinity(),
                           std::numeric_limits<R>::quiet_NaN(),
                           std::numeric_limits<R>::max(),
                           std::numeric_limits<R>::denorm_min(),
                           R(100),
                           R(-300.5),
                           R(2147483648.0),
                           R(1e-20)};
      const std::uint64_t r = random(k);
      if (r % 4 == 0) return special[(r >> 8) % std::size(special)];
      return static_cast<R>((static_cast<double>(r >> 11) * 0x1p-53 - 0.5) * 20);
    };
    if constexpr (is_cx<T>)
      return Element::of(T(real(typename T::value_type{}, 0), real(typename T::value_type{}, 1)));
    else if constexpr (std::is_floating_point_v<T>)
      return Element::of(real(T{}, 0));
    else if constexpr (std::is_same_v<T, bool>)
      return Element::of(random(0) % 2 == 1);
    else {
      const T special[] = {
          T(0),  T(1), static_cast<T>(-1), std::numeric_limits<T>::max(), std::numeric_limits<T>::min(), T(2),
          T(63), T(64)};
      const std::uint64_t r = random(0);
      return Element::of(r % 3 == 0   ? special[(r >> 8) % std::size(special)]
                         : r % 3 == 1 ? static_cast<T>(r >> 16)
                                      : static_cast<T>((r >> 16) % 12));
    }
  });
}

Memory::Memory(DType t, const Dims& e, Layout layout) : type(t), extent(e) {
  const std::int64_t item = item_size(t);
  strides = Dims::filled(e.size(), 0);
  std::int64_t step = layout == Layout::gaps ? 3 * item : item, size = item;
  for (int i = 0; i < e.size(); i++) {
    const int a = layout == Layout::fortran ? i : e.size() - 1 - i;
    const bool repeated =
        (layout == Layout::broadcast_last && a == e.size() - 1) || (layout == Layout::broadcast_first && a == 0);
    if (repeated) continue;
    strides[a] = step;
    step *= std::max<std::int64_t>(e[a], 1);
  }
  size = std::max(step, item);
  if (layout == Layout::reversed)
    for (int a = 0; a < e.size(); a++) {
      origin += strides[a] * std::max<std::int64_t>(e[a] - 1, 0);
      strides[a] = -strides[a];
    }
  bytes.assign(static_cast<std::size_t>(size), 0x5a);
  before = bytes;
}
std::int64_t Memory::offset(const Dims& at) const {
  std::int64_t o = origin;
  for (int a = 0; a < at.size(); a++) o += at[a] * strides[a];
  return o;
}
Element Memory::get(const Dims& at) const {
  Element e;
  e.type = type;
  std::memcpy(e.bytes, bytes.data() + offset(at), static_cast<std::size_t>(item_size(type)));
  return e;
}
void Memory::set(const Dims& at, const Element& e) {
  std::memcpy(bytes.data() + offset(at), e.bytes, static_cast<std::size_t>(item_size(type)));
}
void Memory::fill(std::uint64_t seed) {
  std::uint64_t i = 0;
  for_each_index(extent, [&](const Dims& at) { set(at, sample(type, seed, i++)); });
  before = bytes;
}
bool Memory::gaps_untouched() const {
  std::vector<bool> mine(bytes.size(), false);
  for_each_index(extent, [&](const Dims& at) {
    for (std::int64_t k = 0; k < item_size(type); k++) mine[static_cast<std::size_t>(offset(at) + k)] = true;
  });
  for (std::size_t i = 0; i < bytes.size(); i++)
    if (!mine[i] && bytes[i] != before[i]) return false;
  return true;
}

void for_each_target(const std::function<void(Target)>& f) {
  struct Restore {
    Target target = cpu::target();
    MathFamily family = math_family();
    ~Restore() {
      set_target(target);
      set_math_family(family);
    }
  } const restore;
  for (const Target t : supported_targets()) {
    set_target(t);
    f(t);
  }
}

}  // namespace tessera::cpu::reference
