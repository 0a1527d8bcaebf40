#pragma once
// The accumulator machine: what the code that compiles Programs shares with the code of each SIMD
// target.
//
// A step works on `width` elements at once: 64 on AVX-512, 32 on AVX2, 16 on SSE4, so that an item of s bytes fills s
// registers (up to 8). A step function reads memory operands, combines them with the accumulator (the eight argument
// registers), and jumps to the next; `next` closes the loop over a run of elements. Every step reads and writes whole
// steps: the caller pads the last one.
//
//   sum(sqrt(x) + x * x):  sqrt.m x | store s0 | square.m x | add.am s0 | add.update lanes | next
#include <cstddef>
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/combiner.hpp>
#include <tessera/core/kernel/operations.hpp>

namespace tessera::cpu {

/// One memory operand: element i of the run is at base + (i & mask) * item. The mask is -1 for a stream, 0 for a slot
/// or a repeated value (a block of `width` elements), 63 for the 64 lanes of a reduction.
struct Mem {
  std::byte* base;
  std::int64_t mask;
};

using AnyFunction = void (*)();

/// One step: its code, a function that it calls (math), and byte offsets into the table of Mem.
struct Step {
  AnyFunction run = nullptr;
  AnyFunction call = nullptr;
  std::uint32_t d = 0, a = 0, b = 0, c = 0;
};

/// Streams that `next` prefetches at most. (The processor's own prefetcher loses track of a machine that needs 60
/// cycles for half a KiB: without this, sum(sqrt(x) + x * x) took 1.6 times as long.)
inline constexpr int max_prefetched = 4;

/// The loop that `next` closes: it starts again at `first` until `i` reaches `end`.
struct Loop {
  /// Where `next` asks for cache lines: the address for i = 0, and a stream's bytes per element.
  struct Ahead {
    const std::byte* line = nullptr;
    std::int64_t item = 0;
  };
  const Step* first;
  std::int64_t end;
  Ahead ahead[max_prefetched];
};

/// Where a step finds its operands and leaves its result. Accumulator forms don't exist for every operation: `loop`
/// does.
enum class Form : std::uint8_t {
  loop,    ///< mem d = op(mem a, mem b, mem c)
  a,       ///< acc = op(acc)
  m,       ///< acc = op(mem a)
  am,      ///< acc = op(acc, mem b); where: op(mem c, acc, mem b)
  ma,      ///< acc = op(mem a, acc); where: op(mem c, mem a, acc)
  mm,      ///< acc = op(mem a, mem b)
  as,      ///< acc = op(acc, scalar b): the first element of a scalar's block, in a register
  sa,      ///< acc = op(scalar a, acc)
  ms,      ///< acc = op(mem a, scalar b)
  sm,      ///< acc = op(scalar a, mem b)
  update,  ///< mem d = op(mem d, acc)
};

/// Steps that are no operation of a Program.
enum class Glue : std::uint8_t {
  load,    ///< acc = mem a
  store,   ///< mem d = acc
  stream,  ///< the same past the caches; mem d is aligned to 64 bytes
  next,    ///< item: the number of streams to prefetch, 0 to max_prefetched
};

/// Shifted sums (simd/moments.hpp) of float32 or float64 elements. `counts` only where NaN is skipped. q only
/// for moments.
struct MomentFunctions {
  using Along = void (*)(std::int64_t n, const std::byte* from, double shift, double* s, double* q, double* counts);
  using Across = void (*)(std::int64_t n, std::int64_t rows, const std::byte* from, std::int64_t stride, double* shift,
                          double* s, double* q, double* counts, std::int64_t ahead);
  Along along, along_nan;     ///< n elements of one output, into 64 lanes
  Across across, across_nan;  ///< rows of n outputs
  Along sum_nan;              ///< as along_nan, s and counts alone
  Across sums_nan;            ///< as across_nan, s and counts alone
  /// Mean and M2 of a leaf: n elements of one output, n > 0.
  void (*row)(std::int64_t n, const std::byte* from, double shift, double* mean, double* m2);
  /// shift[i] = the row's element i, 0 where that is not finite.
  void (*shifts)(std::int64_t n, const std::byte* from, double* shift);
  /// s and q become mean and M2; counts[i * step] elements stand behind output i.
  void (*finish)(std::int64_t n, const double* shift, double* s, double* q, const double* counts, std::int64_t step);
  void (*fold)(double* lane);  ///< 64 lanes by halves into the first
};

/// What a pass over n >= 64 elements of one output gives, none of them NaN: lanes folded, each figure with the bits
/// that it has from a pass of its own. `zero`: what the lanes of the sum begin with.
struct RowSummary {
  double shifted, squares;  ///< sums of x - shift and of its square
  double sum, least, greatest;
};
/// One pass for all figures. `plain` extremes are those of min and max, the others those of fmin and fmax: which zero
/// is kept of 0 and -0.
struct SummaryFunctions {
  using Row = void (*)(std::int64_t n, const std::byte* from, double shift, double zero, RowSummary& out);
  Row plain, skipping;
};

/// Extremes and their positions (simd/positions.hpp).
struct PositionFunctions {
  /// n elements of one output: the first at `position`, each `step` further.
  void (*along)(std::int64_t n, const std::byte* from, std::int64_t position, std::int64_t step, std::int64_t* at,
                std::byte* best);
  /// `rows` rows of n elements, at least one, `stride` bytes apart, into n outputs: the extremes, and the number of the
  /// row that each is in (a signed integer as wide as the elements, at least 2 bytes). The first row has number `row`;
  /// 0: nothing came before. -1 where there is no extreme yet.
  void (*across)(std::int64_t n, std::int64_t rows, const std::byte* from, std::int64_t stride, std::int64_t row,
                 std::byte* numbers, std::byte* best, std::int64_t ahead);
  /// at[i] = the position of the row with the i-th number; for -1: -1, and the extreme becomes 0.
  void (*place)(std::int64_t n, const std::byte* numbers, const std::int64_t* positions, std::int64_t* at,
                std::byte* best);
  void (*combine)(std::int64_t n, std::byte* into, const std::byte* from);
};

/// What one SIMD target offers. All functions give the same bits on every target.
struct Machine {
  int width;
  /// The step's code, or null when the target has no such form (for `loop`: when the operation does not take the
  /// dtype).
  AnyFunction (*find)(Op op, DType type, DType to, Form form);
  AnyFunction (*glue)(Glue glue, std::int64_t item);
  /// SLEEF's exp, log, sin, cos, tanh, pow over a block, void(void* d, const void* a, const void* b, int64_t n) with n
  /// a multiple of `width`; null for other operations and dtypes. Step::call of the `loop` form.
  AnyFunction (*math)(Op op, DType type, bool fma);
  /// Runs the steps at loop->first for i, i + width, ... below loop->end.
  void (*run)(const Mem* mem, std::int64_t i, Loop* loop);
  /// into[i] = op(into[i], from[i]), the operation of a combiner of one component. Null when it does not take the
  /// dtype.
  void (*(*combine)(Combiner combiner, DType state))(std::int64_t n, std::byte* into, const std::byte* from);
  /// Folds n elements of dtype `from`, one after another, into 64 lanes of `state`. Null for complex numbers, and where
  /// `from` is not the state's dtype nor float32 for float64.
  void (*(*sweep)(Combiner combiner, DType state, DType from))(std::int64_t n, const std::byte* elements,
                                                               std::byte* lanes);
  /// Folds rows of n elements, `stride` bytes apart, into n states; null as `sweep`. Memory is asked for `ahead` bytes
  /// before it is read.
  void (*(*rows)(Combiner combiner, DType state, DType from))(std::int64_t n, std::int64_t rows,
                                                              const std::byte* elements, std::int64_t stride,
                                                              std::byte* states, std::int64_t ahead);
  /// Folds boxes, each a leaf of `rows` rows of n elements `stride` bytes apart, and combines them in the fixed tree,
  /// into n states. neutral: an element that changes none, unless of moments. `boxes`: 2, 4 or 8, of at most
  /// most_rows_together rows in all. Null for what it has no code for.
  void (*(*together)(Combiner combiner, DType state, DType from,
                     int boxes))(std::int64_t n, std::int64_t rows, const std::byte* const* boxes, std::int64_t stride,
                                 const std::byte* neutral, std::byte* states);
  /// Folds 64 lanes by halves into lane 0.
  void (*(*fold)(Combiner combiner, DType state))(std::byte* lanes);
  void (*combine_moments)(std::int64_t n, double* mean, double* m2, const double* from_mean, const double* from_m2,
                          double na, double nb);
  void (*combine_nan_moments)(std::int64_t n, double* into, const double* from);
  const MomentFunctions* (*moments)(DType from);                          ///< null for other dtypes
  const SummaryFunctions* (*summary)(DType from);                         ///< null for other dtypes
  const PositionFunctions* (*positions)(Combiner combiner, DType state);  ///< null where there is no order
  /// The words of Philox4x32-10, 4 a call.
  void (*words)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::int64_t calls,
                std::uint32_t* out);
  /// Philox4x32-10 words as uniforms in [0, 1): `calls` counters from `counter` on, 2 doubles or 4 floats each.
  void (*uniform64)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::int64_t calls, double* out);
  void (*uniform32)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::int64_t calls, float* out);
  /// The same of the standard normal distribution, by Box and Muller.
  void (*normal64)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::int64_t calls, double* out,
                   bool fma);
  void (*normal32)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::int64_t calls, float* out,
                   bool fma);
};

const Machine& machine_sse4();
const Machine& machine_avx2();
const Machine& machine_avx512();
/// The machine of the target in use.
const Machine& machine();

}  // namespace tessera::cpu
