#pragma once
// What an evaluation made to count (what a mask selects, how many different elements there are), kept for those that follow:
//
//   unique(session, x)             counts flags of neighbours in sort(x): the sorted array stays in memory
//   session.compute(u.values)      finds an equal Sort in its graph, and uses that array
//
// Kept are arrays that must be made whole before others read them, which the count looks at: sorts, selections (median) and
// reductions (mean). They stay while the expression that was counted lives, on every rank, and until an evaluation has no room
// beside them: then they are given up, and made again.
#include <memory>
#include <span>
#include <vector>

#include <tessera/distributed/session.hpp>

namespace tessera {

class KeptFromCounting {
 public:
  static bool counts(std::span<const Sink> sinks);
  /// What is worth keeping of what these sinks count: sinks that keep it.
  static std::vector<Sink> wanted_of(std::span<const Sink> sinks);

  bool any() const { return !kept_.empty(); }
  /// So that `keep` of so many more can't fail.
  void reserve(std::size_t more) { kept_.reserve(kept_.size() + more); }
  /// An expression is gone on this rank.
  bool is_forgotten() const;
  /// The sinks over what is kept, where they look at arrays that are equal. Nothing may be forgotten.
  std::vector<Sink> in_place(std::span<const Sink> sinks) const;
  /// results: of the sinks `wanted`, in their order.
  void keep(std::span<const Sink> wanted, std::span<const Result> results);
  /// What has been spilled (spill.hpp).
  void keep(const NodePtr& made_of, const Array& array);
  /// Gives up all of it.
  void drop() { kept_.clear(); }

 private:
  struct Kept {
    std::weak_ptr<const Node> made_of;
    Array array;
  };
  std::vector<Kept> kept_;
};

}  // namespace tessera
