#include <tessera/core/ops/reductions.hpp>

#include <limits>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

std::uint32_t reduced_axes(const Array& x, const Axes& axes, const char* name) {
  if (!axes.given()) return (1u << x.rank()) - 1;
  std::uint32_t reduced = 0;
  for (auto a : *axes.given()) {
    const std::uint32_t bit = 1u << normalize_axis(a, x.rank(), name);
    if (reduced & bit) throw ShapeError(std::string(name) + ": axis " + std::to_string(a) + " is given twice");
    reduced |= bit;
  }
  return reduced;
}

std::int64_t folded_elements(const Array& x, std::uint32_t reduced) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); i++)
    if (reduced >> i & 1u) n = checked_multiply(n, x.shape()[i]);
  return n;
}

Array restore_axes(const Array& r, const Array& x, std::uint32_t reduced, bool keepdims) {
  if (!keepdims) return r;
  Array out = r;
  for (int i = 0; i < x.rank(); i++)
    if (reduced >> i & 1u) out = expand_dims(out, i);
  return out;
}

Epilogue as_it_is(DType type) { return {identity_program(type), {}}; }

Epilogue cast_to(DType from, DType to) {
  if (from == to) return as_it_is(from);
  Program p;
  p.inputs = {from};
  p.code = {{Op::cast, from, to, 0, 0, 0}};
  p.outputs = {1};
  return {std::move(p), {}};
}

Array reduce(const Array& x, std::uint32_t reduced, Combiner combiner, Epilogue epilogue, bool keepdims) {
  auto node = std::make_shared<ReduceNode>(identity_program(x.dtype()), std::vector<ScalarParameter>{},
                                           std::vector<Edge>{{x.node(), IndexTransform::identity(x.shape())}},
                                           x.chunks(), reduced, Fold{combiner, x.dtype(), nullptr},
                                           std::move(epilogue));
  return restore_axes(Array(std::move(node)), x, reduced, keepdims);
}

// What a sum adds in: float32 in float64, so that it is at least as accurate as pairwise float32.
DType sum_accumulator(DType t) {
  switch (kind_of(t)) {
    case Kind::boolean:
      return DType::int64;
    case Kind::integer:
      return is_unsigned_integer(t) ? DType::uint64 : DType::int64;
    case Kind::real:
      return DType::float64;
    default:
      return DType::complex128;
  }
}

Array min_or_max(const Array& x, const ReduceOptions& o, Combiner combiner, const char* name) {
  if (is_complex(x.dtype()))
    throw DTypeError(std::string(name) + ": complex numbers have no order; reduce abs(x) or real(x)");
  const std::uint32_t reduced = reduced_axes(x, o.axis, name);
  if (folded_elements(x, reduced) == 0)
    throw ValueError(std::string(name) + ": an empty axis of shape " + to_string(x.shape()) +
                     " has no smallest or largest element");
  return reduce(x, reduced, combiner, as_it_is(x.dtype()), o.keepdims);
}

Array variance(const Array& x, const ReduceOptions& o, bool root, const char* name) {
  if (is_complex(x.dtype())) {
    const Array v = variance(real(x), o, false, name) + variance(imag(x), o, false, name);
    return root ? sqrt(v) : v;
  }
  const std::uint32_t reduced = reduced_axes(x, o.axis, name);
  const DType result = to_inexact(o.dtype.value_or(x.dtype()));
  const double n = static_cast<double>(folded_elements(x, reduced)) - o.correction;
  Program p;  // (mean, M2) -> M2 / max(n - correction, 0)
  p.inputs = {DType::float64, DType::float64};
  p.scalars = {DType::float64};
  p.code = {{Op::divide, DType::float64, DType::float64, 1, 2, 0}};
  if (root) p.code.push_back({Op::sqrt, DType::float64, DType::float64, static_cast<ValueId>(p.values() - 1), 0, 0});
  if (result != DType::float64)
    p.code.push_back({Op::cast, DType::float64, result, static_cast<ValueId>(p.values() - 1), 0, 0});
  p.outputs = {static_cast<ValueId>(p.values() - 1)};
  return reduce(astype(x, DType::float64), reduced, Combiner::moments,
                {std::move(p), {{Scalar(n > 0 ? n : 0.0), -1, 0, nullptr}}}, o.keepdims);
}

}  // namespace

Array sum(const Array& x, const ReduceOptions& o) {
  const DType in = o.dtype.value_or(x.dtype()), accumulator = sum_accumulator(in);
  const DType result = o.dtype ? *o.dtype : is_inexact(in) ? in : accumulator;
  return reduce(astype(o.dtype ? astype(x, *o.dtype) : x, accumulator), reduced_axes(x, o.axis, "sum"), Combiner::sum,
                cast_to(accumulator, result), o.keepdims);
}

Array mean(const Array& x, const ReduceOptions& o) {
  const std::uint32_t reduced = reduced_axes(x, o.axis, "mean");
  const DType result = to_inexact(o.dtype.value_or(x.dtype()));
  const DType accumulator = is_complex(result) ? DType::complex128 : DType::float64;
  const auto n = static_cast<double>(folded_elements(x, reduced));
  // Integers and bools add exactly in int64 as long as no sum can leave it.
  const bool exact = !is_inexact(x.dtype()) && item_size(x.dtype()) <= 4 && !o.dtype &&
                     folded_elements(x, reduced) <= std::int64_t{1} << (63 - 8 * item_size(x.dtype()));
  const DType state = exact ? DType::int64 : accumulator;
  Program p;
  p.inputs = {state};
  p.scalars = {accumulator};
  if (exact) p.code.push_back({Op::cast, state, accumulator, 0, 0, 0});
  const auto total = exact ? static_cast<ValueId>(2) : static_cast<ValueId>(0);
  p.code.push_back({Op::divide, accumulator, accumulator, total, 1, 0});
  if (result != accumulator)
    p.code.push_back({Op::cast, accumulator, result, static_cast<ValueId>(p.values() - 1), 0, 0});
  p.outputs = {static_cast<ValueId>(p.values() - 1)};
  return reduce(astype(x, state), reduced, Combiner::sum, {std::move(p), {{Scalar(n), -1, 0, nullptr}}}, o.keepdims);
}

Array min(const Array& x, const ReduceOptions& o) { return min_or_max(x, o, Combiner::min, "min"); }
Array max(const Array& x, const ReduceOptions& o) { return min_or_max(x, o, Combiner::max, "max"); }
Array var(const Array& x, const ReduceOptions& o) { return variance(x, o, false, "var"); }
Array std(const Array& x, const ReduceOptions& o) { return variance(x, o, true, "std"); }
Array any(const Array& x, const ReduceOptions& o) {
  return reduce(astype(x, DType::bool_), reduced_axes(x, o.axis, "any"), Combiner::any, as_it_is(DType::bool_),
                o.keepdims);
}
Array all(const Array& x, const ReduceOptions& o) {
  return reduce(astype(x, DType::bool_), reduced_axes(x, o.axis, "all"), Combiner::all, as_it_is(DType::bool_),
                o.keepdims);
}

}  // namespace tessera
