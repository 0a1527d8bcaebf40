// argmin, argmax and their nan forms: the extreme element and where it is. The nan forms skip NaN, the others take the first one.
// Of equal elements the one with the smaller position wins, so no order of folding shows in the result.

/// Which of two elements is taken: `Scalar` and `Registers` are the folds of Combiner min, max, fmin or fmax.
template <class T, bool smallest, bool skips> struct Extreme {
  static bool better(T x, T best) {
    const bool beats = smallest ? x < best : x > best;
    if constexpr (is_float_v<T> && !skips) return beats || (x != x && best == best);
    else return beats;
  }
  static bool same(T x, T best) { return x == best || (x != x && best != best); }
  static bool counts(T x) {
    if constexpr (skips) return x == x;
    else return true;
  }
  static T start() {
    if constexpr (is_float_v<T>) return skips ? static_cast<T>(__builtin_nan("")) : smallest ? static_cast<T>(__builtin_inf()) : -static_cast<T>(__builtin_inf());
    else if constexpr (static_cast<T>(-1) > T(0)) return smallest ? static_cast<T>(-1) : T(0);
    else return smallest ? static_cast<T>(~(std::uint64_t{1} << (8 * sizeof(T) - 1))) : static_cast<T>(std::uint64_t{1} << (8 * sizeof(T) - 1));
  }
};

/// n elements of one output, the first at `position`, the next `step` further. The extreme of some hundred elements is found in
/// registers; only when it beats the state are they looked through for its place.
template <class T, bool smallest, bool skips, class F, class Registers>
void positions_along(std::int64_t n, const std::byte* from, std::int64_t position, std::int64_t step, std::int64_t* at, std::byte* best) {
  using E = Extreme<T, smallest, skips>;
  constexpr std::int64_t block = 512;
  alignas(64) T lane[lanes];
  for (std::int64_t first = 0; first < n; first += block) {
    const std::int64_t some = n - first < block ? n - first : block;
    const std::byte* p = from + first * static_cast<std::int64_t>(sizeof(T));
    for (int l = 0; l < lanes; l++) lane[l] = E::start();
    sweep_loop<F, Registers, T, T>(some, p, reinterpret_cast<std::byte*>(lane));
    fold_registers<Registers, T>(reinterpret_cast<std::byte*>(lane));
    const T extreme = lane[0], known = item_at<T>(best, 0);
    if (!E::counts(extreme) || (*at >= 0 && !E::better(extreme, known))) continue;
    std::int64_t i = 0;
    while (i + 1 < some && !E::same(item_at<T>(p, i), extreme)) i++;
    *at = position + (first + i) * step;
    __builtin_memcpy(best, &extreme, sizeof extreme);
  }
}
/// One row of n elements, all at `position`, into n outputs.
template <class T, bool smallest, bool skips>
void positions_across(std::int64_t n, const std::byte* from, std::int64_t position, std::int64_t* at, std::byte* best) {
  using E = Extreme<T, smallest, skips>;
  T* extreme = reinterpret_cast<T*>(best);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; i++) {
    const T x = item_at<T>(from, i), known = extreme[i];
    const bool take = E::counts(x) & ((at[i] < 0) | E::better(x, known));
    extreme[i] = take ? x : known;
    at[i] = take ? position : at[i];
  }
}
/// States: n positions, -1 where there is nothing yet, then n elements.
template <class T, bool smallest, bool skips> void combine_positions(std::int64_t n, std::byte* into, const std::byte* from) {
  using E = Extreme<T, smallest, skips>;
  auto* at = reinterpret_cast<std::int64_t*>(into);
  const auto* from_at = reinterpret_cast<const std::int64_t*>(from);
  T* best = reinterpret_cast<T*>(into + 8 * n);
  const T* from_best = reinterpret_cast<const T*>(from + 8 * n);
  for (std::int64_t i = 0; i < n; i++) {
    const bool earlier = E::same(from_best[i], best[i]) && from_at[i] < at[i];
    if (from_at[i] < 0 || (at[i] >= 0 && !E::better(from_best[i], best[i]) && !earlier)) continue;
    at[i] = from_at[i];
    best[i] = from_best[i];
  }
}

template <class T, bool smallest, bool skips, class F, class Registers> const PositionFunctions* position_functions() {
  static constexpr PositionFunctions functions = {&positions_along<T, smallest, skips, F, Registers>, &positions_across<T, smallest, skips>,
                                                  &combine_positions<T, smallest, skips>};
  return &functions;
}
/// f(T{}) for the C++ type of a real dtype.
template <class F> const PositionFunctions* with_real(DType t, F f) {
  switch (t) {
    case DType::bool_: case DType::uint8: return f(u8{});
    case DType::int8: return f(std::int8_t{});
    case DType::int16: return f(std::int16_t{});
    case DType::int32: return f(std::int32_t{});
    case DType::int64: return f(std::int64_t{});
    case DType::uint16: return f(std::uint16_t{});
    case DType::uint32: return f(std::uint32_t{});
    case DType::uint64: return f(std::uint64_t{});
    case DType::float32: return f(float{});
    case DType::float64: return f(double{});
    default: return nullptr;
  }
}
inline const PositionFunctions* find_positions(Combiner c, DType t) {
  return with_real(t, [&]<class T>(T) -> const PositionFunctions* {
    if constexpr (is_float_v<T>) {
      if (c == Combiner::nanargmin) return position_functions<T, true, true, LeastNumber, VLeastNumber>();
      if (c == Combiner::nanargmax) return position_functions<T, false, true, GreatestNumber, VGreatestNumber>();
    }
    return c == Combiner::argmin || c == Combiner::nanargmin ? position_functions<T, true, false, Minimum, VMinimum>() : position_functions<T, false, false, Maximum, VMaximum>();
  });
}
