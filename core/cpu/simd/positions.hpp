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
template <class T> struct RowNumberOf { using type = std::int16_t; };
template <class T> requires(sizeof(T) == 4) struct RowNumberOf<T> { using type = std::int32_t; };
template <class T> requires(sizeof(T) == 8) struct RowNumberOf<T> { using type = std::int64_t; };
/// Numbers of rows of a leaf (at most 4096), in lanes of the elements' size.
template <class T> using RowNumber = typename RowNumberOf<T>::type;

/// Lanes of all ones where x, of a later row, takes the place of `best`.
template <class T, bool smallest, bool skips> auto takes(Vec<T> x, Vec<T> best) {
  if constexpr (!is_float_v<T>) return smallest ? x < best : x > best;
  else if constexpr (skips) return ((smallest ? x < best : x > best) | (best != best)) & (x == x);
  else return (smallest ? x < best : x > best) | ((x != x) & (best == best));
}
/// Rows into n outputs (PositionFunctions::across). Before the first row the nan forms have NaN; the others take that row as it is.
template <class T, bool smallest, bool skips>
void positions_across(std::int64_t n, std::int64_t rows, const std::byte* from, std::int64_t stride, std::int64_t row, std::byte* numbers,
                      std::byte* best, std::int64_t ahead) {
  using E = Extreme<T, smallest, skips>;
  using N = RowNumber<T>;
  constexpr std::int64_t item = sizeof(T), items = width / item, registers = 4;
  std::int64_t o = 0;
  if constexpr (sizeof(T) == sizeof(N))
    for (; o + registers * items <= n; o += registers * items) {
      std::byte *at_best = best + o * item, *at_number = numbers + o * item;
      Vec<T> b0{}, b1{}, b2{}, b3{};
      Vec<N> n0{}, n1{}, n2{}, n3{};
      if (row == 0) {
#define M(k)                                                     \
  b##k = skips ? Vec<T>{} + E::start() : (Vec<T>)load(from + o * item, k); \
  n##k = Vec<N>{} - (skips ? N{1} : N{0});
        M(0) M(1) M(2) M(3)
#undef M
      } else {
#define M(k) b##k = (Vec<T>)load(at_best, k), n##k = (Vec<N>)load(at_number, k);
        M(0) M(1) M(2) M(3)
#undef M
      }
      const std::byte* p = from + o * item;
      Vec<N> now = Vec<N>{} + static_cast<N>(row);
      std::int64_t left = rows;
      do {
#pragma GCC unroll 4
        for (int line = 0; line < registers * width; line += 64) __builtin_prefetch(p + ahead + line);
#define M(k)                                                         \
  {                                                                  \
    const Vec<T> x = (Vec<T>)load(p, k);                             \
    const auto take = takes<T, smallest, skips>(x, b##k);            \
    b##k = take ? x : b##k;                                          \
    n##k = take ? now : n##k;                                        \
  }
        M(0) M(1) M(2) M(3)
#undef M
        now += 1;
        p += stride;
      } while (--left > 0);
#define M(k) save(at_best, k, (V)b##k), save(at_number, k, (V)n##k);
      M(0) M(1) M(2) M(3)
#undef M
    }
  T* extreme = reinterpret_cast<T*>(best);
  N* number = reinterpret_cast<N*>(numbers);
  for (std::int64_t r = 0; r < rows && o < n; r++) {
    const std::byte* p = from + r * stride;
    const bool first = row + r == 0;
    for (std::int64_t i = o; i < n; i++) {
      const T x = item_at<T>(p, i), known = extreme[i];
      const bool take = E::counts(x) & (first | (number[i] < 0) | E::better(x, known));
      extreme[i] = take ? x : first ? T{} : known;
      number[i] = take ? static_cast<N>(row + r) : first ? N{-1} : number[i];
    }
  }
}
template <class T> void place_rows(std::int64_t n, const std::byte* numbers, const std::int64_t* positions, std::int64_t* at, std::byte* best) {
  const auto* number = reinterpret_cast<const RowNumber<T>*>(numbers);
  T* extreme = reinterpret_cast<T*>(best);
  for (std::int64_t i = 0; i < n; i++) {
    at[i] = number[i] < 0 ? -1 : positions[number[i]];
    if (number[i] < 0) extreme[i] = T{};
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
                                                  &place_rows<T>, &combine_positions<T, smallest, skips>};
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
