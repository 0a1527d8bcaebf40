#pragma once
// A plan under construction: what the builders of operators ask of the graph and enter in the plan. Its sinks and its
// empty stages are there from the beginning.
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

class Draft {
 public:
  /// `built`: the graph as the user built it; its nodes are numbered, for rebinding.
  Draft(const std::vector<PlanRequest>& requests, const PlanLimits& limits, const std::vector<NodePtr>& built);
  /// The optimized graph that is planned. Keeps nothing of it alive. again: as in streamed_gathers.
  void plan_for(const std::vector<NodePtr>& roots, bool again);

  Plan& plan() { return plan_; }
  const PlanLimits& limits() const { return plan_.limits; }
  Plan take() { return std::move(plan_); }

  /// The number of a source, which becomes the plan's. throws UsageError for an array of other ranks than these.
  int source(const NodePtr& node);
  /// The array that an earlier stage makes of `node`; `stage` reads it.
  HeldArray array_for(std::size_t stage, const Node& node);

  /// True for what is in memory, all of it, before anything reads it.
  bool is_whole(const Node& node) const { return node.is_made_whole() && !is_streamed(node); }
  /// True for a Gather whose elements go on as they come.
  bool is_streamed(const Node& node) const { return streamed_.count(&node) > 0; }
  /// The Gather whose elements a walk takes as they come; null where it takes none so.
  NodePtr streamed_into(const Node& walk) const;

  /// True for what is written to files, and nothing else becomes of it.
  bool is_for_files(const Node& node) const;

  /// Where something that a stage makes goes.
  struct Destination {
    std::vector<int> writes;   ///< sinks that write it
    std::optional<int> array;  ///< that keeps it, if anybody needs it whole
  };
  /// `owners`: who makes each chunk; `space`: where. Enters the array in the plan.
  Destination destination(std::size_t stage, const Node& node, const Distribution& owners, Space space);
  /// The same of an output of the stage whose owners are known.
  void send(std::size_t stage, const Node& node, Space space, StageOutput& output);

 private:
  Plan plan_;
  std::unordered_map<const Node*, std::int32_t> numbers_;  // of the graph as built
  std::unordered_map<const Node*, int> sources_, arrays_;  // of the plan
  std::unordered_map<const Node*, std::vector<int>> sinks_of_;
  std::unordered_set<const Node*> used_;      // inputs of some node
  std::unordered_set<const Node*> streamed_;  // Gathers
};

}  // namespace tessera
