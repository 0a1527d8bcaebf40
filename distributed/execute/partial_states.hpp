#pragma once
// Columns that several ranks have folded parts of: what a rank has of a column that another finishes goes there, and
// combines there. All Folds of a stage together, as one stream between each pair of ranks:
//
//   record, record, ...      a record is a header (which Fold, column, node of its tree, elements) and the state
//
// A rank that has failed before sends nothing, says so, and the exchange ends in an exception on all ranks.
#include <memory>
#include <vector>

#include <tessera/distributed/exchange/variable_streams.hpp>
#include <tessera/distributed/execute/columns.hpp>

namespace tessera {

class PartialStates {
 public:
  /// `columns`: by output, null for Maps. Takes memory for what is told in any case. Local.
  PartialStates(Execution& execution, std::vector<std::unique_ptr<Columns>>& columns);
  /// After all tiles. Collective, also for a rank that has failed already. What fails here is in `failure`, for the
  /// next agreement, or thrown on all ranks.
  void run(Failure& failure);

 private:
  struct Record {
    StateHeader header;
    StateBlock state;
    std::int64_t bytes;  // of the state
  };
  /// To or from one rank: the records, and how many bytes of the first that is not done.
  struct Lane {
    std::vector<Record> records;
    std::size_t next = 0;
    std::int64_t offset = 0;
  };
  void collect();
  void pack(Lane& lane, std::int64_t bytes, std::byte* to);
  void unpack(Lane& lane, std::int64_t bytes, const std::byte* from);

  Execution& execution_;
  std::vector<std::unique_ptr<Columns>>& columns_;
  VariableStreams streams_;
  std::vector<Lane> outgoing_, incoming_;  // by rank
};

}  // namespace tessera
