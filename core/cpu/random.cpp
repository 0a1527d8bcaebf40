// Streams of random numbers and ranges, in blocks through the target's machine.
#include <tessera/core/cpu/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

/// make(counter, calls, out) for the whole calls inside [first, first + count); the elements of the first and last call
/// that are only partly asked for go through a block.
template <class T, class F>
void in_calls(std::uint64_t first, std::int64_t count, T* out, F make) {
  constexpr std::uint64_t per_call = 16 / sizeof(T);
  T one[per_call];
  while (count > 0 && first % per_call) {
    make(first / per_call, 1, one);
    *out++ = one[first % per_call];
    first++;
    count--;
  }
  if (const std::int64_t calls = count / static_cast<std::int64_t>(per_call); calls > 0) {
    make(first / per_call, calls, out);
    const std::int64_t made = calls * static_cast<std::int64_t>(per_call);
    first += static_cast<std::uint64_t>(made);
    out += made;
    count -= made;
  }
  if (count > 0) {
    make(first / per_call, 1, one);
    std::copy_n(one, count, out);
  }
}

void check_real(DType type, const char* what) {
  if (!is_real_floating(type)) throw DTypeError(std::string(what) + ": float32 or float64, not " + to_string(type));
}

}  // namespace

void uniform(DType type, RandomKey key, std::uint64_t first, std::int64_t count, void* out) {
  check_real(type, "random.uniform");
  const Machine& m = machine();
  if (type == DType::float64)
    in_calls(first, count, static_cast<double*>(out),
             [&](std::uint64_t c, std::int64_t n, double* o) { m.uniform64(key.seed, key.stream, c, n, o); });
  else
    in_calls(first, count, static_cast<float*>(out),
             [&](std::uint64_t c, std::int64_t n, float* o) { m.uniform32(key.seed, key.stream, c, n, o); });
}

void normal(DType type, RandomKey key, std::uint64_t first, std::int64_t count, void* out) {
  check_real(type, "random.normal");
  const Machine& m = machine();
  const bool fma = math_family() == MathFamily::fma;
  if (type == DType::float64)
    in_calls(first, count, static_cast<double*>(out),
             [&](std::uint64_t c, std::int64_t n, double* o) { m.normal64(key.seed, key.stream, c, n, o, fma); });
  else
    in_calls(first, count, static_cast<float*>(out),
             [&](std::uint64_t c, std::int64_t n, float* o) { m.normal32(key.seed, key.stream, c, n, o, fma); });
}

namespace {
template <class S, class F>
void fill_range(DType type, std::int64_t count, void* out, F value) {
  visit_dtype(type, [&]<class T>(T) {
    T* o = static_cast<T*>(out);
    for (std::int64_t i = 0; i < count; i++) {
      const S v = value(i);
      if constexpr (std::is_same_v<T, bool>)
        o[i] = v != 0;
      else if constexpr (std::is_arithmetic_v<T>)
        o[i] = static_cast<T>(v);
      else
        o[i] = T(static_cast<typename T::value_type>(v));
    }
  });
}
}  // namespace

void arange(DType type, double start, double step, std::uint64_t first, std::int64_t count, void* out) {
  fill_range<double>(type, count, out, [&](std::int64_t i) {
    return start + static_cast<double>(first + static_cast<std::uint64_t>(i)) * step;
  });
}
void arange(DType type, std::int64_t start, std::int64_t step, std::uint64_t first, std::int64_t count, void* out) {
  fill_range<std::int64_t>(type, count, out, [&](std::int64_t i) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                     (first + static_cast<std::uint64_t>(i)) * static_cast<std::uint64_t>(step));
  });
}

}  // namespace tessera::cpu
