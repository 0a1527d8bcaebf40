// The `loop` form of every operation: memory to memory, plain loops of `width` elements which the compiler vectorises, or a call
// of a function over a block. The destination may be the very memory of an operand of the same item size.

template <class F, class R, class A> void loop1(TESSERA_STEP_PARAMETERS) {
  R* d = pointer<R>(mem, op->d, i);
  const A* a = pointer<A>(mem, op->a, i);
#pragma GCC ivdep
  for (int j = 0; j < width; j++) d[j] = F::apply(a[j]);
  TESSERA_JUMP;
}
template <class F, class R, class A> void loop2(TESSERA_STEP_PARAMETERS) {
  R* d = pointer<R>(mem, op->d, i);
  const A* a = pointer<A>(mem, op->a, i);
  const A* b = pointer<A>(mem, op->b, i);
#pragma GCC ivdep
  for (int j = 0; j < width; j++) d[j] = F::apply(a[j], b[j]);
  TESSERA_JUMP;
}
template <class T> void loop_where(TESSERA_STEP_PARAMETERS) {
  T* d = pointer<T>(mem, op->d, i);
  const u8* c = pointer<u8>(mem, op->c, i);
  const T* a = pointer<T>(mem, op->a, i);
  const T* b = pointer<T>(mem, op->b, i);
#pragma GCC ivdep
  for (int j = 0; j < width; j++) d[j] = c[j] ? a[j] : b[j];
  TESSERA_JUMP;
}
template <class T> struct LaneNumbers { using type = Vec<std::int32_t>; };
template <> struct LaneNumbers<double> { using type = Vec<std::int64_t>; };
/// Pairs of floats (re, im): (a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im).
template <class T> Vec<T> complex_product(Vec<T> a, Vec<T> b) {
  constexpr int n = width / static_cast<int>(sizeof(T));
  using I = typename LaneNumbers<T>::type;
  I swapped{}, even{}, odd{};
  Vec<T> sign{};
  for (int k = 0; k < n; k++) {
    swapped[k] = k ^ 1;
    even[k] = k & ~1;
    odd[k] = k | 1;
    sign[k] = k & 1 ? T(0) : -T(0);
  }
  const Vec<T> cross = shuffle(a, swapped) * shuffle(b, odd);
  return a * shuffle(b, even) + (Vec<T>)((V)cross ^ (V)sign);
}
template <class T> void loop_complex_product(TESSERA_STEP_PARAMETERS) {
  constexpr std::int64_t item = 2 * sizeof(T);
  std::byte* d = at<item>(mem, op->d, i);
  const std::byte *a = at<item>(mem, op->a, i), *b = at<item>(mem, op->b, i);
  for (int k = 0; k < static_cast<int>(item); k++) save(d, k, (V)complex_product<T>((Vec<T>)load(a, k), (Vec<T>)load(b, k)));
  TESSERA_JUMP;
}
/// Calls a function over a block (rare.cpp), or one of a register's worth (SLEEF), with the operands' addresses.
using BlockFunction = void (*)(void* d, const void* a, const void* b, std::int64_t n);
template <std::int64_t to, std::int64_t from> void loop_call(TESSERA_STEP_PARAMETERS) {
  reinterpret_cast<BlockFunction>(op->call)(at<to>(mem, op->d, i), at<from>(mem, op->a, i), at<from>(mem, op->b, i), width);
  TESSERA_JUMP;
}

/// f.operator()<t>(T{}) for the C++ type of `t`, which is a constant there.
template <class F> AnyFunction with_dtype(DType t, F f) {
  switch (t) {
    case DType::bool_: return f.template operator()<DType::bool_>(u8{});
    case DType::int8: return f.template operator()<DType::int8>(std::int8_t{});
    case DType::int16: return f.template operator()<DType::int16>(std::int16_t{});
    case DType::int32: return f.template operator()<DType::int32>(std::int32_t{});
    case DType::int64: return f.template operator()<DType::int64>(std::int64_t{});
    case DType::uint8: return f.template operator()<DType::uint8>(std::uint8_t{});
    case DType::uint16: return f.template operator()<DType::uint16>(std::uint16_t{});
    case DType::uint32: return f.template operator()<DType::uint32>(std::uint32_t{});
    case DType::uint64: return f.template operator()<DType::uint64>(std::uint64_t{});
    case DType::float32: return f.template operator()<DType::float32>(float{});
    case DType::float64: return f.template operator()<DType::float64>(double{});
    case DType::complex64: return f.template operator()<DType::complex64>(Complex<float>{});
    default: return f.template operator()<DType::complex128>(Complex<double>{});
  }
}
/// f(T{}) for the C++ type of `t`.
template <class F> AnyFunction with_type(DType t, F f) {
  return with_dtype(t, [&]<DType, class T>(T v) { return f(v); });
}
template <class F> AnyFunction find1(DType t) {
  return with_type(t, []<class T>(T v) -> AnyFunction {
    if constexpr (requires { F::apply(v); }) return any(&loop1<F, decltype(F::apply(v)), T>);
    else return nullptr;
  });
}
inline AnyFunction find_cast(DType from, DType to) {
  if (to == DType::bool_) return find1<Truth>(from);
  return with_type(to, [&]<class R>(R) { return find1<CastTo<R>>(from); });
}
inline AnyFunction find_call(DType from, DType to) {
  const std::int64_t r = item_size(to), s = item_size(from);
  if (r == s) return r == 16 ? any(&loop_call<16, 16>) : r == 8 ? any(&loop_call<8, 8>) : r == 4 ? any(&loop_call<4, 4>) :
                     r == 2 ? any(&loop_call<2, 2>) : any(&loop_call<1, 1>);
  return nullptr;
}

/// A kernel's loop for the dtypes that its rule admits; what has no loop is called over blocks.
template <class K, Rule rule, int arity> AnyFunction find_kernel(DType t, DType to) {
  return with_dtype(t, [&]<DType type, class T>(T v) -> AnyFunction {
    if constexpr (!admits(rule, type)) return nullptr;
    else if constexpr (!requires { K::apply(v, v); }) return find_call(t, to);
    else if constexpr (arity == 1) return any(&loop1<K, decltype(K::apply(v)), T>);
    else return any(&loop2<K, decltype(K::apply(v, v)), T>);
  });
}
inline AnyFunction find_loop(Op op, DType t, DType to) {
  if (op == Op::where) return with_type(t, []<class T>(T) { return any(&loop_where<T>); });
  if (op == Op::multiply && is_complex(t)) return t == DType::complex64 ? any(&loop_complex_product<float>) : any(&loop_complex_product<double>);
  switch (op) {
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  case Op::name: return find_kernel<element::Kernel_##name, Rule::rule, arity>(t, to);
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
    case Op::cast: return find_cast(t, to);
  }
  return nullptr;
}
