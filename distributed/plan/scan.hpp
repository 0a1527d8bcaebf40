#pragma once
// Scan: a walk over tiles whose elements are folded along an axis up to each of them (core/kernel/scan.hpp has the
// order). Tiles along the axis follow one another, and hand on the carry: whoever has read a tile folds its pieces,
// waits for the tile before it, and tells the next one before it writes its elements. So what is read is read once,
// and held for one tile.
//
// Where chunks along the axis lie on several ranks, there are two walks: the first folds each chunk to its total; carries
// go through these from rank to rank (scan_chain.hpp); the second makes the elements.
#include <tessera/core/kernel/scan.hpp>
#include <tessera/distributed/plan/scan_chain.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct ScanOperator {
  TileOperator walk;  ///< its only output: what is scanned, and where the elements go
  int axis = 0;
  Scan scan;
  bool by_totals = false;     ///< two walks
  Distribution total_owners;  ///< by_totals: of the array that has an element for each chunk along the axis
  ScanChain chain;            ///< by_totals
};

class Draft;
/// The operator that makes `node`, a Scan, in stage `stage` of the draft.
ScanOperator build_scan(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const ScanOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, ScanOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const ScanOperator& op);
Traffic traffic_of(const Plan& plan, const ScanOperator& op);
std::string explain(const Plan& plan, const ScanOperator& op);
std::string explain_memory(const ScanOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, ScanOperator>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// Bytes of the state of one position of each row of a tile.
std::int64_t carry_bytes(const ScanOperator& op, const Dims& tile);
/// Of a worker: a state for each piece of a tile, and the carry.
std::int64_t worker_bytes(const ScanOperator& op, const Dims& tile);
/// Of what one tile hands on to the next: the carry, and the fold of the chunk so far.
std::int64_t lane_bytes(const ScanOperator& op, const Dims& tile);

}  // namespace tessera
