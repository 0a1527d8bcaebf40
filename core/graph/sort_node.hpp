#pragma once
// Sort: the elements of its input in order along one axis, or where they came from; all of them, or a range of the
// ordered ones (of the k largest, the first k of the descending order).
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/sort.hpp>

namespace tessera {

class TESSERA_API SortNode final : public Node {
 public:
  /// Positions [first, first + count) of the ordered elements of the axis.
  struct Range {
    std::int64_t first, count;
    bool operator==(const Range&) const = default;
  };
  /// input: from the index space of `domain`, the elements that are sorted, in their chunks.
  SortNode(Edge input, ChunkGrid domain, int axis, const Sort& sort, Range range);
  const ChunkGrid& domain() const { return domain_; }
  int axis() const { return axis_; }
  const Sort& sort() const { return sort_; }
  Range range() const { return range_; }
  /// True where rows along the axis are not cut, and short: each is sorted by itself, whole.
  bool has_whole_rows() const;

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  ChunkGrid domain_;
  int axis_;
  Sort sort_;
  Range range_;
};

}  // namespace tessera
