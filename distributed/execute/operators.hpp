#pragma once
// Running a stage, one function an operator: with memory for the plan's arrays that it makes (StageRun::x.arrays), on
// all ranks together. What fails between two collective calls stays in StageRun::failure until the next agreement; the
// caller agrees once more when it returns.
#include <tessera/distributed/execute/context.hpp>

namespace tessera {

void run(StageRun& stage, const TileOperator& op);
void run(StageRun& stage, const Redistribution& op);
void run(StageRun& stage, const ScanOperator& op);
void run(StageRun& stage, const GatherOperator& op);
void run(StageRun& stage, const ScatterOperator& op);
void run(StageRun& stage, const MaskOperator& op);
void run(StageRun& stage, const ColumnSelection& op);
void run(StageRun& stage, const CountedSelection& op);
void run(StageRun& stage, const RowSort& op);
void run(StageRun& stage, const SpreadSort& op);
void run(StageRun& stage, const Search& op);
void run(StageRun& stage, const ContractOperator& op);
void run(StageRun& stage, const ChunkCalls& op);
void run(StageRun& stage, const GroupOperator& op);

}  // namespace tessera
