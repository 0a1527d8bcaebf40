#pragma once
// What a stage may be: one of the operators. A new one is plan/KIND.{hpp,cpp}, execute/KIND.{hpp,cpp}, a case where the
// planner asks what makes a node (planner.cpp), and its name here and in execute/operators.hpp; what is forgotten does
// not compile. Of every operator `op` the plan asks
//
//   name_of(op)               what people call the stage: "map to float64 (3, 4)"
//   fit(plan, op, available)  takes sizes by which it needs at most `available` bytes beside the plan's arrays, of each
//                             space
//   memory_of(op)             what it then takes at most: its execution reserves by the functions that add it up
//   traffic_of(plan, op)      what all ranks together read, write and move, as the run will count it
//   explain(plan, op)         lines of text: what it does and how
//   explain_memory(op)        what makes up memory_of
//   for_each_program(op, f)   calls f(program, space) for every Program: where it runs
//
// and execution runs it. Bytes are per rank, the most of any. fit returns nothing, or the bytes that it needs at least.
// No operator knows another, but for those that walk tiles: they have a TileOperator for that (Scan, selections).
#include <variant>

#include <tessera/distributed/plan/chunk_calls.hpp>
#include <tessera/distributed/plan/column_selection.hpp>
#include <tessera/distributed/plan/contract.hpp>
#include <tessera/distributed/plan/counted_selection.hpp>
#include <tessera/distributed/plan/gather.hpp>
#include <tessera/distributed/plan/group.hpp>
#include <tessera/distributed/plan/masks.hpp>
#include <tessera/distributed/plan/redistribution.hpp>
#include <tessera/distributed/plan/row_sort.hpp>
#include <tessera/distributed/plan/scan.hpp>
#include <tessera/distributed/plan/scatter.hpp>
#include <tessera/distributed/plan/search.hpp>
#include <tessera/distributed/plan/spread_sort.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

using Operator =
    std::variant<TileOperator, Redistribution, ScanOperator, ColumnSelection, CountedSelection, RowSort, SpreadSort,
                 Search, GroupOperator, GatherOperator, ScatterOperator, MaskOperator, ContractOperator, ChunkCalls>;

}  // namespace tessera
