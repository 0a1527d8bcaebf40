// The `loop` form of every operation that is not left to rare.cpp: memory to memory, plain loops of `width` elements which
// the compiler vectorises. The destination may be the very memory of an operand of the same item size.

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
  for (int j = 0; j < width; j++) d[j] = Where::apply(c[j], a[j], b[j]);
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

/// f(T{}) for the C++ type of `t`.
template <class F> AnyFunction with_type(DType t, F f) {
  switch (t) {
    case DType::bool_: return f(u8{});
    case DType::int8: return f(std::int8_t{});
    case DType::int16: return f(std::int16_t{});
    case DType::int32: return f(std::int32_t{});
    case DType::int64: return f(std::int64_t{});
    case DType::uint8: return f(std::uint8_t{});
    case DType::uint16: return f(std::uint16_t{});
    case DType::uint32: return f(std::uint32_t{});
    case DType::uint64: return f(std::uint64_t{});
    case DType::float32: return f(float{});
    case DType::float64: return f(double{});
    case DType::complex64: return f(Complex<float>{});
    default: return f(Complex<double>{});
  }
}
template <class F> AnyFunction find1(DType t) {
  return with_type(t, []<class T>(T v) -> AnyFunction {
    if constexpr (requires { F::apply(v); }) return any(&loop1<F, decltype(F::apply(v)), T>);
    else return nullptr;
  });
}
template <class F> AnyFunction find2(DType t) {
  return with_type(t, []<class T>(T v) -> AnyFunction {
    if constexpr (requires { F::apply(v, v); }) return any(&loop2<F, decltype(F::apply(v, v)), T>);
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

inline AnyFunction find_loop(Op op, DType t, DType to) {
  switch (op) {
    case Op::negative: return find1<Negative>(t);
    case Op::abs: return find1<Abs>(t);
    case Op::square: return find1<Square>(t);
    case Op::sqrt: return is_complex(t) ? find_call(t, to) : find1<Sqrt>(t);
    case Op::floor: return find1<Floor>(t);
    case Op::isnan: return find1<IsNan>(t);
    case Op::logical_not: return find1<LogicalNot>(t);
    case Op::bitwise_invert: return find1<Invert>(t);
    case Op::real: return find1<Real>(t);
    case Op::imag: return find1<Imag>(t);
    case Op::add: return find2<Add>(t);
    case Op::subtract: return find2<Subtract>(t);
    case Op::multiply:
      if (t == DType::complex64) return any(&loop_complex_product<float>);
      return t == DType::complex128 ? any(&loop_complex_product<double>) : find2<Multiply>(t);
    case Op::divide: return is_complex(t) ? find_call(t, to) : find2<Divide>(t);
    case Op::minimum: return find2<Minimum>(t);
    case Op::maximum: return find2<Maximum>(t);
    case Op::equal: return find2<Equal>(t);
    case Op::not_equal: return find2<NotEqual>(t);
    case Op::less: return find2<Less>(t);
    case Op::less_equal: return find2<LessEqual>(t);
    case Op::greater: return find2<Greater>(t);
    case Op::greater_equal: return find2<GreaterEqual>(t);
    case Op::logical_and: return find2<LogicalAnd>(t);
    case Op::logical_or: return find2<LogicalOr>(t);
    case Op::logical_xor: return find2<LogicalXor>(t);
    case Op::bitwise_and: return find2<BitAnd>(t);
    case Op::bitwise_or: return find2<BitOr>(t);
    case Op::bitwise_xor: return find2<BitXor>(t);
    case Op::bitwise_left_shift: return find2<ShiftLeft>(t);
    case Op::bitwise_right_shift: return find2<ShiftRight>(t);
    case Op::where: return with_type(t, []<class T>(T) { return any(&loop_where<T>); });
    case Op::cast: return find_cast(t, to);
    default: return find_call(t, to);  // exp, log, sin, cos, tanh, pow, floor_divide, remainder, sqrt of complex
  }
}
