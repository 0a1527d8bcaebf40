#pragma once
// The LeafFold of a reduction of the user's.
#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

/// A user's reduction: the leaf's elements are brought together for the chunk function.
class GatheredFold final : public LeafFold {
 public:
  void reset(const Fold& fold) {
    user_ = fold.user.get();
    type_ = fold.element;
    item_ = item_size(type_);
    elements_ = lines_.take<std::byte>(leaf_positions * item_);
  }
  bool read(DType from) override { return from == type_; }
  void begin_along() override { n_ = 0; }
  void along(std::int64_t n, const std::byte* elements, PiecePositions) override {
    put(elements_ + n_ * item_, elements, n * item_);
    n_ += n;
  }
  void end_along(std::int64_t, std::byte* const* out) override { user_->chunk(elements_, n_, out[0]); }
  void begin_across(std::int64_t) override {}
  void across(std::int64_t, std::int64_t, const std::byte*, std::int64_t, std::int64_t, PiecePositions) override {
    throw InternalError("a user's reduction folds along its outputs");
  }
  void end_across(std::int64_t, std::int64_t, std::byte* const*) override {}
  bool only_along() const override { return true; }

 private:
  const UserFold* user_ = nullptr;  // the caller's: nothing of it stays alive here
  DType type_ = DType::bool_;
  std::int64_t item_ = 0, n_ = 0;
  Lines lines_;
  std::byte* elements_ = nullptr;
};

}  // namespace tessera::cpu
