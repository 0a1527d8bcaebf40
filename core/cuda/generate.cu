// Elements that follow from their position: ranges, and Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11).
// Element i of a random stream has counter i / k and is draw i mod k of it, k = 16 bytes / bytes of a draw.

/// A box of an array: its rows are runs of consecutive elements; of an element outside of the box nothing is written.
struct Call {
  long long rows, length, rank;                  // of the box; elements of a row; axes of the rows
  unsigned long long first;                      // position of the box's first element
  long long extent[axes], stride[axes];          // of the rows; positions from one to the next
  char* out;
  unsigned long long seed, stream, start, step;  // start, step: bits of a double or of an integer
  unsigned long long low, range;                 // of bounded integers; range 0: all words
};

/// Where row `row` begins.
__device__ unsigned long long row_position(const Call& call, long long row) {
  unsigned long long position = call.first;
  for (int a = static_cast<int>(call.rank) - 1; a >= 0; a--) {
    const long long above = row / call.extent[a];
    position += static_cast<unsigned long long>((row - above * call.extent[a]) * call.stride[a]);
    row = above;
  }
  return position;
}

struct Words {
  std::uint32_t w[4];
  __device__ std::uint64_t half(int k) const { return w[2 * k] | static_cast<std::uint64_t>(w[2 * k + 1]) << 32; }
};
__device__ Words philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter) {
  std::uint32_t w0 = static_cast<std::uint32_t>(counter), w1 = static_cast<std::uint32_t>(counter >> 32);
  std::uint32_t w2 = static_cast<std::uint32_t>(stream), w3 = static_cast<std::uint32_t>(stream >> 32);
  std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const std::uint64_t a = std::uint64_t(0xD2511F53u) * w0, b = std::uint64_t(0xCD9E8D57u) * w2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(b >> 32) ^ w1 ^ k0, n2 = static_cast<std::uint32_t>(a >> 32) ^ w3 ^ k1;
    w0 = n0, w1 = static_cast<std::uint32_t>(b), w2 = n2, w3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return {{w0, w1, w2, w3}};
}
/// core/kernel/random_key.hpp: the stream of an element's attempt.
__device__ std::uint64_t sub_stream(std::uint64_t stream, std::uint64_t part) {
  std::uint64_t z = stream + part * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/// Bits of a draw: all that an element of 64 bits, or of fewer, is made of.
template <int bits> struct Draws;
template <> struct Draws<64> {
  using Word = std::uint64_t;
  static __device__ Word of(const Words& words, int k) { return words.half(k); }
  static __device__ Word high(Word a, Word b) {
    // Products of halves: of 128 bits the upper ones.
    const Word al = static_cast<std::uint32_t>(a), ah = a >> 32, bl = static_cast<std::uint32_t>(b), bh = b >> 32;
    const Word middle = ah * bl + (al * bl >> 32), other = al * bh + static_cast<std::uint32_t>(middle);
    return ah * bh + (middle >> 32) + (other >> 32);
  }
};
template <> struct Draws<32> {
  using Word = std::uint32_t;
  static __device__ Word of(const Words& words, int k) { return words.w[k]; }
  static __device__ Word high(Word a, Word b) { return static_cast<Word>(std::uint64_t(a) * b >> 32); }
};

// What becomes of draw k of a call, for the element at `position`.
struct Uniform64 {
  using Element = double;
  static constexpr int bits = 64;
  static __device__ double make(const Call&, const Words& words, int k, unsigned long long) {
    return static_cast<double>(words.half(k) >> 11) * 0x1p-53;
  }
};
struct Uniform32 {
  using Element = float;
  static constexpr int bits = 32;
  static __device__ float make(const Call&, const Words& words, int k, unsigned long long) {
    return static_cast<float>(static_cast<std::int32_t>(words.w[k] >> 8)) * 0x1p-24f;
  }
};
/// Box and Muller (1958): a pair of uniform numbers becomes a pair of normal ones. 1 - u is in (0, 1], so the logarithm is finite.
template <class Uniform> struct Normal {
  using Element = typename Uniform::Element;
  static constexpr int bits = Uniform::bits;
  static __device__ Element make(const Call& call, const Words& words, int k, unsigned long long position) {
    const Element u = Element(1) - Uniform::make(call, words, k / 2 * 2, position), v = Element(2) * Uniform::make(call, words, k / 2 * 2 + 1, position);
    const Element r = element::square_root(M::log(u) * Element(-2));
    return r * (k % 2 == 0 ? M::cospi(v) : M::sinpi(v));
  }
};
/// Lemire, "Fast random integer generation in an interval" (2019). What is rejected takes the next draw from streams of the element's own.
template <class T, int draw_bits> struct Integers {
  using Element = T;
  static constexpr int bits = draw_bits;
  static __device__ T make(const Call& call, const Words& words, int k, unsigned long long position) {
    using D = Draws<bits>;
    using Word = typename D::Word;
    const Word range = static_cast<Word>(call.range);
    Word word = D::of(words, k);
    if (range == 0) return static_cast<T>(call.low + word);
    const Word rejected = static_cast<Word>(0 - range) % range;
    for (std::uint64_t attempt = 1; static_cast<Word>(word * range) < rejected; attempt++)
      word = static_cast<Word>(philox(call.seed, sub_stream(call.stream, attempt), position).half(0));
    return static_cast<T>(call.low + D::high(word, range));
  }
};

/// A thread makes what one call of Philox gives, for all calls that rows have a part of.
template <class Law> __device__ void random_rows(const Call& call) {
  constexpr int each = 128 / Law::bits;
  using Element = typename Law::Element;
  // At most so many calls have a part of a row, wherever it begins.
  const long long calls = (call.length + 2 * each - 2) / each, all = calls * call.rows;
  const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
  for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < all; i += step) {
    const long long row = i / calls;
    const unsigned long long begin = row_position(call, row), counter = begin / each + static_cast<unsigned long long>(i - row * calls);
    const Words words = philox(call.seed, call.stream, counter);
    Element* const out = reinterpret_cast<Element*>(call.out) + row * call.length;
#pragma unroll
    for (int k = 0; k < each; k++) {
      const unsigned long long position = counter * each + static_cast<unsigned long long>(k);
      if (position < begin || position - begin >= static_cast<unsigned long long>(call.length)) continue;
      out[position - begin] = Law::make(call, words, k, position);
    }
  }
}

// start + position * step, in float64 or in integers that wrap, as another dtype.
struct RealRange {
  static __device__ double at(const Call& call, unsigned long long position) {
    return element::number<double>(call.start) + static_cast<double>(position) * element::number<double>(call.step);
  }
};
struct IntegerRange {
  static __device__ std::int64_t at(const Call& call, unsigned long long position) {
    return static_cast<std::int64_t>(call.start + position * call.step);
  }
};
template <class Range, class T, class Conversion> __device__ void range_rows(const Call& call) {
  const long long all = call.rows * call.length, step = static_cast<long long>(gridDim.x) * blockDim.x;
  for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < all; i += step) {
    const long long row = i / call.length;
    const unsigned long long position = row_position(call, row) + static_cast<unsigned long long>(i - row * call.length);
    reinterpret_cast<T*>(call.out)[i] = Conversion::apply(Range::at(call, position));
  }
}
