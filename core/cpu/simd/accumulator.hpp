// Steps whose value travels in the registers: loads and stores, arithmetic on floats and integers, minima, logic on bytes.
// Each ends in a jump (tests/core/cpu/tail_calls.cmake looks at the machine code).

template <int K> void step_load(TESSERA_STEP_PARAMETERS) {
  const std::byte* p = at<K>(mem, op->a, i);
#define M(k) a##k = load(p, k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <int K> void step_store(TESSERA_STEP_PARAMETERS) {
  std::byte* p = at<K>(mem, op->d, i);
#define M(k) save(p, k, a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <int K> void step_stream(TESSERA_STEP_PARAMETERS) {
  std::byte* p = at<K>(mem, op->d, i);
#define M(k) stream(p + k * width, a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <int streams> void step_next(TESSERA_STEP_PARAMETERS) {
  for (int k = 0; k < streams; k++) {
    const Loop::Ahead& s = loop->ahead[k];
    const std::byte* line = s.line + i * s.item;
    for (std::int64_t b = 0; b < s.item * width; b += 64) __builtin_prefetch(line + b);
  }
  i += width;
  if (i >= loop->end) return;
  op = loop->first;
  reinterpret_cast<StepFunction>(op->run)(op, mem, i, loop, TESSERA_ARGUMENTS);
}

