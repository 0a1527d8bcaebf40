#pragma once
// The LeafFold of states of one component that is of the elements' dtype.
#include <algorithm>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/cpu/states.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

/// sum, prod, min, max, fmin, fmax, any, all.
class SimpleFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    machine_ = &m;
    const DType type = fold.element;
    fold_ = m.fold(fold.combiner, type);
    if (!fold_) throw DTypeError("reduction: no order among values of dtype " + to_string(type));
    item_ = item_size(type);
    combine_ = m.combine(fold.combiner, type);
    state_ = lines_.take<std::byte>(output_block * item_);
    const ScalarBits neutral = identity(fold.combiner, type);
    if (combiner_ != fold.combiner || type_ != type) {
      identities_ = identity_lines_.take<std::byte>(output_block * item_);
      fill_items(item_, identities_, neutral.bytes, output_block);
      combiner_ = fold.combiner;
      type_ = type;
    }
  }
  bool read(DType from) override {
    from_ = from;
    sweep_ = machine_->sweep(combiner_, type_, from);
    rows_ = machine_->rows(combiner_, type_, from);
    return sweep_ != nullptr;
  }
  void begin_along() override { put(state_, identities_, lanes * item_); }
  void along(std::int64_t n, const std::byte* elements, PiecePositions) override { sweep_(n, elements, state_); }
  void end_along(std::int64_t, std::byte* const* out) override {
    fold_(state_);
    put(out[0], state_, item_);
  }
  bool takes_turned(DType from) const override {
    return combine_ && (from == type_ || machine_->rows(combiner_, type_, from));
  }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions,
              std::byte* const* out) override {
    std::byte* state = turned_.take<std::byte>(turned_elements * item_);
    if (from_ != type_) {
      for (std::int64_t i = 0; i < n * length; i += output_block)
        put(state + i * item_, identities_, std::min(output_block, n * length - i) * item_);
      rows_(n * length, 1, elements, 0, state, 0);
      elements = state;
    }
    fold_lanes(combine_, n * item_, n, length, elements, state);
    put(out[0], state, n * item_);
  }
  void begin_across(std::int64_t n) override {
    rows_state_ = state_;
    put(state_, identities_, n * item_);
  }
  bool begin_across_in_place(std::int64_t n, std::byte* const* out) override {
    rows_state_ = out[0];
    put(rows_state_, identities_, n * item_);
    return true;
  }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions) override {
    rows_(n, rows, elements, stride, rows_state_, ahead);
  }
  void end_across(std::int64_t n, std::int64_t, std::byte* const* out) override {
    if (rows_state_ == state_) put(out[0], state_, n * item_);
  }
  std::byte* machine_state() override { return state_; }

 private:
  const Machine* machine_ = nullptr;
  decltype(Machine::fold(Combiner{}, DType{})) fold_ = nullptr;
  CombineStates combine_ = nullptr;
  decltype(Machine::sweep(Combiner{}, DType{}, DType{})) sweep_ = nullptr;
  decltype(Machine::rows(Combiner{}, DType{}, DType{})) rows_ = nullptr;
  std::int64_t item_ = 0;
  Combiner combiner_ = Combiner::user;
  DType type_ = DType::bool_, from_ = DType::bool_;
  Lines lines_, identity_lines_, turned_;
  std::byte *state_ = nullptr, *identities_ = nullptr;
  std::byte* rows_state_ = nullptr;  // `state_`, or where the states go
};

}  // namespace tessera::cpu
