#pragma once
// Gather: elements of the first input at indices, some of which are the elements of the other inputs. x[idx, :, j] of a
// (100, 30, 40) array, idx and j of shape (5,), is of shape (5, 30): axis 0 is index array 0, axis 1 is the result's axis
// 1, axis 2 is index array 1. An index i below 0 stands for extent + i.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API GatherNode final : public Node {
 public:
  /// An axis of what is indexed.
  struct Axis {
    int index = -1;  ///< number of the index array that gives the indices; -1: they follow from the result's index
    IndexTransform::Axis seen;  ///< index < 0: how
    bool operator==(const Axis&) const = default;
  };
  /// source: from the index space of what is indexed, which has an Axis each. indices: of int64 arrays, from the shape of
  /// `grid`. places: for each of them from there to the index array as the user gave it, for messages.
  GatherNode(const Edge& source, std::vector<Edge> indices, std::vector<Axis> axes, std::vector<IndexTransform> places,
             ChunkGrid grid);
  const Edge& source() const { return inputs()[0]; }
  std::span<const Edge> indices() const { return std::span(inputs()).subspan(1); }
  const std::vector<Axis>& axes() const { return axes_; }
  const std::vector<IndexTransform>& places() const { return places_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  /// This node seen through a slice of its result, which keeps the order of the axes: over index arrays that are seen
  /// through it, too.
  NodePtr sliced(const IndexTransform& slice, std::vector<Edge> inputs) const;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  std::vector<Axis> axes_;
  std::vector<IndexTransform> places_;
};

}  // namespace tessera
