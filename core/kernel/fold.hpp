#pragma once
// Fold: what a reduction does to the elements of one output, as one value, and how its state lies in memory.
//
// States of n outputs are components one after another, each an array of n items: moments of 3 outputs are
// mean mean mean M2 M2 M2, argmin of int8 is three int64 positions, then three int8.
#include <array>
#include <functional>
#include <memory>
#include <string>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/leaf.hpp>

namespace tessera {

/// A reduction that the user wrote. Name and version stand for the functions: where they are equal, so must be what the
/// functions do.
struct UserFold {
  std::string name;
  std::int64_t version = 0;
  DType element, result;
  std::int64_t state_bytes = 0;
  /// The state of n elements (none for an empty reduction), which lie one after another.
  std::function<void(const std::byte* elements, std::int64_t n, std::byte* state)> chunk;
  std::function<void(std::byte* into, const std::byte* from)> combine;
  std::function<void(const std::byte* state, std::int64_t count, std::byte* result)> aggregate;
};

struct StateLayout {
  int components = 1;
  std::array<std::int64_t, 3> item{};  ///< bytes of one output's component
  /// Bytes from the start to component c of `outputs` states.
  std::int64_t offset(int c, std::int64_t outputs) const {
    std::int64_t bytes = 0;
    for (int k = 0; k < c; k++) bytes += item[k] * outputs;
    return bytes;
  }
  /// Bytes of `outputs` states; of several components in whole words, so that the states of the next leaf are aligned.
  std::int64_t bytes(std::int64_t outputs) const {
    Amount all;
    for (int k = 0; k < components; k++) all += Amount(item[k]) * outputs;
    return components > 1 ? (Amount(ceil_div(all.value(), 8)) * 8).value() : all.value();
  }
};

struct Fold {
  Combiner combiner = Combiner::sum;
  DType element = DType::float64;  ///< of what is folded: float64 for the moments, bool for any and all
  std::shared_ptr<const UserFold> user = nullptr;

  StateLayout layout() const {
    switch (combiner) {
      case Combiner::nan_sum:  // elements counted, their sum: float64
      case Combiner::moments:  // mean, M2: float64
        return {2, {8, 8, 0}};
      case Combiner::nan_moments:  // elements counted, mean, M2: float64
        return {3, {8, 8, 8}};
      case Combiner::argmin:
      case Combiner::argmax:
      case Combiner::nanargmin:
      case Combiner::nanargmax:  // int64 position, -1 while there is none; the element there
        return {2, {8, item_size(element), 0}};
      case Combiner::user:
        return {1, {user->state_bytes, 0, 0}};
      default:
        return {1, {item_size(element), 0, 0}};
    }
  }
  /// True when combining needs to know how many elements stand behind a state.
  bool counts() const { return combiner == Combiner::moments || combiner == Combiner::user; }
};

/// As explain prints it: the combiner, for a user's the name that it was given.
inline std::string to_string(const Fold& fold) { return fold.user ? fold.user->name : name(fold.combiner); }

/// Where a box lies among the folded elements, for the arg- combiners: the position of its first element, and positions
/// from one index to the next on each axis (0 on kept axes).
struct FoldedPositions {
  std::int64_t first = 0;
  Dims strides{};
};

}  // namespace tessera
