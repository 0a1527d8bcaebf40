#pragma once
// The LeafFold of states of one component that is of the elements' dtype.
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
  decltype(Machine::sweep(Combiner{}, DType{}, DType{})) sweep_ = nullptr;
  decltype(Machine::rows(Combiner{}, DType{}, DType{})) rows_ = nullptr;
  std::int64_t item_ = 0;
  Combiner combiner_ = Combiner::user;
  DType type_ = DType::bool_;
  Lines lines_, identity_lines_;
  std::byte *state_ = nullptr, *identities_ = nullptr;
  std::byte* rows_state_ = nullptr;  // `state_`, or where the states go
};

}  // namespace tessera::cpu
