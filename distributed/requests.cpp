#include <tessera/distributed/requests.hpp>

#include <tessera/core/optimize/push_reshapes.hpp>
#include <tessera/distributed/targets.hpp>

namespace tessera {
namespace {

NodePtr in_chunks(const NodePtr& node, const ChunkGrid& grid) {
  const bool by_chunks = node->kind() == NodeKind::map || node->kind() == NodeKind::scan ||
                         node->kind() == NodeKind::search || node->kind() == NodeKind::gather ||
                         node->kind() == NodeKind::chunk_call ||
                         (node->kind() == NodeKind::sort && as_sort(*node).has_whole_rows());
  if (by_chunks && node->grid() == grid) return node;
  return std::make_shared<MapNode>(identity_program(node->dtype()), std::vector<ScalarParameter>{}, node->shape(), grid,
                                   std::vector<Edge>{{node, IndexTransform::identity(node->shape())}});
}

// The chunks of the file, as they cut what is written; what is appended may begin within one.
FileChunks file_chunks(const DatasetSpec& d) {
  FileChunks f{d.chunk, {}};
  for (int i = 0; i < d.chunk.size(); i++)
    f.skip.push_back(d.growth && d.growth->axis == i ? d.growth->from.value_or(0) % d.chunk[i] : 0);
  return f;
}
ChunkGrid file_grid(const Shape& shape, const FileChunks& file) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < shape.size(); i++) axes.push_back(AxisChunks::regular(shape[i], file.chunk[i], file.skip[i]));
  return ChunkGrid(std::move(axes));
}

}  // namespace

Requests requests_of(std::span<const Sink> sinks) {
  std::vector<DatasetSpec> datasets;
  for (const auto& s : sinks)
    if (s.kind == Sink::Kind::write) datasets.push_back(dataset_of(s));
  return requests_of(sinks, std::move(datasets));
}

Requests requests_of(std::span<const Sink> sinks, std::vector<DatasetSpec> datasets) {
  static constexpr PlanSink::Kind kinds[] = {PlanSink::Kind::gather, PlanSink::Kind::persist, PlanSink::Kind::write};
  Requests r;
  int targets = 0;
  for (const auto& s : sinks) {
    PlanRequest request{s.array.node(), kinds[static_cast<int>(s.kind)]};
    if (s.kind == Sink::Kind::write) {
      const DatasetSpec& dataset = datasets[targets];
      request.target = targets++;
      request.cost = write_cost(parse_source(s.target).file, dataset);
      if (request.node->kind() == NodeKind::redistribute || request.node->kind() == NodeKind::reshape ||
          request.node->kind() == NodeKind::scatter)
        request.node = in_chunks(request.node, request.node->grid());
      request.chunks = file_chunks(dataset);
      if (request.cost.in_chunks && !dataset.chunk.empty())
        request.node = in_chunks(request.node, file_grid(dataset.shape, request.chunks));
    }
    r.roots.push_back(request.node);
    r.requests.push_back(std::move(request));
  }
  r.roots = push_reshapes(r.roots);
  for (std::size_t i = 0; i < r.roots.size(); i++) r.requests[i].node = r.roots[i];
  r.writes = targets > 0;
  r.datasets = std::move(datasets);
  return r;
}

}  // namespace tessera
