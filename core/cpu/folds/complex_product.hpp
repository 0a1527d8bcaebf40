#pragma once
// The LeafFold of products of complex numbers.
#include <algorithm>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>

namespace tessera::cpu {

/// prod of complex numbers, which have no neutral element: inf * (1 + 0j) is not inf. Each lane begins with its first
/// element.
class ComplexProductFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    multiply_ = m.combine(fold.combiner, fold.element);
    type_ = fold.element;
    item_ = item_size(type_);
    state_ = lines_.take<std::byte>(output_block * item_);
  }
  bool read(DType from) override { return from == type_; }
  void begin_along() override { filled_ = 0; }
  void along(std::int64_t n, const std::byte* elements, PiecePositions) override {
    for (std::int64_t i = 0; i < n; i += lanes) {
      const std::int64_t some = std::min<std::int64_t>(lanes, n - i), known = std::min(some, filled_);
      multiply_(known, state_, elements + i * item_);
      put(state_ + known * item_, elements + (i + known) * item_, (some - known) * item_);
      filled_ = std::max(filled_, some);
    }
  }
  void end_along(std::int64_t, std::byte* const* out) override {
    for (std::int64_t half = lanes / 2; half > 0; half /= 2)
      if (filled_ > half) multiply_(std::min(half, filled_ - half), state_, state_ + half * item_);
    put(out[0], state_, item_);
  }
  bool takes_turned(DType from) const override { return from == type_; }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions,
              std::byte* const* out) override {
    std::byte* state = turned_.take<std::byte>(turned_elements * item_);
    fold_lanes(multiply_, n * item_, n, length, elements, state);
    put(out[0], state, n * item_);
  }
  void begin_across(std::int64_t) override { filled_ = 0; }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t,
              PiecePositions) override {
    for (std::int64_t r = 0; r < rows; r++) {
      if (filled_)
        multiply_(n, state_, elements + r * stride);
      else
        put(state_, elements, n * item_);
      filled_ = n;
    }
  }
  void end_across(std::int64_t n, std::int64_t, std::byte* const* out) override { put(out[0], state_, n * item_); }

 private:
  CombineStates multiply_ = nullptr;
  DType type_ = DType::complex128;
  std::int64_t item_ = 0, filled_ = 0;
  Lines lines_, turned_;
  std::byte* state_ = nullptr;
};

}  // namespace tessera::cpu
