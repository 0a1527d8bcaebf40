// Several boxes, each a leaf of few rows, folded and combined in the fixed tree in registers: states of thin chunks are as large as their
// elements, and writing and reading each of them took longer than the elements (docs/performance.md).

/// Outputs in work together: a cache line of elements.
template <class T, class A> inline constexpr int line_registers = 64 / static_cast<int>(sizeof(A)) * static_cast<int>(sizeof(T)) / width;
template <class T, class A> inline constexpr int line_items = 64 / static_cast<int>(sizeof(A));

/// Where rows are: of box k `rows` of them from `from[k] + at` on, `stride` bytes apart.
struct BoxRows {
  const std::byte* const* from;
  std::int64_t at, rows, stride;
};

/// A state of one component.
template <class F, class T, class A> struct SimpleLine {
  static constexpr int K = line_registers<T, A>;
  struct State { Vec<T> v[K]; };
  Vec<T> identity;

  SimpleLine(const std::byte* neutral, std::int64_t) {
    for (std::size_t i = 0; i < width / sizeof(T); i++) identity[i] = item_at<T>(neutral, 0);  // may be -0
  }
  State leaf(const BoxRows& b, int box) const {
    State s;
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) s.v[k] = identity;
    const std::byte* p = b.from[box] + b.at;
    std::int64_t r = b.rows;
    do {
#pragma GCC unroll 8
      for (int k = 0; k < K; k++) s.v[k] = F::apply(s.v[k], widened<T, A>(p + k * (64 / K)));
      p += b.stride;
    } while (--r > 0);
    return s;
  }
  static State combine(const State& a, const State& b, int) {
    State s;
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) s.v[k] = F::apply(a.v[k], b.v[k]);
    return s;
  }
  static void put(std::int64_t i, std::int64_t, const State& s, std::byte* states) {
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) save(states + i * static_cast<std::int64_t>(sizeof(T)), k, (V)s.v[k]);
  }
  static constexpr int components = 1;
};

/// Mean and M2, by shifted sums as moments_across and finish_moments make them.
template <class A> struct MomentsLine {
  static constexpr int K = line_registers<double, A>;
  struct State { MeanAndM2 v[K]; };
  F64 count, inverse, share[3], weight[3];

  MomentsLine(const std::byte*, std::int64_t rows) : count(F64{} + static_cast<double>(rows)), inverse(F64{} + inverse_of_power(static_cast<double>(rows))) {
    for (int level = 0; level < 3; level++) {
      const double n = static_cast<double>(rows << level);
      share[level] = F64{} + n / (n + n);
      weight[level] = F64{} + n * n / (n + n);
    }
  }
  State leaf(const BoxRows& b, int box) const {
    State out;
    F64 h[K], s[K], q[K];
    const std::byte* p = b.from[box] + b.at;
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) {
      const F64 x = widened<double, A>(p + k * (64 / K));
      h[k] = absolute(x) <= F64{} + largest_double ? x : F64{};
      s[k] = q[k] = F64{};
    }
    std::int64_t r = b.rows;
    do {
#pragma GCC unroll 8
      for (int k = 0; k < K; k++) {
        const F64 d = widened<double, A>(p + k * (64 / K)) - h[k];
        s[k] += d;
        q[k] += d * d;
      }
      p += b.stride;
    } while (--r > 0);
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) {
      const F64 part = inverse[0] != 0 ? s[k] * inverse : s[k] / count, infinity = F64{} + __builtin_inf();
      const F64 m2 = (q[k] == infinity) & (absolute(s[k]) < infinity) ? q[k] : q[k] - s[k] * part;
      out.v[k] = {h[k] + part, m2 < F64{} ? F64{} : m2};
    }
    return out;
  }
  State combine(const State& a, const State& b, int level) const {
    State out;
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) out.v[k] = chan(a.v[k], b.v[k], share[level], weight[level]);
    return out;
  }
  static void put(std::int64_t i, std::int64_t n, const State& s, std::byte* states) {
#pragma GCC unroll 8
    for (int k = 0; k < K; k++) {
      save(states + i * 8, k, (V)s.v[k].mean);
      save(states + (n + i) * 8, k, (V)s.v[k].m2);
    }
  }
  static constexpr int components = 2;
};

