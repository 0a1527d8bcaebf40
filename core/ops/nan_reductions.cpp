// The nan forms. Real numbers have combiners that skip NaN; complex ones get another value in NaN's place first.
#include <limits>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/fold_builder.hpp>
#include <tessera/core/ops/quantity.hpp>
#include <tessera/core/ops/reductions.hpp>

namespace tessera {
namespace {

using namespace reductions;

/// count (float64), then sum: the state of nan_sum.
Array nan_sum(const Array& x, const ReduceOptions& o, EpilogueBuilder&& b, ValueId result, const char* name) {
  return fold(astype(x, f64), folded_axes(x, o.axis, name), Combiner::nan_sum, std::move(b).finish(result), o.keepdims);
}

Array converted(const Array& x, const ReduceOptions& o) { return o.dtype ? astype(x, *o.dtype) : x; }
ReduceOptions without_dtype(ReduceOptions o) {
  o.dtype.reset();
  return o;
}

Array extreme(const Array& x, const ReduceOptions& o, Combiner skipping,
              Array (*plain)(const Array&, const ReduceOptions&), const char* name) {
  require_order(x, name);
  if (!is_inexact(x.dtype())) return plain(x, o);
  const std::uint32_t folded = folded_axes(x, o.axis, name);
  require_elements(x, folded, name, "smallest or largest element");
  return fold(x, folded, skipping, as_it_is(x.dtype()), o.keepdims);
}

Array nan_variance(const Array& given, const ReduceOptions& o, bool root, const char* name) {
  require_fractions(o, name);
  const Array x = converted(given, o);
  if (!is_inexact(x.dtype())) return root ? std(x, without_dtype(o)) : var(x, without_dtype(o));
  if (is_complex(x.dtype())) {  // NaN in one part leaves the other out, too
    const Scalar nan = std::numeric_limits<double>::quiet_NaN();
    const Array gone = isnan(x), v = nan_variance(where(gone, nan, real(x)), without_dtype(o), false, name) +
                                     nan_variance(where(gone, nan, imag(x)), without_dtype(o), false, name);
    return root ? sqrt(v) : v;
  }
  return fold(astype(x, f64), folded_axes(x, o.axis, name), Combiner::nan_moments,
              nan_variance_epilogue(o.correction, root, x.dtype()), o.keepdims);
}

}  // namespace

Array count(const Array& x, const ReduceOptions& o) {
  if (!is_inexact(x.dtype()) || is_complex(x.dtype())) return count_nonzero(!isnan(x), o);
  EpilogueBuilder b({f64, f64}, {});
  const ValueId n = b.cast(b.component(0), DType::int64);
  return nan_sum(x, o, std::move(b), n, "count");
}

Array nansum(const Array& given, const ReduceOptions& o) {
  const Array x = converted(given, o);
  if (!is_inexact(x.dtype())) return sum(given, o);
  if (is_complex(x.dtype())) return sum(where(isnan(x), 0, x), without_dtype(o));
  EpilogueBuilder b({f64, f64}, {});
  const ValueId v = b.cast(b.component(1), x.dtype());
  return nan_sum(x, o, std::move(b), v, "nansum");
}

Array nanprod(const Array& given, const ReduceOptions& o) {
  const Array x = converted(given, o);
  return is_inexact(x.dtype()) ? prod(where(isnan(x), 1, x), without_dtype(o)) : prod(given, o);
}

Array nanmean(const Array& given, const ReduceOptions& o) {
  require_fractions(o, "nanmean");
  const Array x = converted(given, o);
  if (!is_inexact(x.dtype())) return mean(given, o);
  if (is_complex(x.dtype())) {
    const Array left = sum(where(isnan(x), 0, astype(x, DType::complex128)), without_dtype(o));
    return with_quantity(astype(left / count(x, without_dtype(o)), x.dtype()), given, Quantity::As::mean);
  }
  EpilogueBuilder b({f64, f64}, {});
  const ValueId v = b.cast(b.add(Op::divide, f64, b.component(1), b.component(0)), x.dtype());
  return nan_sum(x, o, std::move(b), v, "nanmean");
}

Array nanmin(const Array& x, const ReduceOptions& o) { return extreme(x, o, Combiner::fmin, &min, "nanmin"); }
Array nanmax(const Array& x, const ReduceOptions& o) { return extreme(x, o, Combiner::fmax, &max, "nanmax"); }
Array nanvar(const Array& x, const ReduceOptions& o) { return nan_variance(x, o, false, "nanvar"); }
Array nanstd(const Array& x, const ReduceOptions& o) { return nan_variance(x, o, true, "nanstd"); }

}  // namespace tessera
