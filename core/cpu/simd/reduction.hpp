// States of one component: folding elements into 64 lanes or into a row of outputs, lanes by halves, state with state.
// The order of every addition and multiplication here is part of the bits.

// Of two elements the one that is a number, the first of equal ones: fmin, fmax.
struct LeastNumber {
  template <IsFloat T> static T apply(T a, T b) { return b < a || a != a ? b : a; }
};
struct GreatestNumber {
  template <IsFloat T> static T apply(T a, T b) { return b > a || a != a ? b : a; }
};
struct VLeastNumber { template <class X> static X apply(X a, X b) { return (b < a) | (a != a) ? b : a; } };
struct VGreatestNumber { template <class X> static X apply(X a, X b) { return (b > a) | (a != a) ? b : a; } };

/// A register of T from the elements of type A at p: T itself, or floats widened to doubles.
template <class T, class A> inline Vec<T> widened(const std::byte* p) {
  if constexpr (sizeof(A) == sizeof(T)) {
    return (Vec<T>)load(p, 0);
  } else {
    typedef A Narrow __attribute__((vector_size(TESSERA_WIDTH / sizeof(T) * sizeof(A))));
    Narrow narrow;
    __builtin_memcpy(&narrow, p, sizeof narrow);
    // g++ makes five instructions of __builtin_convertvector where the processor has one.
    static_assert(sizeof(A) == 4 && sizeof(T) == 8);
#if TESSERA_WIDTH == 64
    return (Vec<T>)_mm512_cvtps_pd((__m256)narrow);
#elif TESSERA_WIDTH == 32
    return (Vec<T>)_mm256_cvtps_pd((__m128)narrow);
#else
    return __builtin_convertvector(narrow, Vec<T>);
#endif
  }
}
template <class T> inline T item_at(const std::byte* p, std::int64_t i) {
  T v;
  __builtin_memcpy(&v, p + i * static_cast<std::int64_t>(sizeof(T)), sizeof v);
  return v;
}

/// The first `n` items of T at p, at most a register; the others are 0.
template <class T> inline Vec<T> load_some(const std::byte* p, std::int64_t n) {
  constexpr std::int64_t all = width / static_cast<std::int64_t>(sizeof(T));
  if (n >= all) return (Vec<T>)load(p, 0);
  V v{};
  __builtin_memcpy(&v, p, static_cast<unsigned long>(n) * sizeof(T));
  return (Vec<T>)v;
}
template <class T> inline void save_some(std::byte* p, std::int64_t n, Vec<T> v) {
  constexpr std::int64_t all = width / static_cast<std::int64_t>(sizeof(T));
  if (n >= all) return save(p, 0, (V)v);
  __builtin_memcpy(p, &v, static_cast<unsigned long>(n) * sizeof(T));
}

