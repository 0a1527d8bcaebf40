#include <tessera/distributed/requests.hpp>

#include <tessera/distributed/targets.hpp>

namespace tessera {
namespace {

NodePtr in_chunks(const NodePtr& node, const ChunkGrid& grid) {
  if (node->kind() == NodeKind::map && node->grid() == grid) return node;
  return std::make_shared<MapNode>(identity_program(node->dtype()), std::vector<ScalarParameter>{}, node->shape(), grid,
                                   std::vector<Edge>{{node, IndexTransform::identity(node->shape())}});
}

}  // namespace

Requests requests_of(std::span<const Sink> sinks) {
  static constexpr PlanSink::Kind kinds[] = {PlanSink::Kind::gather, PlanSink::Kind::persist, PlanSink::Kind::write};
  Requests r;
  int targets = 0;
  for (const auto& s : sinks) {
    PlanRequest request{s.array.node(), kinds[static_cast<int>(s.kind)]};
    if (s.kind == Sink::Kind::write) {
      const DatasetSpec dataset = dataset_of(s);
      request.target = targets++;
      request.cost = write_cost(parse_source(s.target).file, dataset);
      if (request.cost.in_chunks && !dataset.chunk.empty())
        request.node = in_chunks(request.node, ChunkGrid::regular(dataset.shape, dataset.chunk));
    }
    r.roots.push_back(request.node);
    r.requests.push_back(std::move(request));
  }
  r.writes = targets > 0;
  return r;
}

}  // namespace tessera
