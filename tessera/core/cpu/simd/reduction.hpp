// States: Welford's update (Welford 1962), Chan's combination (Chan, Golub, LeVeque 1979), and the fold of 64 lanes by halves.
// The order of every multiplication and addition here is part of the bits.

enum class Count { kept, lanes, each };

// mean += (x - mean) * (1 / n); M2 += (x - old mean) * (x - new mean). `n` is the count after the update.
template <Count count> void step_moments(TESSERA_STEP_PARAMETERS) {
  std::byte *mean = at<8>(mem, op->d, i), *m2 = at<8>(mem, op->c, i);
  std::byte* counts = nullptr;
  double shared = loop->count;
  if constexpr (count == Count::each) counts = at<8>(mem, op->b, i);
  if constexpr (count == Count::lanes) shared += static_cast<double>(i >> 6);
  const F64 one = F64{} + 1.0;
  F64 r = F64{} + 1.0 / shared;
#define M(k)                                                                  \
  {                                                                           \
    if constexpr (count == Count::each) {                                     \
      const F64 n = (F64)load(counts, k) + one;                               \
      save(counts, k, (V)n);                                                  \
      r = one / n;                                                            \
    }                                                                         \
    const F64 x = (F64)a##k, old = (F64)load(mean, k), d = x - old;           \
    const F64 now = old + d * r;                                              \
    save(mean, k, (V)now);                                                    \
    save(m2, k, (V)((F64)load(m2, k) + d * (x - now)));                       \
  }
  TESSERA_EACH(8, M)
#undef M
  TESSERA_JUMP;
}

// delta = mb - ma; mean = ma + delta * (nb / n); M2 = M2a + M2b + delta * delta * (na * nb / n).
inline void chan(double& mean, double& m2, double mean_b, double m2_b, double share, double weight) {
  const double delta = mean_b - mean;
  mean = mean + delta * share;
  m2 = (m2 + m2_b) + (delta * delta) * weight;
}
inline void combine_moments(std::int64_t n, double* mean, double* m2, const double* from_mean, const double* from_m2, double na, double nb) {
  if (nb == 0) return;
  if (na == 0) {
    for (std::int64_t i = 0; i < n; i++) mean[i] = from_mean[i], m2[i] = from_m2[i];
    return;
  }
  const double share = nb / (na + nb), weight = na * nb / (na + nb);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; i++) chan(mean[i], m2[i], from_mean[i], from_m2[i], share, weight);
}
// Lane l has at least as many elements as lane l + half, so an empty left lane means an empty right one: both stay as they are.
inline void fold_moments(double* mean, double* m2, double* count) {
  for (int half = lanes / 2; half > 0; half /= 2)
#pragma GCC ivdep
    for (int l = 0; l < half; l++) {
      const double na = count[l], nb = count[l + half], n = na + nb;
      const double share = nb / n, weight = na * nb / n;
      double m = mean[l], s = m2[l];
      chan(m, s, mean[l + half], m2[l + half], share, weight);
      mean[l] = nb == 0 ? mean[l] : m;
      m2[l] = nb == 0 ? m2[l] : s;
      count[l] = n;
    }
}

template <class F, class T> void combine_loop(std::int64_t n, std::byte* into, const std::byte* from) {
  T* a = reinterpret_cast<T*>(into);
  const T* b = reinterpret_cast<const T*>(from);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; i++) a[i] = F::apply(a[i], b[i]);
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
/// n / 64 elements into each of 64 lanes, `width` lanes at a time in registers.
template <class F, class T> void sweep_loop(std::int64_t n, const std::byte* from, std::byte* state) {
  constexpr int K = sizeof(T);
  constexpr std::int64_t step = lanes * K, ahead = 8192;
  for (int part = 0; part < lanes / width; part++, from += width * K, state += width * K) {
    V a0 = load(state, 0), a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{};
#define M(k) a##k = load(state, k);
    TESSERA_EACH(K, M)
#undef M
    for (std::int64_t i = 0; i < n * K; i += step) {
      for (int line = 0; line < width * K; line += 64) __builtin_prefetch(from + i + ahead + line);
#define M(k) a##k = (V)F::apply((Vec<T>)a##k, (Vec<T>)load(from + i, k));
      TESSERA_EACH(K, M)
#undef M
    }
#define M(k) save(state, k, a##k);
    TESSERA_EACH(K, M)
#undef M
  }
}
using CombineFunction = void (*)(std::int64_t, std::byte*, const std::byte*);
using SweepFunction = void (*)(std::int64_t, const std::byte*, std::byte*);
using FoldFunction = void (*)(std::byte*);

enum class StateWork { combine, sweep, fold };
template <class F, class Registers, class T> AnyFunction state_function(StateWork work) {
  return work == StateWork::fold ? any(&fold_registers<Registers, T>) : work == StateWork::sweep ? any(&sweep_loop<Registers, T>) : any(&combine_loop<F, T>);
}
template <class F, class Registers> AnyFunction find_state(DType t, StateWork work) {
  return with_type(t, [&]<class T>(T v) -> AnyFunction {
    if constexpr (!is_complex_v<T>) return state_function<F, Registers, T>(work);
    else if constexpr (requires { F::apply(v, v); })
      return work == StateWork::fold ? any(&fold_loop<F, T>) : work == StateWork::sweep ? nullptr : any(&combine_loop<F, T>);
    else return nullptr;
  });
}
constexpr DType unsigned_twin(DType t) {
  return t == DType::int8 ? DType::uint8 : t == DType::int16 ? DType::uint16 : t == DType::int32 ? DType::uint32 : DType::uint64;
}
inline AnyFunction find_state(Combiner c, DType t, StateWork work) {
  if (t == DType::bool_) {  // bytes of 0 or 1
    const bool both = c == Combiner::min || c == Combiner::all;
    return both ? state_function<BitAnd, VAnd, u8>(work) : state_function<BitOr, VOr, u8>(work);
  }
  switch (c) {
    case Combiner::sum: return find_state<Add, VAdd>(is_signed_integer(t) ? unsigned_twin(t) : t, work);  // integers wrap
    case Combiner::min: return find_state<Minimum, VMinimum>(t, work);
    case Combiner::max: return find_state<Maximum, VMaximum>(t, work);
    default: return nullptr;
  }
}
inline CombineFunction find_combine(Combiner c, DType t) { return reinterpret_cast<CombineFunction>(find_state(c, t, StateWork::combine)); }
inline SweepFunction find_sweep(Combiner c, DType t) { return reinterpret_cast<SweepFunction>(find_state(c, t, StateWork::sweep)); }
inline FoldFunction find_fold(Combiner c, DType t) { return reinterpret_cast<FoldFunction>(find_state(c, t, StateWork::fold)); }
