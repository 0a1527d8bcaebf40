#pragma once
// Functions, one for each alternative of a variant or kind of node, as one to visit it with: one that is missing is a
// compile error.
namespace tessera {

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace tessera
