#include <tessera/core/ops/reductions.hpp>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/fold_builder.hpp>

namespace tessera {
namespace {

using namespace reductions;

Array total(const Array& x, const ReduceOptions& o, Combiner combiner, const char* name) {
  const DType in = o.dtype.value_or(x.dtype()), accumulator = accumulator_of(in);
  const DType result = o.dtype ? *o.dtype : is_inexact(in) ? in : accumulator;
  return fold(astype(o.dtype ? astype(x, *o.dtype) : x, accumulator), folded_axes(x, o.axis, name), combiner,
              cast_to(accumulator, result), o.keepdims);
}

Array min_or_max(const Array& x, const ReduceOptions& o, Combiner combiner, const char* name) {
  require_order(x, name);
  const std::uint32_t folded = folded_axes(x, o.axis, name);
  require_elements(x, folded, name, "smallest or largest element");
  return fold(x, folded, combiner, as_it_is(x.dtype()), o.keepdims);
}

Array of_truth(const Array& x, const ReduceOptions& o, Combiner combiner, const char* name) {
  return fold(astype(x, DType::bool_), folded_axes(x, o.axis, name), combiner, as_it_is(DType::bool_), o.keepdims);
}

Array position(const Array& x, const ReduceOptions& o, Combiner combiner) {
  require_order(x, name(combiner));
  const std::uint32_t folded = folded_axes(x, o.axis, name(combiner));
  require_elements(x, folded, name(combiner), "smallest or largest element");
  EpilogueBuilder b({DType::int64, x.dtype()}, {});
  return fold(x, folded, combiner, std::move(b).finish(0), o.keepdims);
}

}  // namespace

Array sum(const Array& x, const ReduceOptions& o) { return total(x, o, Combiner::sum, "sum"); }
Array prod(const Array& x, const ReduceOptions& o) { return total(x, o, Combiner::prod, "prod"); }

Array mean(const Array& x, const ReduceOptions& o) {
  require_fractions(o, "mean");
  const std::uint32_t folded = folded_axes(x, o.axis, "mean");
  const DType result = to_inexact(o.dtype.value_or(x.dtype()));
  const DType accumulator = is_complex(result) ? DType::complex128 : DType::float64;
  const std::int64_t n = folded_elements(x, folded);
  // Integers and bools add exactly in int64 as long as no sum can leave it.
  const bool exact = !is_inexact(x.dtype()) && item_size(x.dtype()) <= 4 && !o.dtype &&
                     n <= std::int64_t{1} << (63 - 8 * item_size(x.dtype()));
  const DType state = exact ? DType::int64 : accumulator;
  EpilogueBuilder b({state}, {static_cast<double>(n)});
  const ValueId all = b.cast(0, accumulator), count = b.cast(b.number(0), accumulator);
  const ValueId quotient = b.cast(b.add(Op::divide, accumulator, all, count), result);
  return fold(astype(x, state), folded, Combiner::sum, std::move(b).finish(quotient), o.keepdims);
}

Array min(const Array& x, const ReduceOptions& o) { return min_or_max(x, o, Combiner::min, "min"); }
Array max(const Array& x, const ReduceOptions& o) { return min_or_max(x, o, Combiner::max, "max"); }
Array any(const Array& x, const ReduceOptions& o) { return of_truth(x, o, Combiner::any, "any"); }
Array all(const Array& x, const ReduceOptions& o) { return of_truth(x, o, Combiner::all, "all"); }

Array count_nonzero(const Array& x, const ReduceOptions& o) {
  return fold(astype(astype(x, DType::bool_), DType::int64), folded_axes(x, o.axis, "count_nonzero"), Combiner::sum,
              as_it_is(DType::int64), o.keepdims);
}

Array ptp(const Array& x, const ReduceOptions& o) {
  if (x.dtype() == DType::bool_) throw DTypeError("ptp: bools have no difference; cast them to an integer");
  return min_or_max(x, o, Combiner::max, "ptp") - min_or_max(x, o, Combiner::min, "ptp");
}

Array argmin(const Array& x, const ReduceOptions& o) { return position(x, o, Combiner::argmin); }
Array argmax(const Array& x, const ReduceOptions& o) { return position(x, o, Combiner::argmax); }
Array nanargmin(const Array& x, const ReduceOptions& o) { return position(x, o, Combiner::nanargmin); }
Array nanargmax(const Array& x, const ReduceOptions& o) { return position(x, o, Combiner::nanargmax); }

}  // namespace tessera
