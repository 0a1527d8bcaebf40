// Methods of Array, where NumPy has them: the functions of the same names.
#include <tessera/core/array.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/parts.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {

Array Array::sum(const Axes& axis) const { return tessera::sum(*this, {.axis = axis}); }
Array Array::prod(const Axes& axis) const { return tessera::prod(*this, {.axis = axis}); }
Array Array::mean(const Axes& axis) const { return tessera::mean(*this, {.axis = axis}); }
Array Array::var(const Axes& axis) const { return tessera::var(*this, {.axis = axis}); }
Array Array::std(const Axes& axis) const { return tessera::std(*this, {.axis = axis}); }
Array Array::min(const Axes& axis) const { return tessera::min(*this, {.axis = axis}); }
Array Array::max(const Axes& axis) const { return tessera::max(*this, {.axis = axis}); }
Array Array::any(const Axes& axis) const { return tessera::any(*this, {.axis = axis}); }
Array Array::all(const Axes& axis) const { return tessera::all(*this, {.axis = axis}); }
Array Array::argmin(const Axes& axis) const { return tessera::argmin(*this, {.axis = axis}); }
Array Array::argmax(const Axes& axis) const { return tessera::argmax(*this, {.axis = axis}); }

Array Array::astype(DType type) const { return tessera::astype(*this, type); }
Array Array::squeeze(const Dims& axes) const { return tessera::squeeze(*this, axes); }
Array Array::swapaxes(std::int64_t axis1, std::int64_t axis2) const { return tessera::swapaxes(*this, axis1, axis2); }
Array Array::transpose(const Dims& axes) const { return tessera::transpose(*this, axes); }
Array Array::conj() const { return tessera::conj(*this); }
Array Array::round(std::int64_t decimals) const { return tessera::round(*this, decimals); }

}  // namespace tessera
