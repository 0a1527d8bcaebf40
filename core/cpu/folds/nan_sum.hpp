#pragma once
// The LeafFold of sums that skip NaN, which count what they sum.
#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

/// nan_sum: what is no number is neither summed nor counted.
class NanSumFold final : public LeafFold {
 public:
  void reset(const Machine& m, const Fold& fold) {
    if (fold.element != DType::float64)
      throw DTypeError("nan_sum: the program must give float64, not " + to_string(fold.element));
    machine_ = &m;
    combine_ = m.combine(Combiner::sum, DType::float64);
    s_ = lines_.take<double>(2 * output_block);
    counts_ = s_ + output_block;
  }
  bool read(DType from) override {
    functions_ = machine_->moments(from);
    item_ = item_size(from);
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
  bool takes_turned(DType from) const override { return machine_->moments(from) != nullptr; }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions,
              std::byte* const* out) override {
    double* s = turned_.take<double>(2 * turned_elements);
    double* counts = s + n * length;
    std::fill_n(s, n * length, 0.0);
    std::fill_n(counts, n, 0.0);
    for (std::int64_t l = 0; l < length; l++)
      functions_->sums_nan(n, 1, elements + l * n * item_, 0, s, s + l * n, s, counts, 0);
    auto* lines = reinterpret_cast<std::byte*>(s);
    fold_lanes(combine_, n * 8, n, length, lines, lines);
    put(out[0], counts, n * 8);
    put(out[1], s, n * 8);
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
  std::int64_t item_ = 8;
  CombineStates combine_ = nullptr;
  Lines lines_, turned_;
  double *s_ = nullptr, *counts_ = nullptr;
};

}  // namespace tessera::cpu
