#pragma once
// Functions of the user's own of rows, matrices and the like, along the other axes of arrays: NumPy's apply_along_axis and
// generalized ufuncs. Lazy. What map_blocks.hpp says of functions holds; theirs see the core axes alone, and those that make
// one number may return it: R f(BlockView<const T> x, ...). A worker holds at least one whole core of each input.
#include <map>

#include <tessera/core/ops/chunk_function.hpp>

namespace tessera {

struct GufuncOptions {
  ByName by_name{};
  /// Stand for the function in plans and hashes: another function, or another value that it has captured, needs another
  /// name or version.
  std::string name{};
  std::int64_t version = 1;
  /// Lengths of core axes that the result alone has.
  std::map<std::string, std::int64_t> sizes{};
};

TESSERA_API Array gufunc_of_user(ChunkFunction function, bool returns, const std::string& signature,
                                 const std::vector<Array>& x, const GufuncOptions& options);

/// f of the last axes, the core: apply_gufunc("(i),(i)->()", f, {x, y}, {.name = "distance"}). The axes before broadcast.
/// returns: the common shape of those, then the core axes that the signature says; chunks of x + y on the former, one on
/// the latter.
/// throws ValueError for another text than a signature with one result, without a length for a core axis of the result
/// alone, for a core axis of length 0, without a name; ShapeError where shapes don't fit the signature.
template <class F>
Array apply_gufunc(const std::string& signature, F f, const std::vector<Array>& x, const GufuncOptions& options) {
  constexpr bool returns = detail::BlockSignature<F>::returns;
  return gufunc_of_user(detail::chunk_function(std::move(f)), returns, signature, x, options);
}
/// Of one array.
template <class F>
Array apply_gufunc(const std::string& signature, F f, const Array& x, const GufuncOptions& options) {
  return apply_gufunc(signature, std::move(f), std::vector<Array>{x}, options);
}

struct AlongAxisOptions {
  ByName by_name{};
  std::string name{};  ///< as of apply_gufunc
  std::int64_t version = 1;
  /// What a function makes that writes a row; -1: as many as it is given.
  std::int64_t length = -1;
};

TESSERA_API Array along_axis_of_user(ChunkFunction function, bool makes_row, std::int64_t axis, const Array& x,
                                     const AlongAxisOptions& options);

/// f of each row along `axis`: R f(BlockView<const T> row), or void f(BlockView<const T> row, BlockView<R> out).
/// returns: shape of x without the axis, or with `length` elements along it. throws ShapeError for an axis out of range,
/// ValueError for one of length 0, a length below 0, without a name.
template <class F>
Array apply_along_axis(F f, std::int64_t axis, const Array& x, const AlongAxisOptions& options) {
  constexpr bool makes_row = !detail::BlockSignature<F>::returns;
  return along_axis_of_user(detail::chunk_function(std::move(f)), makes_row, axis, x, options);
}

}  // namespace tessera
