#include <tessera/core/ops/covariance.hpp>

#include <algorithm>

#include <tessera/core/ops/choices.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/products.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// A variable a row.
Array variables(const Array& x, bool rowvar, DType type, const char* name) {
  if (x.rank() > 2) throw ShapeError(std::string(name) + ": " + to_string(x.shape()) + " has more than two dimensions");
  Array rows = astype(x, type);
  if (x.rank() == 0) rows = expand_dims(rows, 0);
  if (x.rank() < 2) return expand_dims(rows, 0);
  return rowvar ? rows : rows.T();
}

Array joined_variables(const Array& m, const std::optional<Array>& y, bool rowvar, const char* name) {
  const DType type = is_complex(m.dtype()) || (y && is_complex(y->dtype())) ? DType::complex128 : DType::float64;
  const Array x = variables(m, rowvar, type, name);
  if (!y) return x;
  const Array more = variables(*y, rowvar, type, name);
  if (x.shape()[1] != more.shape()[1])
    throw ShapeError(std::string(name) + ": " + std::to_string(x.shape()[1]) + " observations of the one, " +
                     std::to_string(more.shape()[1]) + " of the other: " + to_string(m.shape()) + " and " +
                     to_string(y->shape()));
  return concat({x, more}, 0);
}

void check_weights(const char* name, const Array& w, std::int64_t observations) {
  if (is_complex(w.dtype())) throw DTypeError(std::string("cov: ") + name + " must be real");
  if (w.rank() != 1 || w.shape()[0] != observations)
    throw ShapeError(std::string("cov: ") + name + " of shape " + to_string(w.shape()) + "; there are " +
                     std::to_string(observations) + " observations");
}

// What each observation weighs, in float64.
std::optional<Array> weights_of(const CovOptions& o, std::int64_t observations) {
  std::optional<Array> w;
  if (o.fweights) {
    check_weights("fweights", *o.fweights, observations);
    if (is_inexact(o.fweights->dtype())) throw DTypeError("cov: fweights must be integers");
    w = astype(*o.fweights, DType::float64);
  }
  if (o.aweights) {
    check_weights("aweights", *o.aweights, observations);
    const Array a = astype(*o.aweights, DType::float64);
    w = w ? *w * a : a;
  }
  return w;
}

// sum(w) - ddof, where aweights have less to say than their number (numpy.cov).
Array divisor(const Array& w, const CovOptions& o, double ddof) {
  const Array all = sum(w);
  if (ddof == 0) return all;
  if (!o.aweights) return maximum(all - ddof, 0.0);
  return maximum(all - sum(w * astype(*o.aweights, DType::float64)) * ddof / all, 0.0);
}

Array covariance(const Array& m, const std::optional<Array>& y, const CovOptions& o, const char* name) {
  const Array x = joined_variables(m, y, o.rowvar, name);
  const std::int64_t count = x.shape()[0], n = x.shape()[1];
  const std::optional<Array> w = weights_of(o, n);
  const double ddof = o.ddof.value_or(o.bias ? 0 : 1);
  const Array off = x - average(x, w, {.axis = 1, .keepdims = true});
  const Array weighted = w ? off * *w : off;
  const Array sums = matmul(off, is_complex(x.dtype()) ? conj(weighted).T() : weighted.T());
  const Array c = w ? sums / divisor(*w, o, ddof) : sums / std::max(static_cast<double>(n) - ddof, 0.0);
  return count == 1 ? squeeze(c, {0, 1}) : c;
}

}  // namespace

Array cov(const Array& m, const std::optional<Array>& y, const CovOptions& o) { return covariance(m, y, o, "cov"); }

Array corrcoef(const Array& x, const std::optional<Array>& y, bool rowvar) {
  const Array c = covariance(x, y, {.rowvar = rowvar}, "corrcoef");
  if (c.rank() == 0) return c / c;
  const Array variances = diagonal(c);
  const Array deviations = sqrt(is_complex(c.dtype()) ? real(variances) : variances);
  const Array r = c / expand_dims(deviations, 1) / deviations;
  if (!is_complex(r.dtype())) return clip(r, -1.0, 1.0);
  return clip(real(r), -1.0, 1.0) + clip(imag(r), -1.0, 1.0) * std::complex<double>(0, 1);
}

}  // namespace tessera
