#pragma once
// The files that one evaluation writes: made by rank 0, written by all, and either all committed or all discarded: what
// was not committed goes with the value.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/session.hpp>

namespace tessera {

/// The dataset that a writing sink makes. Pure. throws ShapeError.
DatasetSpec dataset_of(const Sink& sink);

class Targets {
 public:
  explicit Targets(Communicator& comm) : comm_(comm) {}
  /// Creates the files of all writing sinks. Collective; throws the same on all ranks.
  /// datasets: of the writing sinks, in order.
  void create(std::span<const Sink> sinks, const std::vector<DatasetSpec>& datasets, const WriteOptions& options);
  /// By order of the writing sinks. Once, after `create`.
  std::vector<StoreWriter*> take_writers() { return std::move(order_); }
  /// Flushes on every rank, then gives the files their names. Collective.
  void commit();

 private:
  struct File {
    std::optional<NewTarget> made;  // on rank 0
    std::string layout;
    std::unique_ptr<TargetWriters> writers;
  };
  template <class F>
  void on_rank_0(F&& f);
  void settle(File& f);
  Communicator& comm_;
  std::vector<File> files_;
  std::vector<StoreWriter*> order_;  // of each writing sink
};

}  // namespace tessera
