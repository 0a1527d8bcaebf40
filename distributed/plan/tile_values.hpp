#pragma once
// What the tiles of the stages are made of: nodes, seen through index transforms, as numbered values in the order in
// which a tile makes them.
#include <optional>
#include <unordered_map>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

PlanProgram compiled(const Program& p, const std::vector<ScalarParameter>& scalars);

class TileValues {
 public:
  /// `plan`: gets values and sources. `numbers`: of the nodes of the graph as built. `arrays`: of the plan, by the
  /// Reduce that they are.
  TileValues(Plan& plan, const std::unordered_map<const Node*, std::int32_t>& numbers,
             const std::unordered_map<const Node*, int>& arrays)
      : plan_(plan), numbers_(numbers), arrays_(arrays) {}

  /// Where a value is wanted: everywhere in the traversal, or where the piece that needs it lies.
  struct Place {
    Box within;
    int seam_axis = -1;
  };
  /// The inputs of `n`, a node seen through `from_domain`; adds what is not yet among the stage's values.
  std::vector<TileInput> inputs_of(std::size_t stage, const Node& n, const IndexTransform& from_domain,
                                   const Place& place);
  /// The value of the stage that is `node` seen through `from_domain`, made in every tile.
  std::optional<int> known(std::size_t stage, const Node& node, const IndexTransform& from_domain) const;

 private:
  /// A node seen through `from_domain` by a stage.
  struct Wish {
    NodePtr node;
    IndexTransform from_domain;
    Place place;
  };
  struct Known {
    const Node* node;
    std::size_t stage;
    int value;
  };
  static std::uint64_t hash_of(std::size_t stage, const Node& node, const IndexTransform& from_domain, int seam_axis);
  const Known* find(std::size_t stage, const Wish& wish) const;
  std::vector<Wish> inputs_of(const Wish& wish) const;
  int number(std::size_t stage, const Wish& wish);
  void make(std::size_t stage, const Wish& wish, const std::vector<Wish>& inputs);
  int source_number(const NodePtr& n);

  Plan& plan_;
  const std::unordered_map<const Node*, std::int32_t>& numbers_;
  const std::unordered_map<const Node*, int>& arrays_;
  std::unordered_map<std::uint64_t, std::vector<Known>> values_;  // by hash_of
  std::unordered_map<const Node*, int> sources_;
};

}  // namespace tessera
