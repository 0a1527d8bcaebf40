// What a fold keeps of one lane, a struct for each combiner (core/kernel/combiner.hpp): begin() is the lane without elements, take() folds an
// element in, join() the lane to its right, store() writes what becomes of 64 joined lanes as one state of StateLayout. The order of
// operands in every operation is the CPU's (core/cpu/simd/reduction.hpp, moments.hpp, positions.hpp).

/// What all lanes of a leaf share: how many elements it has, and what the moments subtract first.
struct Leaf {
  double count, first, first_finite;
};
/// Component c of a state goes to at[c].
struct StatePlace {
  char* at[3];
  template <class T> __device__ void put(int component, T v) const { *reinterpret_cast<T*>(at[component]) = v; }
};

namespace element {
template <IsFloat T> T infinity() { return number<T>(Layout<T>::infinity); }
template <IsFloat T> T no_number() { return number<T>(Layout<T>::infinity | Bits<T>(1) << (Layout<T>::mantissa - 1)); }
template <IsFloat T> T highest() { return infinity<T>(); }
template <IsFloat T> T lowest() { return -infinity<T>(); }
template <IsInteger T> T lowest() { return T(-1) < T(0) ? static_cast<T>(std::uint64_t(1) << (8 * sizeof(T) - 1)) : T(0); }
template <IsInteger T> T highest() { return static_cast<T>(~wrap(lowest<T>())); }
inline bool is_finite(double x) { return magnitude(x) < Layout<double>::infinity; }
/// Of two elements the one that is a number, the first of equal ones.
template <IsFloat T> T least_number(T a, T b) { return b < a || a != a ? b : a; }
template <IsFloat T> T greatest_number(T a, T b) { return b > a || a != a ? b : a; }
}  // namespace element

/// One component, of the elements' dtype.
template <class Rule> struct Simple {
  using Element = typename Rule::Element;
  Element v;
  __device__ void begin() { v = Rule::neutral(); }
  __device__ void take(const Leaf&, Element x, long long) { v = Rule::apply(v, x); }
  __device__ void join(const Simple& right) { v = Rule::apply(v, right.v); }
  __device__ void store(const Leaf&, const StatePlace& to) const { to.put(0, v); }
};
#define TESSERA_RULE(name, start, function)                                            \
  template <class T> struct name##Rule {                                               \
    using Element = T;                                                                 \
    static __device__ T neutral() { return start; }                                    \
    static __device__ T apply(T a, T b) { return static_cast<T>(element::function); } \
  };                                                                                   \
  template <class T> using name = Simple<name##Rule<T>>;
template <IsReal T> __device__ T no_sum() { return static_cast<T>(-T(0)); }
template <IsComplex T> __device__ T no_sum() { return {-decltype(T::re)(0), -decltype(T::re)(0)}; }
TESSERA_RULE(Sum, no_sum<T>(), add(a, b))
TESSERA_RULE(Product, T(1), multiply(a, b))
TESSERA_RULE(Least, element::highest<T>(), minimum(a, b))
TESSERA_RULE(Greatest, element::lowest<T>(), maximum(a, b))
TESSERA_RULE(LeastNumber, element::no_number<T>(), least_number(a, b))
TESSERA_RULE(GreatestNumber, element::no_number<T>(), greatest_number(a, b))
TESSERA_RULE(Both, T(1), bit_and(a, b))
TESSERA_RULE(Either, T(0), bit_or(a, b))
#undef TESSERA_RULE

/// Complex numbers have no neutral element (inf * (1 + 0j) is not inf): a lane begins with its first one.
template <class T> struct ComplexProduct {
  using Element = T;
  T v;
  std::uint64_t any;
  __device__ void begin() { v = {1, 0}, any = 0; }
  __device__ void take(const Leaf&, T x, long long) { v = any ? element::multiply(v, x) : x, any = 1; }
  __device__ void join(const ComplexProduct& right) {
    if (right.any) take({}, right.v, 0);
  }
  __device__ void store(const Leaf&, const StatePlace& to) const { to.put(0, v); }
};

