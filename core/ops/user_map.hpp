#pragma once
// A function of the user's own of single elements, as NumPy's vectorize and numba's have it.
#include <tessera/core/ops/user_function.hpp>

namespace tessera {

struct MapOptions {
  ByName by_name{};
  /// Stand for the function in plans and hashes: another function, or another value that it has captured, needs another
  /// name or version.
  std::string name{};
  std::int64_t version = 1;
  /// Of a call, in additions: what is dear is kept rather than computed again where several use it.
  double cost = 50;
  /// The same function in CUDA C++, for GPUs: a text that defines `__device__ R NAME(A...)`, NAME being `name`, and what it
  /// needs; without headers. Compiled when it is first used, and kept with the library's kernels (docs/gpu.md).
  std::string cuda{};
};

/// The node behind `map`. throws as `map` does.
TESSERA_API Array map_of_user(UserMap function, const std::vector<Array>& x);

namespace detail {

template <class F, class R, class... A, std::size_t... I>
void map_row(const F& f, std::int64_t n, const std::byte* const* arguments, R* __restrict to, std::tuple<A...>*,
             std::index_sequence<I...>) {
  const std::tuple<const std::decay_t<A>*...> from{reinterpret_cast<const std::decay_t<A>*>(arguments[I])...};
  for (std::int64_t i = 0; i < n; i++) to[i] = static_cast<R>(f(std::get<I>(from)[i]...));
}

template <class... A>
std::vector<DType> dtypes_of(std::tuple<A...>*) {
  return {dtype_of<std::decay_t<A>>...};
}

}  // namespace detail

/// f(x[0][i], x[1][i], ...) for every element, e.g. map([](double a, double b) { return std::hypot(a, b); }, {x, y},
/// {.name = "hypot"}). Lazy: a value of the tiles of what uses it, never a pass over memory of its own.
/// f: takes and returns numbers, each of a dtype; what is generic needs its signature: map<double(double)>(f, {x}, ...).
///   Called by several threads at once, on any rank, in any order, perhaps more than once for an element; what it throws
///   is thrown again by the evaluation, on the other ranks as a CommError.
///   Or cuda_alone, with a signature: map<double(double)>(cuda_alone, x, {.name = "f", .cuda = "..."}).
/// x: as many arrays as f has parameters; they broadcast, and are converted to the parameters' dtypes as astype does.
/// returns: the common shape; dtype of what f returns; chunks as those of x + y. A GPU runs the CUDA text; without one it
///   leaves the stage to the CPU.
/// throws ValueError without a name or for another number of arrays, ShapeError where shapes don't broadcast. The evaluation
///   throws ValueError where the CUDA text does not compile, with the compiler's words and the text's own lines; UsageError
///   where there is a CUDA text alone and the CPU computes.
template <class S = void, class F>
Array map(F f, const std::vector<Array>& x, const MapOptions& options) {
  using Types = Signature<std::conditional_t<std::is_void_v<S>, F, S>>;
  using R = std::decay_t<typename Types::Result>;
  using Arguments = typename Types::Arguments;
  static_assert(std::tuple_size_v<Arguments> > 0, "map: the function takes the elements of at least one array");
  constexpr auto none = static_cast<Arguments*>(nullptr);
  UserMap function;
  function.name = options.name;
  function.version = options.version;
  function.cost = options.cost;
  function.cuda = options.cuda;
  function.parameters = detail::dtypes_of(none);
  function.result = dtype_of<R>;
  if constexpr (!std::is_same_v<F, CudaAlone>)
    function.apply = [f](std::int64_t n, const std::byte* const* arguments, std::byte* to) {
      run_user_code([&] {
        detail::map_row<F, R>(f, n, arguments, reinterpret_cast<R*>(to), static_cast<Arguments*>(nullptr),
                              std::make_index_sequence<std::tuple_size_v<Arguments>>());
      });
    };
  return map_of_user(std::move(function), x);
}
/// Of one array.
template <class S = void, class F>
Array map(F f, const Array& x, const MapOptions& options) {
  return map<S>(std::move(f), std::vector<Array>{x}, options);
}

}  // namespace tessera
