#include "accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference.hpp"

namespace tessera::cpu::accuracy {
namespace {

using reference::Element;
using reference::Memory;

struct Random {
  std::uint64_t state;
  std::uint64_t bits() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
};

/// Of moderate size, of every exponent, and close to where functions turn: their code changes, results leave the range
/// or cancel.
template <class T>
T operand(Random& r, int k) {
  switch (k % 6) {
    case 0:
      return static_cast<T>((r.uniform() - 0.5) * 4);
    case 1:
      return static_cast<T>((r.uniform() - 0.5) * 200);
    case 2:
      return static_cast<T>((r.uniform() - 0.5) * 1500);
    case 3: {
      constexpr double turns[] = {0.34,
                                  0.41,
                                  0.5,
                                  1,
                                  1.57079632679489656,
                                  2,
                                  2.4,
                                  3.14159265358979312,
                                  5.9,
                                  8,
                                  9.2,
                                  17.33,
                                  18.7,
                                  26.5,
                                  38,
                                  40,
                                  60,
                                  87.3,
                                  88.72,
                                  89.4,
                                  91.9,
                                  103.9,
                                  126,
                                  128,
                                  149,
                                  300,
                                  308.25,
                                  323.6,
                                  708.4,
                                  709.78,
                                  710.4,
                                  713.98,
                                  745,
                                  1022,
                                  1024,
                                  1074};
      const double at = turns[r.bits() % std::size(turns)] * (r.bits() % 2 ? 1 : -1);
      return static_cast<T>(at * (1 + std::ldexp(r.uniform() - 0.5, -static_cast<int>(r.bits() % 30))));
    }
    default: {
      constexpr int most = std::numeric_limits<T>::max_exponent;
      constexpr int least = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
      const int e = least + static_cast<int>(r.bits() % static_cast<std::uint64_t>(most - least));
      return static_cast<T>(std::ldexp(r.uniform() + 1, e - 1) * (r.bits() % 2 ? 1 : -1));
    }
  }
}

Memory run(const Program& p, const std::vector<Memory>& in, std::int64_t n) {
  std::vector<StridedInput> operands;
  for (const auto& m : in) operands.push_back(m.operand());
  Memory out(p.type(p.outputs[0]), Dims{n}, Memory::Layout::dense);
  const StridedOutput results[] = {out.result()};
  Kernel::compile(p)->map(Dims{n}, operands, {}, results, false);
  return out;
}
Program program_of(Op op, DType t) {
  Program p;
  p.inputs.assign(static_cast<std::size_t>(info(op).arity), t);
  p.code = {{op, t, result_dtype(op, t), 0, static_cast<ValueId>(info(op).arity > 1), 0}};
  p.outputs = {static_cast<ValueId>(info(op).arity)};
  return p;
}

/// The distance of two neighbours of T at v.
template <class T>
long double unit(long double v) {
  int e;
  std::frexp(v, &e);
  return std::ldexp(1.0L, std::max(e, std::numeric_limits<T>::min_exponent) - std::numeric_limits<T>::digits);
}

template <class T>
double error(Op op, T got, T a, T b) {
  const long double exact = *reference::exact(op, a, b);
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded) || std::isnan(got)) return std::isnan(rounded) && std::isnan(got) ? 0 : 1e30;
  const T most = std::numeric_limits<T>::max();
  if (std::isinf(rounded) || std::isinf(got))  // the largest number is the neighbour of infinity
    return rounded == got ? 0
           : std::copysign(most, rounded) == std::copysign(most, got) &&
                   std::fabs(std::isinf(got) ? rounded : got) == most
               ? 1
               : 1e30;
  if (exact == 0 && got == 0 && std::signbit(rounded) != std::signbit(got)) return 1e30;
  long double scale = std::fabs(exact);
  if (op == Op::logaddexp || op == Op::logaddexp2)
    scale = std::max({scale, std::fabs(static_cast<long double>(a)), std::fabs(static_cast<long double>(b))});
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / unit<T>(scale));
}

