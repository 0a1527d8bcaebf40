// Folds apart for each group: leaf by leaf, row by row, in blocks whose groups are found first.
#include <tessera/core/device/host_groups.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <tessera/core/box.hpp>
#include <tessera/core/cpu/group_codes.hpp>
#include <tessera/core/cpu/group_loops.hpp>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/load.hpp>
#include <tessera/core/cpu/states.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera {
namespace {

using cpu::FoldGroupRow, cpu::FoldLabelledRow, cpu::GroupLoops, cpu::GroupRow, cpu::group_loops, cpu::load;

FoldGroupRow row_of(const Fold& fold, const Grouping& grouping, DType values) {
  const GroupLoops& loops = group_loops();
  if (grouping.has_values) return loops.row(fold, grouping.skips_nan, values);
  return fold.combiner == Combiner::sum && fold.element == DType::int64 ? loops.count_row : nullptr;
}

FoldLabelledRow labelled_row_of(const Fold& fold, const Grouping& grouping, std::span<const GroupInput> inputs) {
  const GroupLoops& loops = group_loops();
  const bool wide = inputs.back().dtype == DType::int64;
  if (!grouping.by_labels()) return nullptr;
  return grouping.has_values ? loops.labelled(fold, grouping.skips_nan, inputs[0].dtype, wide)
                             : loops.labelled_count(wide);
}

void begin_states(const Fold& fold, std::int64_t n, std::byte* states) {
  const Combiner c = fold.combiner;
  if (c == Combiner::min || c == Combiner::max || c == Combiner::fmin || c == Combiner::fmax)
    cpu::fill_items(item_size(fold.element), states, cpu::identity(c, fold.element).bytes, n);
  else
    cpu::empty_states(fold, n, states);
}

// Counts of a leaf without kept axes: in four tables, so that elements of one bin that follow one another do not wait for
// each other's increments.
class CountTables {
 public:
  static constexpr std::int64_t most = 2048, tables = 4;

  explicit CountTables(std::int64_t groups) : groups_(groups) { std::memset(counts_, 0, sizeof counts_); }
  void add(const std::int32_t* codes, std::int64_t n) {
    std::int64_t i = 0;
    for (; i + tables <= n; i += tables)
      for (int t = 0; t < tables; t++) counts_[t][codes[i + t] + 1]++;
    for (; i < n; i++) counts_[0][codes[i] + 1]++;
  }
  void write(std::byte* states) const {
    auto* to = reinterpret_cast<std::int64_t*>(states);
    for (std::int64_t g = 0; g < groups_; g++) {
      to[g] = 0;
      for (const auto& table : counts_) to[g] += table[g + 1];
    }
  }

 private:
  std::int64_t groups_;
  std::uint32_t counts_[tables][most + 1];  // the first is of what belongs to no group
};

// Counted sums of a leaf without kept axes.
class CountedSums {
 public:
  static constexpr std::int64_t most = 1 << 14;

  std::byte* begin(std::int64_t groups) {
    std::fill_n(sums_.begin(), groups, cpu::CountedSum{0, 0});
    return reinterpret_cast<std::byte*>(sums_.data());
  }
  void write(std::int64_t groups, std::byte* states) const {
    auto *counts = reinterpret_cast<double*>(states), *sums = counts + groups;
    for (std::int64_t g = 0; g < groups; g++)
      counts[g] = sums_[static_cast<std::size_t>(g)].count, sums[g] = sums_[static_cast<std::size_t>(g)].sum;
  }

