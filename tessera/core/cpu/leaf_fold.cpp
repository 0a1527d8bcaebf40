#include <tessera/core/cpu/leaf_fold.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/states.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

/// Memory on a cache line's edge that grows and stays.
class Lines {
 public:
  template <class T>
  T* take(std::int64_t n) {
    const auto bytes = static_cast<std::size_t>(n) * sizeof(T) + 64;
    if (memory_.size() < bytes) memory_.resize(bytes);
    return reinterpret_cast<T*>((reinterpret_cast<std::uintptr_t>(memory_.data()) + 63) / 64 * 64);
  }

 private:
  std::vector<std::byte> memory_;
};

void put(std::byte* to, const void* from, std::int64_t bytes) {
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

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
  void begin_across(std::int64_t n) override { put(state_, identities_, n * item_); }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions) override {
    rows_(n, rows, elements, stride, state_, ahead);
  }
  void end_across(std::int64_t n, std::int64_t, std::byte* const* out) override { put(out[0], state_, n * item_); }
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
};

double element(const std::byte* p, std::int64_t i, bool narrow) {
  if (narrow) {
    float v;
    std::memcpy(&v, p + i * 4, 4);
    return static_cast<double>(v);
  }
  double v;
  std::memcpy(&v, p + i * 8, 8);
  return v;
}

bool is_finite(double x) { return std::fabs(x) <= std::numeric_limits<double>::max(); }

/// moments and nan_moments: shifted sums (simd/moments.hpp).
class MomentsFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    if (fold.element != DType::float64)
      throw DTypeError("moments: the program must give float64, not " + to_string(fold.element));
    machine_ = &m;
    skips_ = fold.combiner == Combiner::nan_moments;
    double* p = lines_.take<double>(5 * output_block);
    for (double** a : {&shift_, &s_, &q_, &counts_, &before_}) *a = p, p += output_block;
  }
  bool read(DType from) override {
    functions_ = machine_->moments(from);
    narrow_ = from == DType::float32;
    return functions_ != nullptr;
  }

  void begin_along() override {
    clear(lanes);
    shifted_ = false;
    one_shift_ = 0;
  }
  void along(std::int64_t n, const std::byte* elements, PiecePositions) override {
    if (!shifted_) choose_shift(n, elements);
    if (!skips_) return functions_->along(n, elements, one_shift_, s_, q_, nullptr);
    // Most data has no NaN: as if there were none, and again if there was one.
    std::memcpy(before_, s_, lanes * sizeof(double));
    std::memcpy(before_ + lanes, q_, lanes * sizeof(double));
    functions_->along(n, elements, one_shift_, s_, q_, nullptr);
    bool spoilt = false;
    for (int l = 0; l < lanes; l++) spoilt |= s_[l] != s_[l];
    if (!spoilt) {
      counts_[0] += static_cast<double>(n);
      return;
    }
    std::memcpy(s_, before_, lanes * sizeof(double));
    std::memcpy(q_, before_ + lanes, lanes * sizeof(double));
    functions_->along_nan(n, elements, one_shift_, s_, q_, counts_);
  }
  void end_along(std::int64_t count, std::byte* const* out) override {
    double n = static_cast<double>(count);
    if (skips_) {
      n = 0;
      for (int l = 0; l < lanes; l++) n += counts_[l];
    }
    functions_->fold(s_);
    functions_->fold(q_);
    functions_->finish(1, &one_shift_, s_, q_, &n, 0);
    if (skips_) put(*out++, &n, 8);
    put(out[0], s_, 8);
    put(out[1], q_, 8);
  }

  void whole(std::int64_t n, const std::byte* elements, PiecePositions positions, std::byte* const* out) override {
    const double first = element(elements, 0, narrow_), shift = is_finite(first) ? first : 0.0;
    double mean, m2;
    functions_->row(n, elements, shift, &mean, &m2);
    if (skips_ && mean != mean) return LeafFold::whole(n, elements, positions, out);
    const double count = static_cast<double>(n);
    if (skips_) put(*out++, &count, 8);
    put(out[0], &mean, 8);
    put(out[1], &m2, 8);
  }

  void begin_across(std::int64_t n) override {
    clear(n);
    shifted_ = false;
    if (skips_) std::fill_n(shift_, n, 0.0);
  }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions) override {
    if (!skips_ && !shifted_) functions_->shifts(n, elements, shift_);
    shifted_ = true;
    (skips_ ? functions_->across_nan : functions_->across)(n, rows, elements, stride, shift_, s_, q_, counts_, ahead);
  }
  void end_across(std::int64_t n, std::int64_t count, std::byte* const* out) override {
    const double all = static_cast<double>(count);
    functions_->finish(n, shift_, s_, q_, skips_ ? counts_ : &all, skips_ ? 1 : 0);
    if (skips_) put(*out++, counts_, n * 8);
    put(out[0], s_, n * 8);
    put(out[1], q_, n * 8);
  }

 private:
  void clear(std::int64_t n) {
    std::memset(s_, 0, static_cast<std::size_t>(n) * sizeof(double));
    std::memset(q_, 0, static_cast<std::size_t>(n) * sizeof(double));
    if (skips_) std::memset(counts_, 0, static_cast<std::size_t>(n) * sizeof(double));
  }
  /// The leaf's first element, or where NaN is skipped its first finite one; 0 when that is not finite.
  void choose_shift(std::int64_t n, const std::byte* elements) {
    for (std::int64_t i = 0; i < n && !shifted_; i++) {
      const double x = element(elements, i, narrow_);
      if (is_finite(x)) {
        one_shift_ = x;
        shifted_ = true;
      }
      if (!skips_) shifted_ = true;
    }
  }

  const Machine* machine_ = nullptr;
  const MomentFunctions* functions_ = nullptr;
  bool narrow_ = false, skips_ = false, shifted_ = false;
  double one_shift_ = 0;
  Lines lines_;
  double *shift_ = nullptr, *s_ = nullptr, *q_ = nullptr, *counts_ = nullptr, *before_ = nullptr;
};

