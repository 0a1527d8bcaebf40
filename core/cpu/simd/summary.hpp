// Shifted sums, their squares, sum and extremes of one output's elements in one pass, for elements among which there is no NaN. Each
// lane does the operations of moments_along and sweep_loop, in their order, so that every figure has the bits of its own pass. (Four
// passes over a leaf in L1 took three times as long as this one.)

inline constexpr int summary_registers = width == 64 ? 4 : 2;

template <class A, bool skips> void summary_row(std::int64_t n, const std::byte* from, double shift, double zero, RowSummary& out) {
  constexpr std::int64_t item = sizeof(A), step = lanes * item, ahead = 8192;
  constexpr int K = summary_registers, register_items = width / 8, items = K * register_items;
  alignas(64) double s[lanes], q[lanes], v[lanes], lo[lanes], hi[lanes];
  const std::int64_t whole = n / lanes * lanes;
  const F64 shifts = F64{} + shift;
  for (int part = 0; part < lanes; part += items) {
    const std::byte* p = from + part * item;
    const F64 zeros = F64{} + zero, most = F64{} + __builtin_inf(), fewest = -most;
    F64 s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, q0{}, q1{}, q2{}, q3{}, q4{}, q5{}, q6{}, q7{};
    F64 v0 = zeros, v1 = zeros, v2 = zeros, v3 = zeros, v4 = zeros, v5 = zeros, v6 = zeros, v7 = zeros;
    F64 lo0 = most, lo1 = most, lo2 = most, lo3 = most, lo4 = most, lo5 = most, lo6 = most, lo7 = most;
    F64 hi0 = fewest, hi1 = fewest, hi2 = fewest, hi3 = fewest, hi4 = fewest, hi5 = fewest, hi6 = fewest, hi7 = fewest;
    for (std::int64_t i = 0; i < whole * item; i += step) {
      for (int line = 0; line < items * item; line += 64) __builtin_prefetch(p + i + ahead + line);
#define M(k)                                                              \
  {                                                                       \
    const F64 x = widened<double, A>(p + i + k * register_items * item);  \
    const F64 d = x - shifts;                                             \
    s##k += d;                                                            \
    q##k += d * d;                                                        \
    v##k += x;                                                            \
    lo##k = skips ? less_else(x, lo##k) : less_else(lo##k, x);            \
    hi##k = skips ? greater_else(x, hi##k) : greater_else(hi##k, x);      \
  }
      TESSERA_EACH(K, M)
#undef M
    }
#define M(k)                                                              \
  save(reinterpret_cast<std::byte*>(s + part), k, (V)s##k);               \
  save(reinterpret_cast<std::byte*>(q + part), k, (V)q##k);               \
  save(reinterpret_cast<std::byte*>(v + part), k, (V)v##k);               \
  save(reinterpret_cast<std::byte*>(lo + part), k, (V)lo##k);             \
  save(reinterpret_cast<std::byte*>(hi + part), k, (V)hi##k);
    TESSERA_EACH(K, M)
#undef M
  }
#pragma GCC ivdep
  for (std::int64_t l = 0; l < n - whole; l++) {
    const double x = static_cast<double>(item_at<A>(from, whole + l)), d = x - shift;
    s[l] += d;
    q[l] += d * d;
    v[l] += x;
    lo[l] = (skips ? x < lo[l] : !(lo[l] < x)) ? x : lo[l];
    hi[l] = (skips ? x > hi[l] : !(hi[l] > x)) ? x : hi[l];
  }
  using Least = std::conditional_t<skips, VLeastNumber, VMinimum>;
  using Greatest = std::conditional_t<skips, VGreatestNumber, VMaximum>;
  fold_sums(s);
  fold_sums(q);
  fold_sums(v);
  fold_registers<Least, double>(reinterpret_cast<std::byte*>(lo));
  fold_registers<Greatest, double>(reinterpret_cast<std::byte*>(hi));
  out = {s[0], q[0], v[0], lo[0], hi[0]};
}

template <class A> inline constexpr SummaryFunctions summary_functions = {&summary_row<A, false>, &summary_row<A, true>};
inline const SummaryFunctions* find_summary(DType from) {
  return from == DType::float64 ? &summary_functions<double> : from == DType::float32 ? &summary_functions<float> : nullptr;
}
