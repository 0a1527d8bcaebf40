// The kernels alone: one thread, one call of Kernel::map, Kernel::reduce or copy, on memory that fits the second cache
// (64 KiB), and on memory that fits none (64 MiB; streaming stores). Figures are bytes read and written per second, or
// elements.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <span>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/random.hpp>
#include <vector>

namespace ts = tessera;

namespace {

constexpr std::int64_t small = 1 << 13, large = 1 << 23;  // elements

struct Free {
  void operator()(double* p) const { std::free(p); }
};
std::unique_ptr<double[], Free> aligned(std::int64_t n) {
  const auto size = static_cast<std::size_t>(n);
  std::unique_ptr<double[], Free> memory(
      static_cast<double*>(std::aligned_alloc(std::size_t{1} << 21, ((size * 8 - 1) | ((1 << 21) - 1)) + 1)));
  for (std::size_t i = 0; i < size; ++i) memory[i] = 0.5 + static_cast<double>(i % 1000) * 1e-3;
  return memory;
}
std::byte* bytes(double* p) { return reinterpret_cast<std::byte*>(p); }

constexpr ts::DType f64 = ts::DType::float64;
ts::Instruction op(ts::Op what, ts::ValueId a, ts::ValueId b = 0) { return {what, f64, f64, a, b, 0}; }

// v0 is the input, v1 the scalar.
ts::Program add_scalar() { return {{f64}, {f64}, {op(ts::Op::add, 0, 1)}, {2}}; }
ts::Program square_root() { return {{f64}, {f64}, {op(ts::Op::sqrt, 0)}, {2}}; }
ts::Program exponential() { return {{f64}, {f64}, {op(ts::Op::exp, 0)}, {2}}; }
ts::Program sine() { return {{f64}, {f64}, {op(ts::Op::sin, 0)}, {2}}; }
ts::Program root_and_square() {
  return {{f64}, {f64}, {op(ts::Op::sqrt, 0), op(ts::Op::square, 0), op(ts::Op::add, 2, 3)}, {4}};
}

using Make = ts::Program (*)();

void map(benchmark::State& state, Make make) {
  const std::int64_t n = state.range(0);
  const auto kernel = ts::cpu::Kernel::compile(make());
  const auto in = aligned(n), out = aligned(n);
  const ts::StridedInput inputs[] = {{bytes(in.get()), {8}}};
  const ts::StridedOutput outputs[] = {{bytes(out.get()), {8}}};
  const ts::ScalarBits scalars[] = {ts::to_bits(ts::Scalar(2.0), f64)};
  for (auto _ : state) kernel->map({n}, inputs, scalars, outputs, n == large);
  state.SetBytesProcessed(state.iterations() * n * 16);
}

void reduce(benchmark::State& state, Make make) {
  const std::int64_t n = state.range(0), leaf = 4096;
  const auto kernel = ts::cpu::Kernel::compile(make());
  const auto in = aligned(n), states = aligned(n / leaf);
  const ts::StridedInput inputs[] = {{bytes(in.get()), {8}}};
  const ts::ScalarBits scalars[] = {ts::to_bits(ts::Scalar(2.0), f64)};
  for (auto _ : state) kernel->reduce({ts::Combiner::sum}, {n}, 1, {leaf}, inputs, scalars, bytes(states.get()));
  state.SetBytesProcessed(state.iterations() * n * 8);
}

// The first axis reduced, the second kept: a lane per output.
void reduce_rows(benchmark::State& state, Make make) {
  const std::int64_t rows = 64, columns = state.range(0) / rows;
  const auto kernel = ts::cpu::Kernel::compile(make());
  const auto in = aligned(rows * columns), states = aligned(columns);
  const ts::StridedInput inputs[] = {{bytes(in.get()), {8 * columns, 8}}};
  const ts::ScalarBits scalars[] = {ts::to_bits(ts::Scalar(2.0), f64)};
  for (auto _ : state)
    kernel->reduce({ts::Combiner::sum}, {rows, columns}, 1, {rows, columns}, inputs, scalars, bytes(states.get()));
  state.SetBytesProcessed(state.iterations() * rows * columns * 8);
}

// One Reduce of elements as they are, 256 KiB of them (in the second cache): over all of them in leaves of 4096, or
// over the first axis of (64, n / 64).
constexpr std::int64_t resident = 256 << 10;  // bytes

void fold(benchmark::State& state, ts::Combiner combiner, ts::DType type, bool rows) {
  const std::int64_t item = ts::item_size(type), n = resident / item;
  const bool moments = combiner == ts::Combiner::moments || combiner == ts::Combiner::nan_moments;
  const bool widens = type == ts::DType::float32 && (moments || combiner == ts::Combiner::sum);
  ts::Program program{{type}, {}, {}, {0}};
  if (widens) program = {{type}, {}, {{ts::Op::cast, type, f64, 0, 0, 0}}, {1}};
  const auto kernel = ts::cpu::Kernel::compile(program);
  const auto in = aligned(n), states = aligned(n);
  if (type == ts::DType::float32)
    for (std::int64_t i = 0; i < n; ++i)
      reinterpret_cast<float*>(in.get())[i] = 0.5F + static_cast<float>(i % 1000) * 1e-3F;
  const ts::Fold what{combiner, widens ? f64 : type};
  const ts::Dims extent = rows ? ts::Dims{64, n / 64} : ts::Dims{n},
                 leaf = rows ? extent : ts::Dims{std::int64_t{4096}};
  const ts::Dims strides = rows ? ts::Dims{item * (n / 64), item} : ts::Dims{item};
  const ts::StridedInput inputs[] = {{bytes(in.get()), strides}};
  ts::FoldedPositions positions;
  if (ts::is_position(combiner)) positions = {0, rows ? ts::Dims{1, 0} : ts::Dims{std::int64_t{1}}};
  for (auto _ : state) kernel->reduce(what, extent, 1, leaf, inputs, {}, bytes(states.get()), positions);
  state.SetBytesProcessed(state.iterations() * resident);
}

// The second axis of (n, length) reduced, of elements as they are or of their squares.
void short_rows(benchmark::State& state, ts::Combiner combiner, bool squares) {
  const std::int64_t length = state.range(0), rows = resident / 8 / length;
  ts::Program program{{f64}, {}, {}, {0}};
  if (squares) program = {{f64}, {}, {op(ts::Op::square, 0)}, {1}};
  const auto kernel = ts::cpu::Kernel::compile(program);
  const auto in = aligned(rows * length), states = aligned(2 * rows);
  const ts::StridedInput inputs[] = {{bytes(in.get()), {8 * length, 8}}};
  const ts::Dims extent{rows, length};
  const ts::FoldedPositions positions{0, ts::Dims{0, 1}};
  for (auto _ : state)
    kernel->reduce(ts::Fold{combiner, f64}, extent, 2, extent, inputs, {}, bytes(states.get()), positions);
  state.SetBytesProcessed(state.iterations() * rows * length * 8);
}

void transposed_copy(benchmark::State& state) {
  const std::int64_t rows = 64, columns = state.range(0) / rows;
  const auto in = aligned(rows * columns), out = aligned(rows * columns);
  for (auto _ : state)
    ts::cpu::copy({rows, columns}, 8, bytes(in.get()), {8 * columns, 8}, bytes(out.get()), {8, 8 * rows});
  state.SetBytesProcessed(state.iterations() * rows * columns * 16);
}

void straight_copy(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const auto in = aligned(n), out = aligned(n);
  for (auto _ : state) ts::cpu::copy({n}, 8, bytes(in.get()), {8}, bytes(out.get()), {8}, n == large);
  state.SetBytesProcessed(state.iterations() * n * 16);
}

void random(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const auto out = aligned(n);
  for (auto _ : state) ts::cpu::uniform(f64, {42, 0}, 0, n, out.get());
  state.SetItemsProcessed(state.iterations() * n);
}

#define BOTH ->Arg(small)->Arg(large)
BENCHMARK_CAPTURE(map, add_scalar, add_scalar) BOTH;
BENCHMARK_CAPTURE(map, sqrt, square_root) BOTH;
BENCHMARK_CAPTURE(map, exp, exponential) BOTH;
BENCHMARK_CAPTURE(map, sin, sine) BOTH;
BENCHMARK_CAPTURE(map, root_and_square, root_and_square) BOTH;
BENCHMARK_CAPTURE(reduce, add_scalar, add_scalar) BOTH;
BENCHMARK_CAPTURE(reduce, root_and_square, root_and_square) BOTH;
BENCHMARK_CAPTURE(reduce_rows, root_and_square, root_and_square) BOTH;
#define FOLD(combiner, type)                                                                  \
  BENCHMARK_CAPTURE(fold, combiner##_##type, ts::Combiner::combiner, ts::DType::type, false); \
  BENCHMARK_CAPTURE(fold, combiner##_##type##_rows, ts::Combiner::combiner, ts::DType::type, true);
#define FOLDS(combiner) FOLD(combiner, float64) FOLD(combiner, float32)
FOLDS(sum)
FOLDS(min) FOLDS(fmin) FOLDS(moments) FOLDS(nan_moments) FOLDS(argmin) FOLDS(nanargmax) BENCHMARK(transposed_copy) BOTH;
#define SHORT ->Arg(3)->Arg(16)->Arg(32)->Arg(50)
BENCHMARK_CAPTURE(short_rows, sum, ts::Combiner::sum, false) SHORT;
BENCHMARK_CAPTURE(short_rows, sum_of_squares, ts::Combiner::sum, true) SHORT;
BENCHMARK_CAPTURE(short_rows, min, ts::Combiner::min, false) SHORT;
BENCHMARK_CAPTURE(short_rows, argmin, ts::Combiner::argmin, false) SHORT;
BENCHMARK_CAPTURE(short_rows, moments, ts::Combiner::moments, false) SHORT;
BENCHMARK(straight_copy) BOTH;
BENCHMARK(random) BOTH;

}  // namespace

BENCHMARK_MAIN();
