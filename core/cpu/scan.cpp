#include <tessera/core/device/host_scan.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>

#include <tessera/core/box.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/item_words.hpp>

namespace tessera {
namespace {

// One way to fold elements T with states A.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double,
                                std::conditional_t<std::is_same_v<T, std::complex<float>>, std::complex<double>, T>>;
template <class T>
constexpr bool is_complex_type = std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;

template <class T>
struct Sum {
  using Element = T;
  using State = Wide<T>;
  static State nothing() {
    if constexpr (is_complex_type<T>)
      return {-0.0, -0.0};
    else if constexpr (std::is_floating_point_v<T>)
      return -0.0;
    else
      return 0;
  }
  static State fold(State a, State b) { return static_cast<State>(a + b); }  // integers: unsigned, which wrap
};

template <class T>
struct Prod {
  using Element = T;
  using State = Wide<T>;
  static State nothing() { return State(1); }
  static State fold(State a, State b) {
    if constexpr (is_complex_type<T>) {
      if (a == State(1)) return b;  // 1 times infinity would have a part that is NaN
      return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
    } else if constexpr (std::is_floating_point_v<T>) {
      return a * b;
    } else {  // as unsigned long: unsigned short would become int, which overflows
      return static_cast<State>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    }
  }
};

template <class T, bool largest>
struct Extreme {
  using Element = T;
  using State = T;
  static State nothing() {
    if constexpr (std::is_floating_point_v<T>)
      return largest ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
    else
      return largest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
  }
  static State fold(State a, State b) {
    const bool first = largest ? a >= b : a <= b;
    if constexpr (std::is_floating_point_v<T>)
      return first || a != a ? a : b;
    else
      return first ? a : b;
  }
};

template <class T>
struct Last {
  using Element = T;
  using State = T;
  static State nothing() {
    if constexpr (is_complex_type<T>)
      return {std::numeric_limits<typename T::value_type>::quiet_NaN(), 0};
    else
      return std::numeric_limits<T>::quiet_NaN();
  }
  // A place before which there is no number keeps its own NaN.
  static State fold(State a, State b) { return b != b && a == a ? a : b; }
};

template <class F>
void visit_integer(DType t, F&& f) {
  visit_item_word(item_size(t), [&]<class T>(T x) {
    if constexpr (std::is_integral_v<T>) f(x);
  });
}
template <class F>
void visit_inexact(DType t, F&& f) {
  visit_dtype(t, [&]<class T>(T x) {
    if constexpr (std::is_floating_point_v<T> || is_complex_type<T>)
      f(x);
    else
      throw InternalError("a scan of integers as if they were not");
  });
}
template <bool largest, class F>
void visit_extreme(DType t, F&& f) {
  visit_dtype(t, [&]<class T>(T) {
    if constexpr (is_complex_type<T>)
      throw DTypeError("complex numbers have no order");
    else
      f(Extreme<T, largest>());
  });
}

template <class F>
void visit_scan(const Scan& scan, F&& f) {
  const DType t = scan.element;
  const auto sums = [&]<class T>(T) { f(Sum<T>()); };
  const auto products = [&]<class T>(T) { f(Prod<T>()); };
  switch (scan.kind) {
    case ScanKind::sum:
      return is_inexact(t) ? visit_inexact(t, sums) : visit_integer(t, sums);
    case ScanKind::prod:
      return is_inexact(t) ? visit_inexact(t, products) : visit_integer(t, products);
    case ScanKind::min:
      return visit_extreme<false>(t, f);
    case ScanKind::max:
      return visit_extreme<true>(t, f);
    case ScanKind::last:
      return visit_inexact(t, [&]<class T>(T) { f(Last<T>()); });
  }
}

// A plane of the box: `length` elements along the axis, `rows` positions along the last other axis. Distances in
// elements; of states one position and one piece from the next.
struct Plane {
  std::int64_t length, rows;
  std::int64_t from_step, from_row, to_step, to_row;
  std::int64_t state_piece;
};

constexpr std::int64_t together = 4;  // pieces or rows that are walked at a time: their chains of additions overlap
constexpr std::int64_t block = 512;   // positions whose running states stay in the first-level cache

// Chains of `length` elements beside one another: chain k begins at x + k * dx.
template <class Op, int chains, bool writes>
void walk(std::int64_t length, const typename Op::Element* x, std::int64_t dx, typename Op::State* within,
          std::int64_t dw, const typename Op::State* carry, std::int64_t dc, typename Op::Element* y, std::int64_t dy) {
  using T = typename Op::Element;
  using A = typename Op::State;
  A local[chains], before[chains], far[chains];
  for (int k = 0; k < chains; k++) {
    local[k] = Op::nothing();
    if constexpr (writes) before[k] = within[k * dw], far[k] = carry[k * dc];
  }
  for (std::int64_t i = 0; i < length; i++)
    for (int k = 0; k < chains; k++) {
      local[k] = Op::fold(local[k], static_cast<A>(x[k * dx + i]));
      if constexpr (writes) y[k * dy + i] = static_cast<T>(Op::fold(far[k], Op::fold(before[k], local[k])));
    }
  if constexpr (!writes)
    for (int k = 0; k < chains; k++) within[k * dw] = local[k];
}

// The axis is the last: pieces are dense.
template <class Op, bool writes>
void along_rows(const Plane& p, const typename Op::Element* x, typename Op::State* within,
                const typename Op::State* carry, typename Op::Element* y) {
  std::int64_t r = 0;
  for (; r + together <= p.rows; r += together)
    for (std::int64_t at = 0, k = 0; at < p.length; at += scan_piece, k++)
      walk<Op, together, writes>(std::min(scan_piece, p.length - at), x + r * p.from_row + at, p.from_row,
                                 within + k * p.state_piece + r, 1, carry + r, 1, y + r * p.to_row + at, p.to_row);
  for (; r < p.rows; r++) {
    const auto* from = x + r * p.from_row;
    auto* to = y + r * p.to_row;
    // Of one row, pieces that lie a quarter of it apart: four streams that the processor foresees (neighbours took 2.3
    // times as long).
    const std::int64_t quarter = p.length / scan_piece / together, apart = quarter * scan_piece;
    std::int64_t at = 0, k = 0;
    for (; k < quarter; at += scan_piece, k++)
      walk<Op, together, writes>(scan_piece, from + at, apart, within + k * p.state_piece + r, quarter * p.state_piece,
                                 carry + r, 0, to + at, apart);
    at *= together, k *= together;
    for (; at < p.length; at += scan_piece, k++)
      walk<Op, 1, writes>(std::min(scan_piece, p.length - at), from + at, 0, within + k * p.state_piece + r, 0,
                          carry + r, 0, to + at, 0);
  }
}

// The positions are dense: a row of them after another.
template <class Op, bool writes>
void across_rows(const Plane& p, const typename Op::Element* x, typename Op::State* within,
                 const typename Op::State* carry, typename Op::Element* y) {
  using T = typename Op::Element;
  using A = typename Op::State;
  A running[block];
  for (std::int64_t first = 0; first < p.rows; first += block) {
    const std::int64_t n = std::min(block, p.rows - first);
    const A* far = carry + first;
    for (std::int64_t at = 0, k = 0; at < p.length; at += scan_piece, k++) {
      A* piece = within + k * p.state_piece + first;
      A* local = writes ? running : piece;
      std::fill_n(local, n, Op::nothing());
      const std::int64_t end = std::min(p.length, at + scan_piece);
      for (std::int64_t i = at; i < end; i++) {
        const T* from = x + i * p.from_step + first;
        T* to = y + i * p.to_step + first;
        for (std::int64_t j = 0; j < n; j++) {
          local[j] = Op::fold(local[j], static_cast<A>(from[j]));
          if constexpr (writes) to[j] = static_cast<T>(Op::fold(far[j], Op::fold(piece[j], local[j])));
        }
      }
    }
  }
}

template <class Op, bool writes>
void scan_box(const Dims& extent, int axis, const StridedInput& from, typename Op::State* within,
              const typename Op::State* carry, const StridedOutput& to) {
  using T = typename Op::Element;
  const int rank = extent.size(), last = rank - 1, other = axis == last ? last - 1 : last;
  constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  Plane p{extent[axis], other < 0 ? 1 : extent[other], 0, 0, 0, 0, 1};
  p.from_step = from.strides[axis] / item;
  if (other >= 0) p.from_row = from.strides[other] / item;
  if constexpr (writes) {
    p.to_step = to.strides[axis] / item;
    if (other >= 0) p.to_row = to.strides[other] / item;
  }
  Dims planes;
  for (int i = 0; i < rank; i++) {
    planes.push_back(i == axis || i == other ? 1 : extent[i]);
    if (i != axis) p.state_piece *= extent[i];
  }
  std::int64_t state = 0;
  for_each_index(planes, [&](const Dims& at) {
    std::int64_t in = 0, out = 0;
    for (int i = 0; i < rank; i++) {
      in += at[i] * from.strides[i];
      if constexpr (writes) out += at[i] * to.strides[i];
    }
    const T* x = reinterpret_cast<const T*>(from.data + in);
    T* y = writes ? reinterpret_cast<T*>(to.data + out) : nullptr;
    const auto* far = writes ? carry + state : carry;
    if (axis == last)
      along_rows<Op, writes>(p, x, within + state, far, y);
    else
      across_rows<Op, writes>(p, x, within + state, far, y);
    state += p.rows;
  });
}

template <class A>
A* states(std::byte* at) {
  return reinterpret_cast<A*>(at);
}
template <class A>
const A* states(const std::byte* at) {
  return reinterpret_cast<const A*>(at);
}

}  // namespace

void scan_totals(const Scan& scan, const Dims& extent, int axis, const StridedInput& from, std::byte* totals) {
  visit_scan(scan, [&]<class Op>(Op) {
    scan_box<Op, false>(extent, axis, from, states<typename Op::State>(totals), nullptr, {});
  });
}

void scan_pieces(const Scan& scan, std::int64_t n, std::int64_t pieces, std::byte* totals, std::byte* within) {
  visit_scan(scan, [&]<class Op>(Op) {
    auto* before = states<typename Op::State>(within);
    for (std::int64_t k = 0; k < pieces; k++) {
      auto* piece = states<typename Op::State>(totals) + k * n;
      for (std::int64_t i = 0; i < n; i++) {
        const auto total = piece[i];
        piece[i] = before[i];
        before[i] = Op::fold(before[i], total);
      }
    }
  });
}

void scan_combine(const Scan& scan, std::int64_t n, std::byte* into, const std::byte* from) {
  visit_scan(scan, [&]<class Op>(Op) {
    auto* a = states<typename Op::State>(into);
    const auto* b = states<typename Op::State>(from);
    for (std::int64_t i = 0; i < n; i++) a[i] = Op::fold(a[i], b[i]);
  });
}

void scan_chunks(const Scan& scan, std::int64_t outer, std::int64_t chunks, std::int64_t inner, std::byte* totals) {
  visit_scan(scan, [&]<class Op>(Op) {
    auto* at = states<typename Op::State>(totals);
    for (std::int64_t o = 0; o < outer; o++, at += inner)
      for (std::int64_t k = 1; k < chunks; k++, at += inner)
        for (std::int64_t i = 0; i < inner; i++) at[i + inner] = Op::fold(at[i], at[i + inner]);
  });
}

void scan_nothing(const Scan& scan, std::int64_t n, std::byte* to) {
  visit_scan(scan, [&]<class Op>(Op) { std::fill_n(states<typename Op::State>(to), n, Op::nothing()); });
}

void scan_elements(const Scan& scan, const Dims& extent, int axis, const StridedInput& from, const std::byte* carry,
                   const std::byte* within, const StridedOutput& to) {
  visit_scan(scan, [&]<class Op>(Op) {
    using A = typename Op::State;
    scan_box<Op, true>(extent, axis, from, const_cast<A*>(states<A>(within)), states<A>(carry), to);
  });
}

}  // namespace tessera
