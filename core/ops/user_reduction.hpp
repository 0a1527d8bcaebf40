#pragma once
// A reduction of the user's own, from three functions: chunk (elements -> state), combine (two states -> one),
// aggregate (state -> result). Runs like the built-in ones: on all ranks, within the budget, in plans, explain and the
// cache.
#include <cstring>
#include <span>
#include <type_traits>

#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/user_code.hpp>

namespace tessera {

struct UserReduceOptions {
  ByName by_name{};
  Axes axis{};
  bool keepdims = false;
  /// Stand for the functions in hashes and in explain: another function, or another value that one of them has
  /// captured, needs another name or version.
  std::string name{};
  std::int64_t version = 1;
};

/// The Reduce node behind `reduction`. throws DTypeError when x does not have the dtype of the fold, ValueError without
/// a name.
TESSERA_API Array fold_of_user(const Array& x, UserFold fold, const UserReduceOptions& options);

/// Lazy. x: dtype of T, any shape. returns: shape of x without `axis`, dtype of R.
///   chunk      State(std::span<const T> elements): at most 4096 elements of one output, in logical order; none when an
///   axis that
///              is folded has length 0
///   combine    State(const State& left, const State& right): associative; left comes before right
///   aggregate  R(const State& state, std::int64_t count): count elements stand behind the state
/// The functions are called by several threads at once, on any rank; what one throws is thrown again by the evaluation,
/// on the other ranks as a CommError. In which groups elements and states come depends on the shape and the chunks
/// alone, so the result has the same bits on any number of ranks. T must be given: reduction<double>(x, chunk, combine,
/// aggregate, {.axis = {0}, .name = "extent"}).
template <class T, class Chunk, class Combine, class Aggregate>
Array reduction(const Array& x, Chunk chunk, Combine combine, Aggregate aggregate, const UserReduceOptions& options) {
  using State = std::decay_t<std::invoke_result_t<Chunk, std::span<const T>>>;
  using R = std::decay_t<std::invoke_result_t<Aggregate, const State&, std::int64_t>>;
  static_assert(std::is_trivially_copyable_v<State>, "a state travels between ranks as bytes");
  static_assert(std::is_default_constructible_v<State>, "a state is copied from bytes");
  const auto state_at = [](const std::byte* p) {
    State s;
    std::memcpy(&s, p, sizeof s);
    return s;
  };
  UserFold fold;
  fold.name = options.name;
  fold.version = options.version;
  fold.element = dtype_of<T>;
  fold.result = dtype_of<R>;
  fold.state_bytes = sizeof(State);
  fold.chunk = [chunk](const std::byte* elements, std::int64_t n, std::byte* state) {
    const State s = run_user_code(
        [&] { return chunk(std::span<const T>(reinterpret_cast<const T*>(elements), static_cast<std::size_t>(n))); });
    std::memcpy(state, &s, sizeof s);
  };
  fold.combine = [combine, state_at](std::byte* into, const std::byte* from) {
    const State s = run_user_code([&] { return combine(state_at(into), state_at(from)); });
    std::memcpy(into, &s, sizeof s);
  };
  fold.aggregate = [aggregate, state_at](const std::byte* state, std::int64_t count, std::byte* result) {
    const R r = run_user_code([&] { return aggregate(state_at(state), count); });
    std::memcpy(result, &r, sizeof r);
  };
  return fold_of_user(x, std::move(fold), options);
}

}  // namespace tessera
