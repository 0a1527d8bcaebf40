#pragma once
// The LeafFold of mean and M2.
#include <algorithm>
#include <array>
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
    combine_ = m.combine(Combiner::sum, DType::float64);
    skips_ = fold.combiner == Combiner::nan_moments;
    double* p = lines_.take<double>(5 * output_block);
    for (double** a : {&shift_, &s_, &q_, &counts_, &before_}) *a = p, p += output_block;
  }
  bool read(DType from) override {
    functions_ = machine_->moments(from);
    narrow_ = from == DType::float32;
    item_ = item_size(from);
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

  bool takes_turned(DType from) const override { return machine_->moments(from) != nullptr; }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions positions,
              std::byte* const* out) override {
    double *s = turned_.take<double>(2 * turned_elements), *q = s + turned_elements;
    std::fill_n(s, n * length, 0.0);
    std::fill_n(q, n * length, 0.0);
    functions_->shifts(n, elements, shift_);
    for (std::int64_t l = 0; l < length; l++)
      functions_->across(n, 1, elements + l * n * item_, 0, shift_, s + l * n, q + l * n, counts_, 0);
    if (skips_ && !std::all_of(s, s + n * length, is_finite)) return turned_back(n, length, elements, positions, out);
    for (double* sums : {s, q}) {
      auto* lines = reinterpret_cast<std::byte*>(sums);
      fold_lanes(combine_, n * 8, n, length, lines, lines);
    }
    const auto count = static_cast<double>(length);
    functions_->finish(n, shift_, s, q, &count, 0);
    if (skips_)
      for (std::int64_t i = 0; i < n; i++) put(out[0] + i * 8, &count, 8);
    put(out[skips_ ? 1 : 0], s, n * 8);
    put(out[skips_ ? 2 : 1], q, n * 8);
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
  /// Row by row, where there is something to skip.
  void turned_back(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions positions,
                   std::byte* const* out) {
    std::array<std::byte, lanes * 8> row;
    for (std::int64_t i = 0; i < n; i++) {
      for (std::int64_t l = 0; l < length; l++) put(&row[l * item_], elements + (l * n + i) * item_, item_);
      std::byte* const at[] = {out[0] + i * 8, out[1] + i * 8, out[2] + i * 8};
      LeafFold::whole(length, row.data(), positions, at);
    }
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
  std::int64_t item_ = 8;
  CombineStates combine_ = nullptr;
  Lines lines_, turned_;
  double *shift_ = nullptr, *s_ = nullptr, *q_ = nullptr, *counts_ = nullptr, *before_ = nullptr;
};

}  // namespace tessera::cpu
