#pragma once
// The loop nest of a kernel: extents, and for every operand a pointer and a stride in bytes per axis.
//
// Axes of extent 1 are dropped, and neighbours are merged where every operand allows: (8, 512, 512) with dense operands
// is one axis of 2097152; a row broadcast along the first axis keeps two.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/shape.hpp>

namespace tessera::cpu {

class Nest {
 public:
  /// Starts over with `operands` operands and no axis. Keeps its memory.
  void reset(int operands) {
    operands_ = operands;
    rank_ = 0;
    strides_.resize(static_cast<std::size_t>(operands) * max_rank);
  }
  /// Adds an axis inside the present ones; `strides` has one entry for each operand. `divisor` restricts the merge: the
  /// new axis swallows its outer neighbour only if its extent is a multiple.
  void add(std::int64_t extent, std::span<const std::int64_t> strides, std::int64_t divisor = 1) {
    if (extent == 1) return;
    if (rank_ > 0 && extent % divisor == 0 && continues(extent, strides)) {
      extent_[at(rank_ - 1)] *= extent;
    } else {
      extent_[at(rank_++)] = extent;
    }
    for (int k = 0; k < operands_; k++) stride(rank_ - 1, k) = strides[at(k)];
  }
  /// An innermost axis of extent 1, which `add` would drop: rows of one element each.
  void add_unit() {
    extent_[at(rank_++)] = 1;
    for (int k = 0; k < operands_; k++) stride(rank_ - 1, k) = 0;
  }
  /// Moves `axis` to place `to` > axis; the axes between move outwards. Changes the order in which `walk` goes.
  void move(int axis, int to) {
    for (int a = axis; a < to; a++) {
      std::swap(extent_[at(a)], extent_[at(a + 1)]);
      for (int k = 0; k < operands_; k++) std::swap(stride(a, k), stride(a + 1, k));
    }
  }
  int rank() const { return rank_; }
  int operands() const { return operands_; }
  std::int64_t extent(int axis) const { return extent_[at(axis)]; }
  std::int64_t& stride(int axis, int operand) { return strides_[at(axis * operands_ + operand)]; }
  std::int64_t stride(int axis, int operand) const { return strides_[at(axis * operands_ + operand)]; }
  /// Bytes that operand k moves on the innermost axis; 0 for a nest without axes.
  std::int64_t inner_stride(int operand) const { return rank_ ? stride(rank_ - 1, operand) : 0; }
  std::int64_t inner_extent() const { return rank_ ? extent(rank_ - 1) : 1; }

  /// Calls f() for each index of the first `axes` axes in row-major order, with every pointer moved there; pointers
  /// come back.
  template <class F>
  void walk(int axes, std::span<std::byte*> pointers, F&& f) const {
    for (int a = 0; a < axes; a++)
      if (extent(a) == 0) return;
    std::array<std::int64_t, max_rank> index{};
    while (true) {
      f();
      int a = axes - 1;
      for (; a >= 0; a--) {
        if (++index[at(a)] < extent(a)) {
          for (int k = 0; k < operands_; k++) pointers[at(k)] += stride(a, k);
          break;
        }
        index[at(a)] = 0;
        for (int k = 0; k < operands_; k++) pointers[at(k)] -= stride(a, k) * (extent(a) - 1);
      }
      if (a < 0) return;
    }
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }
  bool continues(std::int64_t extent, std::span<const std::int64_t> strides) const {
    for (int k = 0; k < operands_; k++)
      if (stride(rank_ - 1, k) != strides[at(k)] * extent) return false;
    return true;
  }

  int operands_ = 0;
  int rank_ = 0;
  std::array<std::int64_t, max_rank> extent_{};
  std::vector<std::int64_t> strides_;
};

}  // namespace tessera::cpu