template <class F, class T> void combine_loop(std::int64_t n, std::byte* into, const std::byte* from) {
  T* a = reinterpret_cast<T*>(into);
  const T* b = reinterpret_cast<const T*>(from);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; i++) a[i] = F::apply(a[i], b[i]);
}
/// The same in registers, of which g++ makes no scalar code when the operation has a choice in it.
template <class F, class T> void combine_registers(std::int64_t n, std::byte* into, const std::byte* from) {
  for (; n > 0; n -= width / static_cast<std::int64_t>(sizeof(T)), into += width, from += width)
    save_some<T>(into, n, F::apply(load_some<T>(into, n), load_some<T>(from, n)));
}
template <class F, class T> void fold_loop(std::byte* state) {
  T* s = reinterpret_cast<T*>(state);
  for (int half = lanes / 2; half > 0; half /= 2)
#pragma GCC ivdep
    for (int l = 0; l < half; l++) s[l] = F::apply(s[l], s[l + half]);
}
/// The same in registers: whole registers by halves, then halves of the one that is left (of which only the low part matters).
template <class F, class T> void fold_registers(std::byte* state) {
  constexpr int count = lanes * static_cast<int>(sizeof(T)) / width;
  V r[count];
  for (int k = 0; k < count; k++) r[k] = load(state, k);
#pragma GCC unroll 8
  for (int half = count / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) r[k] = (V)F::apply((Vec<T>)r[k], (Vec<T>)r[k + half]);
#pragma GCC unroll 8
  for (int bytes = width / 2; bytes >= static_cast<int>(sizeof(T)); bytes /= 2) {
    V high;
    if (bytes >= 8) {
      V from{};
      for (int l = 0; l < width / 8; l++) from[l] = (l + bytes / 8) % (width / 8);
      high = shuffle(r[0], from);
    } else {
      high = (V)((Vec<std::uint64_t>)r[0] >> (8 * bytes));
    }
    r[0] = (V)F::apply((Vec<T>)r[0], (Vec<T>)high);
  }
  __builtin_memcpy(state, &r[0], sizeof(T));
}
/// Complex products of n states: through registers, as loops.hpp says. Registers that are not full are padded.
template <class T> void combine_product(std::int64_t n, std::byte* into, const std::byte* from) {
  for (std::int64_t left = n * 2 * static_cast<std::int64_t>(sizeof(T)); left > 0; left -= width, into += width, from += width) {
    const auto bytes = static_cast<unsigned long>(left < width ? left : width);
    V a{}, b{};
    __builtin_memcpy(&a, into, bytes);
    __builtin_memcpy(&b, from, bytes);
    a = (V)complex_product<T>((Vec<T>)a, (Vec<T>)b);
    __builtin_memcpy(into, &a, bytes);
  }
}
/// n elements of type A, one after another, into 64 lanes: element i into lane i mod 64, `width` lanes at a time in registers.
template <class F, class Registers, class T, class A> void sweep_loop(std::int64_t n, const std::byte* from, std::byte* state) {
  constexpr int K = sizeof(T), register_items = width / K;
  constexpr std::int64_t item = sizeof(A), step = lanes * item, ahead = 8192;
  const std::int64_t whole = n / lanes * lanes;
  for (int part = 0; part < lanes && whole > 0; part += width) {
    const std::byte* p = from + part * item;
    std::byte* s = state + part * K;
    V a0 = load(s, 0), a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{};
#define M(k) a##k = load(s, k);
    TESSERA_EACH(K, M)
#undef M
    std::int64_t i = 0;
    do {
#pragma GCC unroll 8
      for (int line = 0; line < width * item; line += 64) __builtin_prefetch(p + i + ahead + line);
#define M(k) a##k = (V)Registers::apply((Vec<T>)a##k, widened<T, A>(p + i + k * register_items * item));
      TESSERA_EACH(K, M)
#undef M
    } while ((i += step) < whole * item);
#define M(k) save(s, k, a##k);
    TESSERA_EACH(K, M)
#undef M
  }
  T* lane = reinterpret_cast<T*>(state);
#pragma GCC ivdep
  for (std::int64_t l = 0; l < n - whole; l++) lane[l] = F::apply(lane[l], static_cast<T>(item_at<A>(from, whole + l)));
}
/// `rows` rows, at least one, of n elements, `stride` bytes from one to the next, into n states. The same place of the row after the last one
/// is asked for at `ahead` bytes from the present.
template <class F, class Registers, class T, class A>
void rows_loop(std::int64_t n, std::int64_t rows, const std::byte* from, std::int64_t stride, std::byte* state, std::int64_t ahead) {
  constexpr int K = sizeof(T), register_items = width / K;
  constexpr std::int64_t item = sizeof(A);
  std::int64_t o = 0;
  for (; o + width <= n; o += width) {
    std::byte* s = state + o * K;
    V a0 = load(s, 0), a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{};
#define M(k) a##k = load(s, k);
    TESSERA_EACH(K, M)
#undef M
    const std::byte* p = from + o * item;
    std::int64_t r = rows;
    do {
#pragma GCC unroll 8
      for (int line = 0; line < width * item; line += 64) __builtin_prefetch(p + ahead + line);
#define M(k) a##k = (V)Registers::apply((Vec<T>)a##k, widened<T, A>(p + k * register_items * item));
      TESSERA_EACH(K, M)
#undef M
      p += stride;
    } while (--r > 0);
#define M(k) save(s, k, a##k);
    TESSERA_EACH(K, M)
#undef M
  }
  T* s = reinterpret_cast<T*>(state);
  for (std::int64_t r = 0; r < rows && o < n; r++) {
    const std::byte* p = from + r * stride;
#pragma GCC ivdep
    for (std::int64_t i = o; i < n; i++) s[i] = F::apply(s[i], static_cast<T>(item_at<A>(p, i)));
  }
}

