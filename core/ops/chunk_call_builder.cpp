#include <tessera/core/ops/chunk_call_builder.hpp>

#include <algorithm>

#include <tessera/core/ops/broadcast_grid.hpp>

namespace tessera {
namespace {

bool has(const std::vector<int>& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

AxisChunks one_chunk(std::int64_t length) { return AxisChunks::regular(length, std::max<std::int64_t>(1, length)); }

}  // namespace

void refuse_call(const std::string& operation, const std::string& why) { throw ValueError(operation + ": " + why); }

ChunkCallBuilder::ChunkCallBuilder(std::string operation, ChunkFunction function, const std::vector<Array>& x,
                                   LabeledAxes axes, const std::map<int, std::int64_t>& sizes, std::vector<int> core)
    : operation_(std::move(operation)), axes_(std::move(axes)), sizes_(sizes), core_(std::move(core)) {
  call_.function = std::make_shared<const ChunkFunction>(std::move(function));
  find_axes(x);
  find_edges(x);
  for (const int label : axes_.result) call_.made_from.push_back(axis_of(label));
}

int ChunkCallBuilder::axis_of(int label) const {
  const auto at = std::find(labels_.begin(), labels_.end(), label);
  return at == labels_.end() ? -1 : static_cast<int>(at - labels_.begin());
}

void ChunkCallBuilder::find_axes(const std::vector<Array>& x) {
  std::map<int, std::int64_t> lengths;
  for (std::size_t k = 0; k < x.size(); k++)
    for (std::size_t j = 0; j < axes_.inputs[k].size(); j++) {
      const std::int64_t n = x[k].shape()[static_cast<int>(j)];
      const auto [at, is_new] = lengths.emplace(axes_.inputs[k][j], n);
      if (is_new || at->second == n) continue;
      const bool repeats = !has(core_, at->first) && (at->second == 1 || n == 1);
      if (!repeats)
        throw ShapeError(operation_ + ": axis " + std::to_string(j) + " of input " + std::to_string(k) + ", of shape " +
                         to_string(x[k].shape()) + ", goes with axes of length " + std::to_string(at->second));
      if (at->second == 1) at->second = n;
    }
  const auto add = [&](int label) {
    if (has(labels_, label) || !lengths.count(label)) return;
    labels_.push_back(label);
    shape_.push_back(lengths.at(label));
  };
  for (const int label : axes_.domain) add(label);
  for (const int label : axes_.result) add(label);
  for (const auto& input : axes_.inputs)
    for (const int label : input) add(label);
}

void ChunkCallBuilder::find_edges(const std::vector<Array>& x) {
  for (std::size_t k = 0; k < x.size(); k++) {
    std::vector<IndexTransform::Axis> axes;
    Dims seen;
    for (std::size_t j = 0; j < axes_.inputs[k].size(); j++) {
      const int axis = axis_of(axes_.inputs[k][j]);
      const bool repeats = x[k].shape()[static_cast<int>(j)] != shape_[axis];
      axes.push_back(repeats ? IndexTransform::Axis{-1, 0, 0} : IndexTransform::Axis{axis, 0, 1});
      seen.push_back(repeats ? -1 : axis);
    }
    edges_.push_back({x[k].node(), {shape_, std::move(axes)}});
    call_.seen.push_back(seen);
  }
  const ChunkGrid cuts = broadcast_grid(edges_, shape_);
  std::vector<AxisChunks> chunks;
  for (int i = 0; i < shape_.size(); i++) {
    const int label = labels_[static_cast<std::size_t>(i)];
    chunks.push_back(has(axes_.result, label) && !has(core_, label) ? cuts.axis(i) : one_chunk(shape_[i]));
  }
  call_.domain = ChunkGrid(std::move(chunks));
}

void ChunkCallBuilder::see_whole(bool all) {
  for (int i = 0; i < shape_.size(); i++)
    if (const int label = labels_[static_cast<std::size_t>(i)]; all || has(core_, label) || !has(axes_.result, label))
      call_.whole |= 1u << i;
}

std::vector<AxisChunks> ChunkCallBuilder::result_chunks() const {
  std::vector<AxisChunks> chunks;
  for (std::size_t r = 0; r < axes_.result.size(); r++) {
    const auto a = static_cast<int>(call_.made_from[static_cast<int>(r)]);
    chunks.push_back(a >= 0 ? call_.domain.axis(a) : one_chunk(sizes_.at(axes_.result[r])));
  }
  return chunks;
}

Array ChunkCallBuilder::build(std::vector<AxisChunks> result) {
  call_.result = ChunkGrid(std::move(result));
  num_elements(call_.result.shape());  // throws ShapeError
  if (call_.domain.count() == 0 && call_.result.count() > 0)
    throw ValueError(operation_ + ": the result has shape " + to_string(call_.result.shape()) +
                     ", but there is no block to make it of: an axis that the function sees has length 0");
  return Array(std::make_shared<ChunkCallNode>(std::move(edges_), std::move(call_)));
}

}  // namespace tessera
