#pragma once
// A ChunkFunction from what a user wrote: a function of views, which says by their types what it takes and makes.
#include <tessera/core/ops/block_view.hpp>
#include <tessera/core/ops/user_function.hpp>

namespace tessera::detail {

template <class A>
struct ViewOf {
  static constexpr bool is_view = false;
};
template <class T>
struct ViewOf<BlockView<T>> {
  static constexpr bool is_view = true;
  using Element = T;
};

/// void f(BlockView<const T>..., BlockView<R>) or R f(BlockView<const T>...), with a const BlockPlace& behind all or without.
template <class F>
struct BlockSignature {
  using Types = Signature<F>;
  using Arguments = typename Types::Arguments;
  using Returned = std::decay_t<typename Types::Result>;
  static constexpr std::size_t arguments = std::tuple_size_v<Arguments>;
  static_assert(arguments > 0, "the function takes views of blocks");
  template <std::size_t k>
  using Argument = std::decay_t<std::tuple_element_t<k, Arguments>>;
  static constexpr bool takes_place = std::is_same_v<Argument<arguments - 1>, BlockPlace>;
  static constexpr bool returns = !std::is_void_v<typename Types::Result>;
  static constexpr std::size_t views = arguments - (takes_place ? 1 : 0);
  static constexpr std::size_t inputs = views - (returns ? 0 : 1);

  template <std::size_t k>
  static constexpr bool is_input() {
    using View = ViewOf<Argument<k>>;
    if constexpr (View::is_view)
      return std::is_const_v<typename View::Element>;
    else
      return false;
  }
  template <std::size_t k>
  using Element = std::remove_const_t<typename ViewOf<Argument<k>>::Element>;
};

template <class F, std::size_t... I>
ChunkFunction chunk_function(F f, std::index_sequence<I...>) {
  using S = BlockSignature<F>;
  static_assert((S::template is_input<I>() && ...), "the function takes its inputs as BlockView<const T>");
  ChunkFunction made;
  made.parameters = {dtype_of<typename S::template Element<I>>...};
  if constexpr (S::returns) {
    using R = typename S::Returned;
    made.result = dtype_of<R>;
    made.apply = [f](std::span<const BlockMemory> in, const BlockMemory& to, const BlockPlace& place) {
      *reinterpret_cast<R*>(to.data) = run_user_code([&] {
        if constexpr (S::takes_place)
          return f(BlockView<const typename S::template Element<I>>(in[I])..., place);
        else
          return f(BlockView<const typename S::template Element<I>>(in[I])...);
      });
    };
  } else {
    static_assert(ViewOf<typename S::template Argument<S::inputs>>::is_view && !S::template is_input<S::inputs>(),
                  "the function writes to a BlockView<T> behind its inputs");
    using R = typename S::template Element<S::inputs>;
    made.result = dtype_of<R>;
    made.apply = [f](std::span<const BlockMemory> in, const BlockMemory& to, const BlockPlace& place) {
      run_user_code([&] {
        if constexpr (S::takes_place)
          f(BlockView<const typename S::template Element<I>>(in[I])..., BlockView<R>(to), place);
        else
          f(BlockView<const typename S::template Element<I>>(in[I])..., BlockView<R>(to));
      });
    };
  }
  return made;
}

template <class S, std::size_t... I>
ChunkFunction chunk_function(CudaAlone, std::index_sequence<I...>) {
  using Types = BlockSignature<S>;
  static_assert(!Types::returns && (Types::template is_input<I>() && ...),
                "the kernel takes its inputs as BlockView<const T>, and behind them a BlockView<R> that it writes to");
  ChunkFunction made;
  made.parameters = {dtype_of<typename Types::template Element<I>>...};
  made.result = dtype_of<typename Types::template Element<Types::inputs>>;
  return made;
}
/// Of a signature, for what there is in CUDA C++ alone.
template <class S>
ChunkFunction chunk_function(CudaAlone alone) {
  return chunk_function<S>(alone, std::make_index_sequence<BlockSignature<S>::inputs>());
}

/// Of what a user wrote, without name and version.
template <class F>
ChunkFunction chunk_function(F f) {
  return chunk_function(std::move(f), std::make_index_sequence<BlockSignature<F>::inputs>());
}

}  // namespace tessera::detail