enum class StateWork { combine, fold, sweep, rows };
template <class F, class Registers, class T, class A> AnyFunction state_function(StateWork work) {
  switch (work) {
    case StateWork::combine: return any(&combine_registers<Registers, T>);
    case StateWork::fold: return any(&fold_registers<Registers, T>);
    case StateWork::sweep: return any(&sweep_loop<F, Registers, T, A>);
    default: return any(&rows_loop<F, Registers, T, A>);
  }
}
template <class F, class Registers> AnyFunction find_state(DType t, DType from, StateWork work) {
  return with_type(t, [&]<class T>(T v) -> AnyFunction {
    if constexpr (is_complex_v<T>) {
      if constexpr (requires { F::apply(v, v); })
        return work == StateWork::combine ? any(&combine_loop<F, T>) : work == StateWork::fold ? any(&fold_loop<F, T>) : nullptr;
      else return nullptr;
    } else {
      if constexpr (sizeof(T) == 8 && is_float_v<T>)
        if (from == DType::float32) return state_function<F, Registers, T, float>(work);
      return from == t ? state_function<F, Registers, T, T>(work) : nullptr;
    }
  });
}
template <class F, class Registers> AnyFunction find_float_state(DType t, StateWork work) {
  return t == DType::float64 ? state_function<F, Registers, double, double>(work) : t == DType::float32 ? state_function<F, Registers, float, float>(work) : nullptr;
}
template <class T> AnyFunction product_state(StateWork work) {
  return work == StateWork::combine ? any(&combine_product<T>) : nullptr;
}
constexpr DType unsigned_twin(DType t) {
  return t == DType::int8 ? DType::uint8 : t == DType::int16 ? DType::uint16 : t == DType::int32 ? DType::uint32 : t == DType::int64 ? DType::uint64 : t;
}
/// `from`: the dtype of the elements where it is another one than the state's.
inline AnyFunction find_state(Combiner c, DType t, DType from, StateWork work) {
  if (t == DType::bool_) {  // bytes of 0 or 1
    const bool both = c == Combiner::min || c == Combiner::all || c == Combiner::prod;
    if (from != t) return nullptr;
    return both ? state_function<BitAnd, VAnd, u8, u8>(work) : state_function<BitOr, VOr, u8, u8>(work);
  }
  switch (c) {
    case Combiner::sum: return find_state<Add, VAdd>(unsigned_twin(t), unsigned_twin(from), work);  // integers wrap
    case Combiner::prod:
      if (is_complex(t)) return t == DType::complex64 ? product_state<float>(work) : product_state<double>(work);
      return find_state<Multiply, VMultiply>(unsigned_twin(t), unsigned_twin(from), work);
    case Combiner::min: return find_state<Minimum, VMinimum>(t, from, work);
    case Combiner::max: return find_state<Maximum, VMaximum>(t, from, work);
    case Combiner::fmin: return from == t ? find_float_state<LeastNumber, VLeastNumber>(t, work) : nullptr;
    case Combiner::fmax: return from == t ? find_float_state<GreatestNumber, VGreatestNumber>(t, work) : nullptr;
    default: return nullptr;
  }
}
using CombineFunction = void (*)(std::int64_t, std::byte*, const std::byte*);
using SweepFunction = void (*)(std::int64_t, const std::byte*, std::byte*);
using RowsFunction = void (*)(std::int64_t, std::int64_t, const std::byte*, std::int64_t, std::byte*, std::int64_t);
using FoldFunction = void (*)(std::byte*);
inline CombineFunction find_combine(Combiner c, DType t) { return reinterpret_cast<CombineFunction>(find_state(c, t, t, StateWork::combine)); }
inline FoldFunction find_fold(Combiner c, DType t) { return reinterpret_cast<FoldFunction>(find_state(c, t, t, StateWork::fold)); }
inline SweepFunction find_sweep(Combiner c, DType t, DType from) { return reinterpret_cast<SweepFunction>(find_state(c, t, from, StateWork::sweep)); }
inline RowsFunction find_rows(Combiner c, DType t, DType from) { return reinterpret_cast<RowsFunction>(find_state(c, t, from, StateWork::rows)); }
