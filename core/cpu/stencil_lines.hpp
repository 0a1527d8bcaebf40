#pragma once
// The innermost loops of stencils: one line of elements side by side. Compiled for each target.
#include <cstddef>
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/stencil.hpp>

namespace tessera::cpu {

/// A term of a sum, and where its taps are: distances in bytes.
struct PlacedTerm {
  std::int64_t one, other;
  double weight;
  float narrow_weight;  ///< the weight, for sums in float32
  enum Kind : std::int32_t { single, plus, minus } kind;
};
/// distance: of a tap, in bytes.
template <class F>
void place_terms(const Stencil& s, PlacedTerm* terms, F&& distance) {
  for (std::size_t k = 0; k < s.terms.size(); k++) {
    const Stencil::Term& t = s.terms[k];
    const auto at = [&](int tap) { return distance(s.taps[static_cast<std::size_t>(tap)]); };
    terms[k] = {at(t.tap), t.other < 0 ? 0 : at(t.other), t.weight, static_cast<float>(t.weight),
                t.other < 0 ? PlacedTerm::single
                : t.minus   ? PlacedTerm::minus
                            : PlacedTerm::plus};
  }
}

/// from: the element at distance 0 of the first. places: of a sum its terms (PlacedTerm), else the distances of the taps in
/// bytes (std::int64_t). room: ranked_room(taps) bytes, of ranked stencils.
using StencilLine = void (*)(const Stencil& stencil, const void* places, const std::byte* from, std::int64_t n,
                             std::byte* to, std::byte* room);
struct StencilLoops {
  StencilLine line = nullptr;
  /// Of sums: n elements in the dtype of sums; and lines of sums of these, which are elements of the stencil's dtype.
  void (*fill_strip)(const std::byte* from, std::int64_t n, std::byte* to) = nullptr;
  StencilLine strip = nullptr;
};

/// Elements that a ranked stencil orders side by side.
inline constexpr std::int64_t ranked_block = 32;
inline constexpr std::int64_t ranked_room(std::size_t taps) {
  return static_cast<std::int64_t>(taps) * ranked_block * 8;
}

StencilLoops stencil_loops_of_baseline(const Stencil& stencil, DType type);
StencilLoops stencil_loops_of_avx2(const Stencil& stencil, DType type);
StencilLoops stencil_loops_of_avx512(const Stencil& stencil, DType type);

}  // namespace tessera::cpu
