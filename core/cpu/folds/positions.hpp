#pragma once
// The LeafFold of extremes and where they are.
#include <cstring>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

/// argmin, argmax, nanargmin, nanargmax.
class PositionFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    functions_ = m.positions(fold.combiner, fold.element);
    if (!functions_) throw DTypeError("reduction: no order among values of dtype " + to_string(fold.element));
    type_ = fold.element;
    item_ = item_size(type_);
    at_ = lines_.take<std::int64_t>(3 * output_block + leaf_positions);
    rows_ = at_ + output_block;
    numbers_ = reinterpret_cast<std::byte*>(rows_ + leaf_positions);
    best_ = numbers_ + output_block * 8;
  }
  bool read(DType from) override { return from == type_; }
  void begin_along() override {
    *at_ = -1;
    std::memset(best_, 0, item_);
  }
  void along(std::int64_t n, const std::byte* elements, PiecePositions p) override {
    functions_->along(n, elements, p.first, p.step, at_, best_);
  }
  void end_along(std::int64_t, std::byte* const* out) override {
    put(out[0], at_, 8);
    put(out[1], best_, item_);
  }
  bool takes_turned(DType from) const override { return from == type_; }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions p,
              std::byte* const* out) override {
    begin_across(n);
    across(n, length, elements, n * item_, 0, p);
    end_across(n, length, out);
  }
  void begin_across(std::int64_t) override { rows_folded_ = 0; }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions p) override {
    for (std::int64_t r = 0; r < rows; r++) rows_[rows_folded_ + r] = p.first + r * p.step;
    functions_->across(n, rows, elements, stride, rows_folded_, numbers_, best_, ahead);
    rows_folded_ += rows;
  }
  void end_across(std::int64_t n, std::int64_t, std::byte* const* out) override {
    functions_->place(n, numbers_, rows_, at_, best_);
    put(out[0], at_, n * 8);
    put(out[1], best_, n * item_);
  }

 private:
  const PositionFunctions* functions_ = nullptr;
  DType type_ = DType::bool_;
  std::int64_t item_ = 0, rows_folded_ = 0;
  Lines lines_;
  std::int64_t *at_ = nullptr, *rows_ = nullptr;  // rows_: the positions of the leaf's rows
  std::byte *numbers_ = nullptr, *best_ = nullptr;
};

}  // namespace tessera::cpu
