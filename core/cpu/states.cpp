#include <tessera/core/cpu/states.hpp>

#include <cstring>
#include <limits>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

template <class T>
T neutral(Combiner c) {
  using Limits = std::numeric_limits<T>;
  switch (c) {
    case Combiner::sum:
      if constexpr (std::is_floating_point_v<T>) return -T(0);
      return T(0);
    case Combiner::prod:
    case Combiner::all:
      return T(1);
    case Combiner::min:
      return Limits::has_infinity ? Limits::infinity() : Limits::max();
    case Combiner::max:
      return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case Combiner::fmin:
    case Combiner::fmax:
      return Limits::quiet_NaN();
    default:
      return T(0);
  }
}

}  // namespace

ScalarBits identity(Combiner c, DType type) {
  ScalarBits bits;
  visit_dtype(type, [&]<class T>(T) {
    T v{};
    if constexpr (requires { typename T::value_type; }) {
      using R = typename T::value_type;
      v = c == Combiner::sum ? T(-R(0), -R(0)) : c == Combiner::prod ? T(R(1), R(0)) : T();
    } else {
      v = neutral<T>(c);
    }
    std::memcpy(bits.bytes, &v, sizeof v);
  });
  return bits;
}

void empty_states(const Fold& fold, std::int64_t n, std::byte* states) {
  std::memset(states, 0, fold.layout().bytes(n));
  if (fold.combiner == Combiner::user) {
    for (std::int64_t i = 0; i < n; i++) fold.user->chunk(nullptr, 0, states + i * fold.user->state_bytes);
  } else if (is_position(fold.combiner)) {
    const std::int64_t nowhere = -1;
    fill_items(8, states, &nowhere, n);
  } else if (fold.combiner == Combiner::prod || fold.combiner == Combiner::all) {  // of a sum: 0, not -0
    fill_items(item_size(fold.element), states, identity(fold.combiner, fold.element).bytes, n);
  }
}

void combine(const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from, std::int64_t into_count,
             std::int64_t from_count) {
  const Machine& m = machine();
  if (fold.combiner == Combiner::moments) {
    auto* a = reinterpret_cast<double*>(into);
    const auto* b = reinterpret_cast<const double*>(from);
    m.combine_moments(n, a, a + n, b, b + n, static_cast<double>(into_count), static_cast<double>(from_count));
  } else if (fold.combiner == Combiner::nan_sum) {  // counts and sums alike
    m.combine(Combiner::sum, DType::float64)(2 * n, into, from);
  } else if (fold.combiner == Combiner::nan_moments) {
    m.combine_nan_moments(n, reinterpret_cast<double*>(into), reinterpret_cast<const double*>(from));
  } else if (fold.combiner == Combiner::user) {
    const std::int64_t bytes = fold.user->state_bytes;
    for (std::int64_t i = 0; i < n; i++) fold.user->combine(into + i * bytes, from + i * bytes);
  } else if (is_position(fold.combiner)) {
    const auto* f = m.positions(fold.combiner, fold.element);
    if (!f) throw DTypeError("combine: no order among values of dtype " + to_string(fold.element));
    f->combine(n, into, from);
  } else {
    const auto f = m.combine(fold.combiner, fold.element);
    if (!f) throw DTypeError("combine: no order among values of dtype " + to_string(fold.element));
    f(n, into, from);
  }
}

}  // namespace tessera::cpu
