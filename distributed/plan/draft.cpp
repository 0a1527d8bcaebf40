#include <tessera/distributed/plan/draft.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/distributed/plan/streamed_gathers.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

Draft::Draft(const std::vector<PlanRequest>& requests, const PlanLimits& limits, const std::vector<NodePtr>& built) {
  plan_.limits = limits;
  for (const auto& r : requests)
    plan_.sinks.push_back({r.kind, r.target, r.node->dtype(), r.node->shape(), r.cost, r.chunks});
  for (const auto& n : topological_order(built)) numbers_.emplace(n.get(), static_cast<std::int32_t>(numbers_.size()));
}

void Draft::plan_for(const std::vector<NodePtr>& roots, bool again) {
  for (std::size_t i = 0; i < roots.size(); i++) sinks_of_[roots[i].get()].push_back(static_cast<int>(i));
  for (const auto& n : topological_order(roots))
    for (const auto& e : n->inputs()) used_.insert(e.node.get());
  // What is made of a Gather's elements is the host's, as they are: for memory's sake alone where there is a device.
  if (!limits().device || again) streamed_ = streamed_gathers(roots, again);
}

NodePtr Draft::streamed_into(const Node& walk) const {
  for (const auto& e : computed_by(walk).inputs())
    if (streamed_.count(e.node.get())) return e.node;
  return nullptr;
}

int Draft::source(const NodePtr& node) {
  const auto [at, is_new] = sources_.emplace(node.get(), static_cast<int>(plan_.sources.size()));
  if (!is_new) return at->second;
  if (const auto r = as_source(*node).resident())
    if (const int n = static_cast<const ResidentArray&>(*r).distribution().ranks(); n != limits().ranks)
      throw UsageError("an array in memory belongs to a session of " + std::to_string(n) + " ranks; this one has " +
                       std::to_string(limits().ranks) + ": write it to a file, or gather it first");
  plan_.sources.push_back({std::static_pointer_cast<const SourceNode>(node), numbers_.at(node.get())});
  return at->second;
}

HeldArray Draft::array_for(std::size_t stage, const Node& node) {
  const int number = arrays_.at(&node);
  auto& a = plan_.arrays[number];
  a.last_stage = std::max(a.last_stage, static_cast<int>(stage));
  auto& reads = plan_.stages[stage].reads;
  if (std::find(reads.begin(), reads.end(), number) == reads.end()) reads.push_back(number);
  return {HeldArray::From::stage, number};
}

Draft::Destination Draft::destination(std::size_t stage, const Node& node, const Distribution& owners, Space space) {
  const bool used = node.is_made_whole() && used_.count(&node);  // by later stages
  Destination to;
  std::vector<int> keep;
  if (const auto sinks = sinks_of_.find(&node); sinks != sinks_of_.end())
    for (int i : sinks->second) (plan_.sink(i).kind == PlanSink::Kind::write ? to.writes : keep).push_back(i);
  if (!used && keep.empty()) return to;
  PlanArray a;
  a.dtype = node.dtype();
  a.space = space;
  a.distribution = owners;
  a.replicate = owners.kind() != Distribution::Kind::replicated && limits().ranks > 1 &&
                Amount(num_elements(node.shape())) * item_size(a.dtype) <= replicate_bytes;
  a.first_stage = a.last_stage = static_cast<int>(stage);
  a.sinks = std::move(keep);
  if (node.kind() == NodeKind::keep) a.kept = as_keep(node).reason();
  to.array = static_cast<int>(plan_.arrays.size());
  arrays_[&node] = *to.array;
  plan_.stages[stage].makes.push_back(*to.array);
  plan_.arrays.push_back(std::move(a));
  return to;
}

bool Draft::is_for_files(const Node& node) const {
  const auto sinks = sinks_of_.find(&node);
  return !used_.count(&node) && sinks != sinks_of_.end() &&
         std::all_of(sinks->second.begin(), sinks->second.end(),
                     [&](int i) { return plan_.sink(i).kind == PlanSink::Kind::write; });
}

void Draft::send(std::size_t stage, const Node& node, Space space, StageOutput& output) {
  auto to = destination(stage, node, output.owners, space);
  output.writes = std::move(to.writes);
  output.array = to.array;
  output.array_space = space;
}

}  // namespace tessera