 private:
  std::array<cpu::CountedSum, most> sums_;
};

class GroupFolder {
 public:
  GroupFolder(const Fold& fold, const Grouping& grouping, std::int64_t first, std::int64_t count,
              std::span<const BinEdges> edges, const Dims& extent, std::uint32_t folded,
              std::span<const GroupInput> inputs)
      : fold_(fold),
        grouping_(grouping),
        first_(first),
        count_(count),
        edges_(edges),
        inputs_(inputs),
        labels_(inputs.subspan(grouping.has_values ? 1 : 0)),
        row_(row_of(fold, grouping, inputs[0].dtype)),
        last_(extent.size() - 1) {
    if (!row_) throw InternalError("groups: no fold " + to_string(fold) + " of " + to_string(inputs[0].dtype));
    state_strides_ = Dims::filled(extent.size(), 0);
    outputs_ = 1;
    for (int i = last_; i >= 0; i--) {
      if (!(folded >> i & 1u)) state_strides_[i] = outputs_, outputs_ *= extent[i];
      if (i == group_axis(folded)) apart_ = outputs_, outputs_ *= count;
    }
    in_tables_ = !grouping.has_values && outputs_ == count && outputs_ <= CountTables::most;
    alike_ = last_ > 0 && !in_tables_;
    for (const GroupInput& k : labels_) alike_ = alike_ && k.memory.strides[last_] == 0;
    axis_ = alike_ ? last_ - 1 : last_;
    const bool beside = fold.combiner == Combiner::nan_sum;
    bool dense = !in_tables_ && !alike_ && outputs_ == grouping.groups && count == grouping.groups;
    for (const GroupInput& k : inputs) dense = dense && k.memory.strides[last_] == item_size(k.dtype);
    if (dense && (!beside || count <= CountedSums::most)) labelled_ = labelled_row_of(fold, grouping, inputs);
  }
  std::int64_t outputs() const { return outputs_; }

  std::optional<WrongLabel> leaf(const Dims& lo, const Dims& extent, std::byte* states) {
    if (labelled_ && fold_.combiner == Combiner::nan_sum) {
      CountedSums sums;
      const auto wrong = labelled(lo, extent, sums.begin(count_));
      sums.write(count_, states);
      return wrong;
    }
    std::optional<CountTables> tables;
    if (in_tables_)
      tables.emplace(count_);
    else
      begin_states(fold_, outputs_, states);
    if (labelled_) return labelled(lo, extent, states);
    Dims rows = extent;
    for (int i = axis_; i <= last_; i++) rows[i] = std::min<std::int64_t>(1, extent[i]);
    std::optional<WrongLabel> wrong;
    for_each_index(rows, [&](const Dims& offset) {
      if (wrong) return;
      Dims at = lo;
      for (int i = 0; i <= last_; i++) at[i] += offset[i];
      wrong = along_codes(at, extent, tables ? &*tables : nullptr, states);
    });
    if (tables) tables->write(states);
    return wrong;
  }

 private:
  // Rows of elements that have a label each.
  std::optional<WrongLabel> labelled(const Dims& lo, const Dims& extent, std::byte* states) {
    Dims rows = extent;
    rows[last_] = std::min<std::int64_t>(1, extent[last_]);
    std::optional<WrongLabel> wrong;
    for_each_index(rows, [&](const Dims& offset) {
      if (wrong) return;
      Dims at = lo;
      for (int i = 0; i <= last_; i++) at[i] += offset[i];
      const std::byte* const values = grouping_.has_values ? address(inputs_[0].memory, at) : nullptr;
      const std::int64_t n = extent[last_];
      at[last_] += labelled_({address(labels_[0].memory, at), values, n, grouping_.least_label, count_}, states);
      if (at[last_] < lo[last_] + n) wrong = WrongLabel{at, label_at(at)};
    });
    return wrong;
  }