template <class T>
Worst measured(Op op, DType t, int samples) {
  Random r{static_cast<std::uint64_t>(op) * 1000 + 7};
  std::vector<Memory> in;
  for (int k = 0; k < info(op).arity; k++) in.emplace_back(t, Dims{samples}, Memory::Layout::dense);
  for (int i = 0; i < samples; i++) {
    in[0].set(Dims{i}, Element::of(operand<T>(r, i)));
    if (in.size() > 1) in[1].set(Dims{i}, Element::of(operand<T>(r, i % 2 ? i : i / 6)));  // of its kind or another
  }
  const Memory out = run(program_of(op, t), in, samples);
  Worst worst;
  for (int i = 0; i < samples; i++) {
    const T a = in[0].get(Dims{i}).as<T>(), b = in.back().get(Dims{i}).as<T>();
    const double e = error<T>(op, out.get(Dims{i}).as<T>(), a, b);
    if (e > worst.ulps) worst = {e, a, b};
  }
  return worst;
}

template <class T>
Worst measured_complex(Op op, DType t, int samples) {
  using R = typename T::value_type;
  Random r{static_cast<std::uint64_t>(op) * 1000 + 11};
  std::vector<Memory> in;
  for (int k = 0; k < info(op).arity; k++) in.emplace_back(t, Dims{samples}, Memory::Layout::dense);
  for (int i = 0; i < samples; i++)
    for (auto& operand : in) {
      const double size = i % 2 ? 2 : 20;
      operand.set(Dims{i}, Element::of(T(static_cast<R>((r.uniform() - 0.5) * size),
                                         static_cast<R>((r.uniform() - 0.5) * size))));
    }
  const Program p = program_of(op, t);
  const Memory out = run(p, in, samples);
  Worst worst;
  for (int i = 0; i < samples; i++) {
    const T z = in[0].get(Dims{i}).as<T>(), got = out.get(Dims{i}).as<T>();
    const std::complex<long double> g(got), w = *reference::exact_complex(op, z, in.back().get(Dims{i}).as<T>());
    const double e = static_cast<double>(std::abs(g - w) / unit<R>(std::abs(w)));
    if (e > worst.ulps) worst = {e, z.real(), z.imag()};
  }
  return worst;
}

template <class R>
Worst measured_magnitude(DType t, int samples) {
  Random r{17};
  std::vector<Memory> in;
  in.emplace_back(t, Dims{samples}, Memory::Layout::dense);
  for (int i = 0; i < samples; i++) {
    const R x = operand<R>(r, i);
    in[0].set(Dims{i}, Element::of(std::complex<R>(x, i % 2 ? static_cast<R>(x * r.uniform()) : operand<R>(r, i))));
  }
  const Memory out = run(program_of(Op::abs, t), in, samples);
  Worst worst;
  for (int i = 0; i < samples; i++) {
    const auto z = in[0].get(Dims{i}).as<std::complex<R>>();
    const double e = error<R>(Op::hypot, out.get(Dims{i}).as<R>(), z.real(), z.imag());
    if (e > worst.ulps) worst = {e, z.real(), z.imag()};
  }
  return worst;
}

}  // namespace

bool is_approximate(Op op) { return info(op).ulps > 0; }

bool is_approximate_complex(Op op) { return info(op).kernel == KernelKind::math_complex || op == Op::pow; }

Worst measure(Op op, DType real, MathFamily family, int samples) {
  const MathFamily before = math_family();
  set_math_family(family);
  const Worst worst = real == DType::float32 ? measured<float>(op, real, samples) : measured<double>(op, real, samples);
  set_math_family(before);
  return worst;
}

Worst measure_complex(Op op, DType type, int samples) {
  return type == DType::complex64 ? measured_complex<std::complex<float>>(op, type, samples)
                                  : measured_complex<std::complex<double>>(op, type, samples);
}

Worst measure_magnitude(DType type, int samples) {
  return type == DType::complex64 ? measured_magnitude<float>(type, samples)
                                  : measured_magnitude<double>(type, samples);
}

}  // namespace tessera::cpu::accuracy
