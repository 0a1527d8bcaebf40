#pragma once
// What functions of the user's own have in common: options, and what their C++ types say about their parameters.
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/kernel/user_function.hpp>
#include <tessera/core/user_code.hpp>

namespace tessera {

/// The types of what a function takes and returns.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R(A...)> {
  using Result = R;
  using Arguments = std::tuple<A...>;
};
template <class R, class... A>
struct Signature<R (*)(A...)> : Signature<R(A...)> {};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> {
  static_assert(sizeof(C) == 0,
                "several threads call the function at once: it must be const (a lambda without mutable)");
};

/// In the place of a function: there is its text in CUDA C++ alone, for sessions whose device is a GPU.
struct CudaAlone {};
inline constexpr CudaAlone cuda_alone{};

/// throws ValueError without a name, or when there are not as many arrays as parameters; of one with a CUDA text, where the name
/// is none that a function of C++ can have; of one without `callable`, where it has no CUDA text either.
TESSERA_API void check_call(const char* operation, const UserFunction& function, std::size_t arrays,
                            bool callable = true);
/// Each in the dtype of its parameter.
std::vector<Array> arguments_of(const UserFunction& function, const std::vector<Array>& x);

}  // namespace tessera
