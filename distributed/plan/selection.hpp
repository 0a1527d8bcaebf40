#pragma once
// What both ways to select have: what is taken of which elements, and where the results go.
#include <string>

#include <tessera/core/kernel/quantile.hpp>
#include <tessera/core/store.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct SelectionTask {
  Quantiles quantiles;
  DType element = DType::float64;
  std::uint32_t folded = 0;  ///< bit i: axis i of the walk is folded
  bool is_list = false;      ///< the result begins with an axis of quantiles
  StageOutput result;        ///< its grid, owners, and where it goes; it has no Program
  WriteCost writing{};       ///< of all files that it goes to
};

/// Of a Select, but for the owners of the result and where it goes.
SelectionTask task_of(const SelectNode& node);
/// The only output of the walk: the elements that are selected from. Adds the node's values to the walk.
void add_elements(Draft& draft, std::size_t stage, TileOperator& walk, const SelectNode& node);
/// Where the results go. Enters their array in the plan.
void send_results(Draft& draft, std::size_t stage, SelectionTask& task, const SelectNode& node, Distribution owners);

/// "median", "3 quantiles (linear)".
std::string to_string(const Quantiles& quantiles);
/// Bytes of writers' memory.
Amount writing_bytes(const SelectionTask& task, int workers);
/// Bytes that go to files.
Amount written_bytes(const SelectionTask& task);

}  // namespace tessera
