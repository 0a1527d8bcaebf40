#include <tessera/core/cpu/group_fold.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <tessera/core/cpu/folds/moments.hpp>

namespace tessera::cpu {
namespace {

/// Shorter leaves are folded one way after another.
constexpr std::int64_t least_summary = 512;

bool is_moments(Combiner c) { return c == Combiner::moments || c == Combiner::nan_moments; }
bool is_extreme(Combiner c) {
  return c == Combiner::min || c == Combiner::max || c == Combiner::fmin || c == Combiner::fmax;
}

class GroupFold final : public LeafFold {
 public:
  void reset(const Machine& m, std::span<const FoldInto> folds) {
    machine_ = &m;
    known_ = false;
    count_ = folds.size();
    for (std::size_t k = 0; k < count_; k++) {
      combiners_[k] = folds[k].fold->combiner;
      elements_[k] = folds[k].fold->element;
      components_[k] = folds[k].fold->layout().components;
      members_[k] = &leaf_fold(m, *folds[k].fold, k);
    }
  }
  bool read(DType from) override {
    if (known_ && from == from_) return takes_;  // asked for each leaf
    bool all = true;
    for (std::size_t k = 0; k < count_; k++) all = members_[k]->read(from) && all;
    known_ = true, takes_ = all;
    from_ = from;
    moments_ = machine_->moments(from);
    summary_ = summary_for(from);
    return all;
  }

  void begin_along() override {
    for (std::size_t k = 0; k < count_; k++) members_[k]->begin_along();
  }
  void along(std::int64_t n, const std::byte* elements, PiecePositions positions) override {
    for (std::size_t k = 0; k < count_; k++) members_[k]->along(n, elements, positions);
  }
  void end_along(std::int64_t count, std::byte* const* out) override {
    for (std::size_t k = 0; k < count_; out += components_[k++]) members_[k]->end_along(count, out);
  }
  void whole(std::int64_t n, const std::byte* elements, PiecePositions positions, std::byte* const* out) override {
    if (summary_ && n >= least_summary && summarize(n, elements, out)) return;
    for (std::size_t k = 0; k < count_; out += components_[k++]) members_[k]->whole(n, elements, positions, out);
  }

  bool takes_turned(DType from) const override {
    return std::all_of(members_.begin(), members_.begin() + static_cast<std::ptrdiff_t>(count_),
                       [&](const LeafFold* fold) { return fold->takes_turned(from); });
  }
  void turned(std::int64_t n, std::int64_t length, const std::byte* elements, PiecePositions positions,
              std::byte* const* out) override {
    for (std::size_t k = 0; k < count_; out += components_[k++])
      members_[k]->turned(n, length, elements, positions, out);
  }
  void begin_across(std::int64_t n) override {
    for (std::size_t k = 0; k < count_; k++) members_[k]->begin_across(n);
  }
  void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride, std::int64_t ahead,
              PiecePositions positions) override {
    for (std::size_t k = 0; k < count_; k++) members_[k]->across(n, rows, elements, stride, ahead, positions);
  }
  void end_across(std::int64_t n, std::int64_t count, std::byte* const* out) override {
    for (std::size_t k = 0; k < count_; out += components_[k++]) members_[k]->end_across(n, count, out);
  }

 private:
  /// Null unless the folds are moments beside something else, all of it in a RowSummary, extremes of one kind.
  SummaryFunctions::Row summary_for(DType from) {
    const SummaryFunctions* functions = machine_->summary(from);
    if (!functions || !moments_ || count_ < 2) return nullptr;
    bool any_moments = false, plain = false, skipping = false;
    zero_ = 0.0;
    bool sums = false, nan_sums = false;
    for (std::size_t k = 0; k < count_; k++) {
      const Combiner c = combiners_[k];
      any_moments |= is_moments(c);
      plain |= c == Combiner::min || c == Combiner::max;
      skipping |= (c == Combiner::fmin || c == Combiner::fmax);
      sums |= c == Combiner::sum;
      nan_sums |= c == Combiner::nan_sum;
      if (!is_moments(c) && !is_extreme(c) && c != Combiner::sum && c != Combiner::nan_sum) return nullptr;
    }
    if (!any_moments || (plain && skipping) || (sums && nan_sums)) return nullptr;
    if (sums) zero_ = -0.0;  // as the folds of their own begin
    return skipping ? functions->skipping : functions->plain;
  }

  /// false: there is a NaN, or what looks like one, and nothing was done.
  bool summarize(std::int64_t n, const std::byte* elements, std::byte* const* out) {
    const double first = element(elements, 0, from_ == DType::float32), shift = is_finite(first) ? first : 0.0;
    RowSummary row;
    summary_(n, elements, shift, zero_, row);
    if (row.shifted != row.shifted) return false;
    const double count = static_cast<double>(n);
    moments_->finish(1, &shift, &row.shifted, &row.squares, &count, 0);
    const auto put = [&](double v) { std::memcpy(*out++, &v, sizeof v); };
    for (std::size_t k = 0; k < count_; k++) {
      switch (combiners_[k]) {
        case Combiner::nan_moments:
          put(count);
          [[fallthrough]];
        case Combiner::moments:
          put(row.shifted);
          put(row.squares);
          break;
        case Combiner::nan_sum:
          put(count);
          [[fallthrough]];
        case Combiner::sum:
          put(row.sum);
          break;
        default: {
          const bool least = combiners_[k] == Combiner::min || combiners_[k] == Combiner::fmin;
          const double v = least ? row.least : row.greatest;
          if (elements_[k] == DType::float32) {
            const float narrow = static_cast<float>(v);
            std::memcpy(*out++, &narrow, sizeof narrow);
          } else {
            put(v);
          }
        }
      }
    }
    return true;
  }

  const Machine* machine_ = nullptr;
  const MomentFunctions* moments_ = nullptr;
  SummaryFunctions::Row summary_ = nullptr;
  DType from_ = DType::float64;
  bool known_ = false, takes_ = false;  // whether it has been asked, and the answer
  double zero_ = 0;
  std::size_t count_ = 0;
  std::array<LeafFold*, most_folds_together> members_{};
  std::array<Combiner, most_folds_together> combiners_{};
  std::array<DType, most_folds_together> elements_{};
  std::array<int, most_folds_together> components_{};
};

}  // namespace

LeafFold& group_fold(const Machine& machine, std::span<const FoldInto> folds) {
  thread_local GroupFold group;
  group.reset(machine, folds);
  return group;
}

}  // namespace tessera::cpu