/// Sums of what is a number, and how many these are.
struct NanSum {
  using Element = double;
  double s, count;
  __device__ void begin() { s = 0, count = 0; }
  __device__ void take(const Leaf&, double x, long long) {
    count += x == x ? 1.0 : 0.0;
    s += x == x ? x : -0.0;
  }
  __device__ void join(const NanSum& right) { s += right.s, count += right.count; }
  __device__ void store(const Leaf&, const StatePlace& to) const { to.put(0, count), to.put(1, s); }
};

/// Sums of x - shift and of its square.
struct Shifted {
  double s, q;
  __device__ void add(double d) { s += d, q += d * d; }
  __device__ void add(const Shifted& right) { s += right.s, q += right.q; }
  /// Mean and M2 of n elements, as components c and c + 1.
  __device__ void store(double n, double shift, const StatePlace& to, int c) const {
    const double part = s / n, infinity = element::infinity<double>();
    // Squares that overflow make an infinite variance, not inf - inf.
    const double m2 = q == infinity && element::absolute(s) < infinity ? q : q - s * part;
    to.put(c, n == 0 ? 0.0 : shift + part);
    to.put(c + 1, n == 0 || m2 < 0 ? 0.0 : m2);  // a NaN stays one
  }
};
struct Moments {
  using Element = double;
  Shifted sums;
  __device__ void begin() { sums = {0, 0}; }
  __device__ void take(const Leaf& leaf, double x, long long) { sums.add(x - leaf.first); }
  __device__ void join(const Moments& right) { sums.add(right.sums); }
  __device__ void store(const Leaf& leaf, const StatePlace& to) const { sums.store(leaf.count, leaf.first, to, 0); }
};
struct NanMoments {
  using Element = double;
  Shifted sums;
  double count;
  __device__ void begin() { sums = {0, 0}, count = 0; }
  __device__ void take(const Leaf& leaf, double x, long long) {
    count += x == x ? 1.0 : 0.0;
    sums.add(x == x ? x - leaf.first_finite : -0.0);
  }
  __device__ void join(const NanMoments& right) { sums.add(right.sums), count += right.count; }
  __device__ void store(const Leaf& leaf, const StatePlace& to) const {
    to.put(0, count);
    sums.store(count, leaf.first_finite, to, 1);
  }
};

/// The extreme element and where it is; of equal ones the first.
template <class T, bool smallest, bool skips> struct Extreme {
  using Element = T;
  long long at;
  T best;
  static __device__ bool better(T x, T known) {
    const bool beats = smallest ? x < known : x > known;
    return beats || (!skips && x != x && known == known);
  }
  static __device__ bool same(T x, T known) { return x == known || (x != x && known != known); }
  __device__ void begin() { at = -1, best = T(0); }
  __device__ void take(const Leaf&, T x, long long position) {
    if ((skips && x != x) || (at >= 0 && !better(x, best) && !(same(x, best) && position < at))) return;
    at = position, best = x;
  }
  __device__ void join(const Extreme& right) {
    if (right.at >= 0) take({}, right.best, right.at);
  }
  __device__ void store(const Leaf&, const StatePlace& to) const {
    to.put(0, at), to.put(1, best);
  }
};
template <class T> using ArgLeast = Extreme<T, true, false>;
template <class T> using ArgGreatest = Extreme<T, false, false>;
template <class T> using NanArgLeast = Extreme<T, true, true>;
template <class T> using NanArgGreatest = Extreme<T, false, true>;

/// The lane of the thread `by` further on in its group of `width`. All threads of a warp ask together.
template <class S> __device__ S of_thread(const S& mine, int by, int width) {
  constexpr int words = (sizeof(S) + 3) / 4;
  unsigned w[words] = {};
  __builtin_memcpy(w, &mine, sizeof(S));
#pragma unroll
  for (int k = 0; k < words; k++) w[k] = __shfl_down_sync(0xffffffffu, w[k], by, width);
  S other;
  __builtin_memcpy(&other, w, sizeof(S));
  return other;
}
