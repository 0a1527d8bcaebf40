#pragma once
// The loops over elements of groups, compiled for each target.
#include <cstddef>
#include <cstdint>

#include <tessera/core/device/host_groups.hpp>

namespace tessera::cpu {

/// Elements that are folded into states[at + code * apart + i * step]: of a row of n, with n codes, or, where `alike`, of
/// several rows, each with one code for all of it.
struct GroupRow {
  const std::byte* values = nullptr;
  std::int64_t stride = 0, n = 0;  ///< bytes from a value to the next
  const std::int32_t* codes = nullptr;
  bool alike = false;
  std::int64_t at = 0, apart = 1, step = 0;
  std::int64_t rows = 1, row_stride = 0, row_step = 0;  ///< from a row to the next: bytes of values, states
};
using FoldGroupRow = void (*)(const GroupRow& row, std::int64_t outputs, std::byte* states);

/// Elements with a label each, both dense, that are folded into a state for each group; of a counted sum these are
/// CountedSums, else the fold's own.
struct LabelledRow {
  const std::byte *labels = nullptr, *values = nullptr;  ///< values: null where elements are counted
  std::int64_t n = 0, least = 0, groups = 0;             ///< least: of labels; below 0 belongs to none
};
struct CountedSum {
  double count, sum;
};
/// returns: which label is wrong; row.n if none is.
using FoldLabelledRow = std::int64_t (*)(const LabelledRow& row, std::byte* states);

struct GroupLoops {
  /// Codes of n labels that lie one after another, of int32 or int64. returns: false when one is not of [least, groups).
  bool (*labels)(bool wide, const std::byte* labels, std::int64_t n, std::int64_t least, std::int64_t groups,
                 std::int32_t* codes);
  /// Of n numbers, float32 or float64, the bins of nearly equal width.
  void (*bins)(bool wide, const BinEdges& edges, const std::byte* numbers, std::int64_t n, std::int32_t* codes);
  /// Null for a fold that there is none of.
  FoldGroupRow (*row)(const Fold& fold, bool skips_nan, DType values);
  FoldGroupRow count_row;
  FoldLabelledRow (*labelled)(const Fold& fold, bool skips_nan, DType values, bool wide);
  FoldLabelledRow (*labelled_count)(bool wide);
};

const GroupLoops& group_loops_of_baseline();
const GroupLoops& group_loops_of_avx2();
const GroupLoops& group_loops_of_avx512();
/// Of the target in use.
const GroupLoops& group_loops();

}  // namespace tessera::cpu
