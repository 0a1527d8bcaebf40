#pragma once
// Calls of functions of chunks from labels of axes: equal labels are one axis of the domain. Its axes are, unless others are
// given, those of the result, in their order, then those of the inputs.
#include <map>
#include <string>
#include <vector>

#include <tessera/core/graph/chunk_call_node.hpp>
#include <tessera/core/ops/user_function.hpp>

namespace tessera {

/// throws ValueError.
[[noreturn]] void refuse_call(const std::string& operation, const std::string& why);

struct LabeledAxes {
  std::vector<std::vector<int>> inputs;  ///< one label for each axis
  std::vector<int> result;
  std::vector<int> domain{};  ///< in this order before all others
};

class ChunkCallBuilder {
 public:
  /// x: in the parameters' dtypes. sizes: of labels that the result alone has. core: labels whose axes lengths of 1 are not
  /// repeated along. throws ShapeError, naming `operation`, where lengths differ.
  ChunkCallBuilder(std::string operation, ChunkFunction function, const std::vector<Array>& x, LabeledAxes axes,
                   const std::map<int, std::int64_t>& sizes, std::vector<int> core = {});

  /// What is cut as the inputs are; axes of labels that are not in the result, and of core labels, are one chunk.
  ChunkGrid& domain() { return call_.domain; }
  ChunkCall& call() { return call_; }
  /// Calls see all axes of a chunk whole, or core labels and those that the result has not alone.
  void see_whole(bool all);
  /// From the domain's index space to the inputs.
  std::vector<Edge>& edges() { return edges_; }
  /// The array. throws ValueError where the result has elements, and the domain none.
  Array build(std::vector<AxisChunks> result);
  /// The domain's chunks along its axes; one chunk of sizes along the result's own.
  std::vector<AxisChunks> result_chunks() const;

 private:
  int axis_of(int label) const;
  void find_axes(const std::vector<Array>& x);
  void find_edges(const std::vector<Array>& x);

  std::string operation_;
  LabeledAxes axes_;
  std::map<int, std::int64_t> sizes_;
  std::vector<int> core_;
  std::vector<int> labels_;  // of the domain's axes
  Shape shape_;              // of the domain
  std::vector<Edge> edges_;
  ChunkCall call_;
};

}  // namespace tessera