/// nan_sum: what is no number is neither summed nor counted.
class NanSumFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    if (fold.element != DType::float64)
      throw DTypeError("nan_sum: the program must give float64, not " + to_string(fold.element));
    machine_ = &m;
    s_ = lines_.take<double>(2 * output_block);
    counts_ = s_ + output_block;
  }
  bool read(DType from) override {
    functions_ = machine_->moments(from);
    sweep_ = machine_->sweep(Combiner::sum, DType::float64, from);
    return functions_ != nullptr;
  }
  void begin_along() override { begin_across(lanes); }
  void along(std::int64_t n, const std::byte* elements, PiecePositions) override {
    // Most data has no NaN: as if there were none, and again if there was one.
    double before[lanes];
    std::memcpy(before, s_, sizeof before);
    sweep_(n, elements, reinterpret_cast<std::byte*>(s_));
    bool spoilt = false;
    for (int l = 0; l < lanes; l++) spoilt |= s_[l] != s_[l];
    if (!spoilt) {
      counts_[0] += static_cast<double>(n);
      return;
    }
    std::memcpy(s_, before, sizeof before);
    functions_->sum_nan(n, elements, 0, s_, s_, counts_);
  }
  void end_along(std::int64_t, std::byte* const* out) override {
    double n = 0;
    for (int l = 0; l < lanes; l++) n += counts_[l];
    functions_->fold(s_);
    put(out[0], &n, 8);
    put(out[1], s_, 8);
  }
  void begin_across(std::int64_t n) override {
    std::fill_n(s_, n, 0.0);
    std::fill_n(counts_, n, 0.0);
  }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions) override {
    functions_->sums_nan(n, rows, elements, stride, s_, s_, s_, counts_, ahead);
  }
  void end_across(std::int64_t n, std::int64_t, std::byte* const* out) override {
    put(out[0], counts_, n * 8);
    put(out[1], s_, n * 8);
  }

 private:
  const Machine* machine_ = nullptr;
  const MomentFunctions* functions_ = nullptr;
  decltype(Machine::sweep(Combiner{}, DType{}, DType{})) sweep_ = nullptr;
  Lines lines_;
  double *s_ = nullptr, *counts_ = nullptr;
};

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
    std::memset(best_, 0, static_cast<std::size_t>(item_));
  }
  void along(std::int64_t n, const std::byte* elements, PiecePositions p) override {
    functions_->along(n, elements, p.first, p.step, at_, best_);
  }
  void end_along(std::int64_t, std::byte* const* out) override {
    put(out[0], at_, 8);
    put(out[1], best_, item_);
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

bool is_complex_product(const Fold& fold) { return fold.combiner == Combiner::prod && is_complex(fold.element); }

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
  decltype(Machine::combine(Combiner{}, DType{})) multiply_ = nullptr;
  DType type_ = DType::complex128;
  std::int64_t item_ = 0, filled_ = 0;
  Lines lines_;
  std::byte* state_ = nullptr;
};

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

}  // namespace

bool has_machine_code(const Fold& fold) {
  const Combiner c = fold.combiner;
  if (is_complex_product(fold)) return false;
  return c <= Combiner::max || c == Combiner::any || c == Combiner::all;
}

LeafFold& leaf_fold(const Machine& machine, const Fold& fold, std::size_t place) {
  struct Folds {
    SimpleFold simple;
    MomentsFold moments;
    NanSumFold nan_sum;
    PositionFold position;
    GatheredFold gathered;
    ComplexProductFold product;
  };
  thread_local std::array<Folds, most_folds_together> places;
  auto& [simple, moments, nan_sum, position, gathered, product] = places[place];
  switch (fold.combiner) {
    case Combiner::moments:
    case Combiner::nan_moments:
      moments.reset(machine, fold);
      return moments;
    case Combiner::nan_sum:
      nan_sum.reset(machine, fold);
      return nan_sum;
    case Combiner::argmin:
    case Combiner::argmax:
    case Combiner::nanargmin:
    case Combiner::nanargmax:
      position.reset(machine, fold);
      return position;
    case Combiner::user:
      gathered.reset(fold);
      return gathered;
    default:
      if (is_complex_product(fold)) {
        product.reset(machine, fold);
        return product;
      }
      simple.reset(machine, fold);
      return simple;
  }
}

}  // namespace tessera::cpu