// F::apply works on Vec<T>; K registers are in use.
template <class F, class T, int K> void step_a(TESSERA_STEP_PARAMETERS) {
#define M(k) a##k = (V)F::apply((Vec<T>)a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_m(TESSERA_STEP_PARAMETERS) {
  const std::byte* p = at<K>(mem, op->a, i);
#define M(k) a##k = (V)F::apply((Vec<T>)load(p, k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_am(TESSERA_STEP_PARAMETERS) {
  const std::byte* p = at<K>(mem, op->b, i);
#define M(k) a##k = (V)F::apply((Vec<T>)a##k, (Vec<T>)load(p, k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_ma(TESSERA_STEP_PARAMETERS) {
  const std::byte* p = at<K>(mem, op->a, i);
#define M(k) a##k = (V)F::apply((Vec<T>)load(p, k), (Vec<T>)a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_mm(TESSERA_STEP_PARAMETERS) {
  const std::byte *p = at<K>(mem, op->a, i), *q = at<K>(mem, op->b, i);
#define M(k) a##k = (V)F::apply((Vec<T>)load(p, k), (Vec<T>)load(q, k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_as(TESSERA_STEP_PARAMETERS) {
  const V s = scalar<T>(mem, op->b);
#define M(k) a##k = (V)F::apply((Vec<T>)a##k, (Vec<T>)s);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_sa(TESSERA_STEP_PARAMETERS) {
  const V s = scalar<T>(mem, op->a);
#define M(k) a##k = (V)F::apply((Vec<T>)s, (Vec<T>)a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_ms(TESSERA_STEP_PARAMETERS) {
  const std::byte* p = at<K>(mem, op->a, i);
  const V s = scalar<T>(mem, op->b);
#define M(k) a##k = (V)F::apply((Vec<T>)load(p, k), (Vec<T>)s);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_sm(TESSERA_STEP_PARAMETERS) {
  const V s = scalar<T>(mem, op->a);
  const std::byte* p = at<K>(mem, op->b, i);
#define M(k) a##k = (V)F::apply((Vec<T>)s, (Vec<T>)load(p, k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <class F, class T, int K> void step_update(TESSERA_STEP_PARAMETERS) {
  std::byte* p = at<K>(mem, op->d, i);
#define M(k) save(p, k, (V)F::apply((Vec<T>)load(p, k), (Vec<T>)a##k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}

template <class F, class T, int K> AnyFunction binary_form(Form form) {
  switch (form) {
    case Form::am: return any(&step_am<F, T, K>);
    case Form::ma: return any(&step_ma<F, T, K>);
    case Form::mm: return any(&step_mm<F, T, K>);
    case Form::as: return any(&step_as<F, T, K>);
    case Form::sa: return any(&step_sa<F, T, K>);
    case Form::ms: return any(&step_ms<F, T, K>);
    case Form::sm: return any(&step_sm<F, T, K>);
    case Form::update: return any(&step_update<F, T, K>);
    default: return nullptr;
  }
}
// For operations whose operands may change places: no `ma`, `sa`, `sm`.
template <class F, class T, int K> AnyFunction symmetric_form(Form form) {
  switch (form) {
    case Form::am: return any(&step_am<F, T, K>);
    case Form::as: return any(&step_as<F, T, K>);
    case Form::update: return any(&step_update<F, T, K>);
    case Form::mm:
      if constexpr (is_float_v<T>) return any(&step_mm<F, T, K>);
      return nullptr;
    case Form::ms:
      if constexpr (is_float_v<T>) return any(&step_ms<F, T, K>);
      return nullptr;
    default: return nullptr;
  }
}
template <class F, class T, int K> AnyFunction unary_form(Form form) {
  return form == Form::a ? any(&step_a<F, T, K>) : form == Form::m ? any(&step_m<F, T, K>) : nullptr;
}
// Wrapping arithmetic does not ask for the sign: one function for each width.
template <class F> AnyFunction symmetric_arithmetic(DType t, Form form) {
  switch (t) {
    case DType::int8: case DType::uint8: return symmetric_form<F, std::uint8_t, 1>(form);
    case DType::int16: case DType::uint16: return symmetric_form<F, std::uint16_t, 2>(form);
    case DType::int32: case DType::uint32: return symmetric_form<F, std::uint32_t, 4>(form);
    case DType::int64: case DType::uint64: return symmetric_form<F, std::uint64_t, 8>(form);
    case DType::float32: return symmetric_form<F, float, 4>(form);
    case DType::float64: return symmetric_form<F, double, 8>(form);
    default: return nullptr;
  }
}
template <class F> AnyFunction float_binary(DType t, Form form) {
  return t == DType::float64 ? binary_form<F, double, 8>(form) : t == DType::float32 ? binary_form<F, float, 4>(form) : nullptr;
}
template <class F> AnyFunction float_unary(DType t, Form form) {
  return t == DType::float64 ? unary_form<F, double, 8>(form) : t == DType::float32 ? unary_form<F, float, 4>(form) : nullptr;
}
template <class F> AnyFunction extremum(DType t, Form form) {
  switch (t) {
    case DType::int8: return symmetric_form<F, std::int8_t, 1>(form);
    case DType::int16: return symmetric_form<F, std::int16_t, 2>(form);
    case DType::int32: return symmetric_form<F, std::int32_t, 4>(form);
    case DType::int64: return symmetric_form<F, std::int64_t, 8>(form);
    case DType::uint8: return symmetric_form<F, std::uint8_t, 1>(form);
    case DType::uint16: return symmetric_form<F, std::uint16_t, 2>(form);
    case DType::uint32: return symmetric_form<F, std::uint32_t, 4>(form);
    case DType::uint64: return symmetric_form<F, std::uint64_t, 8>(form);
    default: return float_binary<F>(t, form);  // of equal zeros and of NaNs the place matters
  }
}
template <class F> AnyFunction bitwise(DType t, Form form) {
  switch (item_size(t)) {
    case 1: return symmetric_form<F, std::uint8_t, 1>(form);
    case 2: return symmetric_form<F, std::uint16_t, 2>(form);
    case 4: return symmetric_form<F, std::uint32_t, 4>(form);
    default: return symmetric_form<F, std::uint64_t, 8>(form);
  }
}

/// A complex64 in a register is two floats, but a scalar's block has its two parts.
inline AnyFunction complex_form(AnyFunction f, Form form) {
  return form == Form::as || form == Form::sa || form == Form::ms || form == Form::sm ? nullptr : f;
}

inline AnyFunction find_accumulator(Op op, DType t, Form form) {
  switch (op) {
    case Op::add: return t == DType::complex64 ? complex_form(symmetric_form<VAdd, float, 8>(form), form) : symmetric_arithmetic<VAdd>(t, form);
    case Op::multiply: return symmetric_arithmetic<VMultiply>(t, form);
    case Op::subtract:
      if (is_inexact(t)) return t == DType::complex64 ? complex_form(binary_form<VSubtract, float, 8>(form), form) : float_binary<VSubtract>(t, form);
      switch (item_size(t)) {
        case 1: return binary_form<VSubtract, std::uint8_t, 1>(form);
        case 2: return binary_form<VSubtract, std::uint16_t, 2>(form);
        case 4: return binary_form<VSubtract, std::uint32_t, 4>(form);
        default: return binary_form<VSubtract, std::uint64_t, 8>(form);
      }
    case Op::divide: return float_binary<VDivide>(t, form);
    case Op::minimum: return extremum<VMinimum>(t, form);
    case Op::maximum: return extremum<VMaximum>(t, form);
    case Op::negative: return float_unary<VNegative>(t, form);
    case Op::square: return float_unary<VSquare>(t, form);
    case Op::sqrt: return float_unary<VSqrt>(t, form);
    case Op::floor: return float_unary<VFloor>(t, form);
    case Op::abs: return float_unary<VAbs>(t, form);
    case Op::bitwise_and: return is_integer(t) || t == DType::bool_ ? bitwise<VAnd>(t, form) : nullptr;
    case Op::bitwise_or: return is_integer(t) || t == DType::bool_ ? bitwise<VOr>(t, form) : nullptr;
    case Op::bitwise_xor: return is_integer(t) || t == DType::bool_ ? bitwise<VXor>(t, form) : nullptr;
    case Op::logical_not: return t == DType::bool_ ? unary_form<VNotBool, u8, 1>(form) : nullptr;
    case Op::equal: return find_compare<Predicate::equal>(t, form);
    case Op::not_equal: return find_compare<Predicate::not_equal>(t, form);
    case Op::less: return find_compare<Predicate::less>(t, form);
    case Op::less_equal: return find_compare<Predicate::less_equal>(t, form);
    case Op::greater: return find_compare<Predicate::greater>(t, form);
    case Op::greater_equal: return find_compare<Predicate::greater_equal>(t, form);
    case Op::isnan:
      if (form != Form::a) return nullptr;
      return t == DType::float64 ? any(&step_isnan<double>) : t == DType::float32 ? any(&step_isnan<float>) : nullptr;
    case Op::where: return find_where(item_size(t), form);
    default: return nullptr;
  }
}

inline AnyFunction find_glue(Glue glue, std::int64_t item) {
#define TESSERA_BY_ITEM(f) item == 8 ? any(&f<8>) : item == 4 ? any(&f<4>) : item == 2 ? any(&f<2>) : item == 1 ? any(&f<1>) : nullptr
  switch (glue) {
    case Glue::load: return TESSERA_BY_ITEM(step_load);
    case Glue::store: return TESSERA_BY_ITEM(step_store);
    case Glue::stream: return TESSERA_BY_ITEM(step_stream);
    default: return item == 0 ? any(&step_next<0>) : item == 1 ? any(&step_next<1>) : item == 2 ? any(&step_next<2>) : any(&step_next<4>);
  }
#undef TESSERA_BY_ITEM
}