/// The node over boxes [first, first + boxes) of the tree.
template <int boxes, class Line> inline typename Line::State tree_node(const Line& line, const BoxRows& rows, int first) {
  if constexpr (boxes == 1) {
    return line.leaf(rows, first);
  } else {
    const auto left = tree_node<boxes / 2>(line, rows, first);
    constexpr int level = boxes == 2 ? 0 : boxes == 4 ? 1 : 2;
    return line.combine(left, tree_node<boxes / 2>(line, rows, first + boxes / 2), level);
  }
}

template <class Line, class T, class A, int boxes>
void together_loop(std::int64_t n, std::int64_t rows, const std::byte* const* from, std::int64_t stride, const std::byte* neutral, std::byte* states) {
  constexpr std::int64_t items = line_items<T, A>, item = sizeof(A);
  const Line line(neutral, rows);
  // So many streams at once, which change pages every 4 KiB, are more than a processor follows by itself.
  constexpr std::int64_t ahead = 512;
  std::int64_t o = 0;
  for (; o + items <= n; o += items) {
    for (int k = 0; k < boxes; k++)
      for (std::int64_t r = 0; r < rows; r++) __builtin_prefetch(from[k] + r * stride + o * item + ahead);
    Line::put(o, n, tree_node<boxes>(line, {from, o * item, rows, stride}, 0), states);
  }
  if (o == n) return;
  // What is left of each row, in a line of its own.
  alignas(64) std::byte rest[most_rows_together][64] = {}, made[2 * items * 8];
  const std::byte* starts[boxes];
  const auto bytes = static_cast<unsigned long>((n - o) * item);
  for (int k = 0; k < boxes; k++) {
    starts[k] = rest[k * rows];
    for (std::int64_t r = 0; r < rows; r++) __builtin_memcpy(rest[k * rows + r], from[k] + r * stride + o * item, bytes);
  }
  Line::put(0, items, tree_node<boxes>(line, {starts, 0, rows, 64}, 0), made);
  for (int c = 0; c < Line::components; c++)
    __builtin_memcpy(states + (c * n + o) * static_cast<std::int64_t>(sizeof(T)), made + c * items * static_cast<std::int64_t>(sizeof(T)),
                     static_cast<unsigned long>(n - o) * sizeof(T));
}

using TogetherFunction = void (*)(std::int64_t, std::int64_t, const std::byte* const*, std::int64_t, const std::byte*, std::byte*);
template <class Line, class T, class A> TogetherFunction together_function(int boxes) {
  return boxes == 2 ? &together_loop<Line, T, A, 2> : boxes == 4 ? &together_loop<Line, T, A, 4> : boxes == 8 ? &together_loop<Line, T, A, 8> : nullptr;
}
template <class T, class A> TogetherFunction together_of(Combiner c, int boxes) {
  switch (c) {
    case Combiner::sum: return together_function<SimpleLine<VAdd, T, A>, T, A>(boxes);
    case Combiner::min: return sizeof(T) == sizeof(A) ? together_function<SimpleLine<VMinimum, T, T>, T, T>(boxes) : nullptr;
    case Combiner::max: return sizeof(T) == sizeof(A) ? together_function<SimpleLine<VMaximum, T, T>, T, T>(boxes) : nullptr;
    default: return nullptr;
  }
}
inline TogetherFunction find_together(Combiner c, DType t, DType from, int boxes) {
  const bool narrow = from == DType::float32;
  if (!narrow && from != DType::float64) return nullptr;
  if (c == Combiner::moments) return narrow ? together_function<MomentsLine<float>, double, float>(boxes) : together_function<MomentsLine<double>, double, double>(boxes);
  if (t == DType::float64) return narrow ? together_of<double, float>(c, boxes) : together_of<double, double>(c, boxes);
  return t == from ? together_of<float, float>(c, boxes) : nullptr;
}