  // A row, or, where each has one code, rows along the axis before.
  std::optional<WrongLabel> along_codes(const Dims& at, const Dims& extent, CountTables* tables, std::byte* states) {
    std::array<std::int32_t, cpu::group_block> codes;
    const StridedInput& values = inputs_[0].memory;
    GroupRow part;
    part.codes = codes.data(), part.apart = apart_, part.alike = alike_;
    part.step = state_strides_[last_], part.row_step = state_strides_[axis_];
    part.stride = values.strides[last_], part.row_stride = values.strides[axis_];
    for (int i = 0; i <= last_; i++) part.at += at[i] * state_strides_[i];
    std::int64_t n = 0;
    for (std::int64_t done = 0; done < extent[axis_]; done += n, part.at += n * state_strides_[axis_]) {
      n = std::min(extent[axis_] - done, cpu::group_block);
      part.n = alike_ ? extent[last_] : n;
      part.rows = alike_ ? n : 1;
      Dims begin = at;
      begin[axis_] += done;
      if (const auto wrong = find_codes(begin, n, codes.data())) {
        begin[axis_] += *wrong;
        return WrongLabel{begin, label_at(begin)};
      }
      if (count_ < grouping_.groups) take_band(n, codes.data());
      if (tables) {
        tables->add(codes.data(), n);
        continue;
      }
      part.values = address(values, begin);
      row_(part, outputs_, states);
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> find_codes(const Dims& at, std::int64_t n, std::int32_t* codes) const {
    if (grouping_.by_labels()) {
      const StridedInput& m = labels_[0].memory;
      return cpu::codes_of_labels(labels_[0].dtype, address(m, at), m.strides[axis_], n, grouping_.least_label,
                                  grouping_.groups, codes);
    }
    for (std::size_t k = 0; k < labels_.size(); k++) {
      const StridedInput& m = labels_[k].memory;
      cpu::codes_of_bins(labels_[k].dtype, edges_[k], address(m, at), m.strides[axis_], n, k == 0, codes);
    }
    return std::nullopt;
  }

  void take_band(std::int64_t n, std::int32_t* codes) const {
    const auto first = static_cast<std::int32_t>(first_), end = static_cast<std::int32_t>(first_ + count_);
    for (std::int64_t i = 0; i < n; i++) codes[i] = codes[i] >= first && codes[i] < end ? codes[i] - first : -1;
  }

  std::int64_t label_at(const Dims& at) const {
    const std::byte* from = address(labels_[0].memory, at);
    return labels_[0].dtype == DType::int32 ? load<std::int32_t>(from) : load<std::int64_t>(from);
  }
  static const std::byte* address(const StridedInput& memory, const Dims& at) {
    const std::byte* p = memory.data;
    for (int i = 0; i < at.size(); i++) p += at[i] * memory.strides[i];
    return p;
  }

  const Fold& fold_;
  const Grouping& grouping_;
  std::int64_t first_, count_;  // the band
  std::span<const BinEdges> edges_;
  std::span<const GroupInput> inputs_, labels_;
  FoldGroupRow row_;
  FoldLabelledRow labelled_ =
      nullptr;  // where each element of dense rows has a label, and the states of groups are dense
  int last_;
  Dims state_strides_;                    // of domain axes; 0 on folded ones
  std::int64_t apart_ = 1, outputs_ = 1;  // from one group to the next; states of a leaf
  bool in_tables_ = false;
  bool alike_ = true;  // what lies in a row belongs to one group
  int axis_ = 0;       // along which codes are found: the last one, where rows are alike the one before
};

}  // namespace

bool is_grouped(const Fold& fold) { return !fold.user && row_of(fold, Grouping{}, fold.element) != nullptr; }

std::optional<WrongLabel> fold_groups(const Fold& fold, const Grouping& grouping, std::int64_t first,
                                      std::int64_t count, std::span<const BinEdges> edges, const Dims& extent,
                                      std::uint32_t folded, const Dims& leaf, std::span<const GroupInput> inputs,
                                      std::byte* states) {
  GroupFolder folder(fold, grouping, first, count, edges, extent, folded, inputs);
  Dims leaves;
  for (int i = 0; i < extent.size(); i++) leaves.push_back(folded >> i & 1u ? ceil_div(extent[i], leaf[i]) : 1);
  const std::int64_t bytes = fold.layout().bytes(folder.outputs());
  std::optional<WrongLabel> wrong;
  for_each_index(leaves, [&](const Dims& number) {
    if (wrong) return;
    Dims lo = Dims::filled(extent.size(), 0), part = extent;
    for (int i = 0; i < extent.size(); i++) {
      if (!(folded >> i & 1u)) continue;
      lo[i] = number[i] * leaf[i];
      part[i] = std::min(leaf[i], extent[i] - lo[i]);
    }
    wrong = folder.leaf(lo, part, states);
    states += bytes;
  });
  return wrong;
}

}  // namespace tessera
