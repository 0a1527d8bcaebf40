#pragma once
// Quantiles of long columns, by counting. Keys are unsigned integers in the order of the elements (kernel/sort_key.hpp).
// A pass over the elements counts the next bits of the keys that begin as those that are looked for; the histograms are
// summed over ranks; then everybody knows some bits more of each key that is looked for. Of float64 in digits of 16
// bits:
//
//   pass 1   counts the first 16 bits of all: the median's are 3fe0, and 31 250 elements with those are smaller
//   pass 2   counts the next 16 bits of the keys that begin with 3fe0 ...
//   pass 4   knows all 64
//
// Counts are integers, so results have the same bits however elements are spread. A rank whose elements that still
// matter fit into `found` keeps them in the next pass, and goes through those in later ones: then two passes go over
// the input, else as many as the keys have digits. How often that is, the data decides.
#include <tessera/distributed/plan/selection.hpp>

namespace tessera {

/// Bytes of the host's memory per rank.
struct CountingMemory {
  std::int64_t histogram = 0;  ///< of all outputs
  int histograms = 0;          ///< beside those of workers
  std::int64_t wanted = 0;     ///< what is known of the keys that are looked for
  std::int64_t found = 0;      ///< records of elements that still matter
  std::int64_t messages = 0;   ///< the largest
};

struct CountedSelection {
  TileOperator walk;  ///< its only output: the elements, in a worker's buffer
  SelectionTask task;
  std::int64_t outputs = 1;  ///< columns
  int digit = 16;            ///< bits that a pass counts; the last one maybe fewer
  CountingMemory memory;
};

/// The operator that makes `node`, a Select that is not by columns, in stage `stage` of the draft.
CountedSelection build_counted_selection(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const CountedSelection& op);
std::optional<SpaceBytes> fit(const Plan& plan, CountedSelection& op, const SpaceBytes& available);
SpaceBytes memory_of(const CountedSelection& op);
Traffic traffic_of(const Plan& plan, const CountedSelection& op);
std::string explain(const Plan& plan, const CountedSelection& op);
std::string explain_memory(const CountedSelection& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, CountedSelection>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// Passes, and the bits that pass k counts.
int passes(const CountedSelection& op);
int digit_of(const CountedSelection& op, int pass);
/// Keys that are looked for in each column: below and above each quantile. As many beginnings are counted at most.
std::int64_t wanted_keys(const CountedSelection& op);
/// Integers that ranks sum in a pass: the histograms, and after the first pass, of floats, how many are NaN.
std::int64_t counts_of(const CountedSelection& op, int pass);
/// True when ranks have different elements.
bool shares(const CountedSelection& op, int ranks);

/// `found` is taken by workers in blocks of as many bytes.
inline constexpr std::int64_t found_block_bytes = 32 << 10;

}  // namespace tessera
