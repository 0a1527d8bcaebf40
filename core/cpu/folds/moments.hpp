#pragma once
// The LeafFold of mean and M2.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

inline double element(const std::byte* p, std::int64_t i, bool narrow) {
  if (narrow) {
    float v;
    std::memcpy(&v, p + i * 4, 4);
    return static_cast<double>(v);
  }
  double v;
  std::memcpy(&v, p + i * 8, 8);
  return v;
}

inline bool is_finite(double x) { return std::fabs(x) <= std::numeric_limits<double>::max(); }

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

}  // namespace tessera::cpu
