#pragma once
// What the tiles of a stage are made of: nodes, seen through index transforms, as numbered values in the order in which
// a tile makes them.
#include <optional>
#include <span>
#include <unordered_map>

#include <tessera/distributed/plan/draft.hpp>

namespace tessera {

class TileValues {
 public:
  /// `op`: gets the values. Its grid is there.
  TileValues(Draft& draft, std::size_t stage, TileOperator& op) : draft_(draft), stage_(stage), op_(op) {}

  /// The inputs of `n`, which the traversal sees as it is; adds what is not yet among the values.
  std::vector<TileInput> inputs_of(const Node& n) { return inputs_of(n.inputs()); }
  std::vector<TileInput> inputs_of(const std::vector<Edge>& edges);
  /// The value that is `node` as it is, made in every tile.
  std::optional<int> known(const Node& node) const;

 private:
  /// Where a value is wanted: everywhere in the traversal, or where the part that needs it lies.
  struct Place {
    Box within;
    int part_axis = -1;
  };
  /// A node seen through `from_domain`.
  struct Wish {
    NodePtr node;
    IndexTransform from_domain;
    Place place;
  };
  struct Known {
    const Node* node;
    int value;
  };
  static std::uint64_t hash_of(const Node& node, const IndexTransform& from_domain, int part_axis);
  const TileValue& value(int number) const { return op_.values[number]; }
  std::optional<int> find(const Wish& wish) const;
  bool lie_close(const Wish& a, const Wish& b) const;
  std::vector<bool> side_by_side(const std::vector<Wish>& parts, int axis) const;
  std::vector<Wish> inputs_of(const Wish& wish) const;
  int number(const Wish& wish);
  void make(const Wish& wish, const std::vector<Wish>& inputs);
  /// What a node that is made in the tile is made of.
  TileValue::How how_made(const NodePtr& node, const IndexTransform& from_domain, std::vector<TileInput> inputs);

  Draft& draft_;
  std::size_t stage_;
  TileOperator& op_;
  std::unordered_map<std::uint64_t, std::vector<Known>> values_;  // by hash_of
};

}  // namespace tessera
