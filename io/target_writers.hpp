#pragma once
// TargetWriters: the datasets of a target that is being made, as one process writes them. Never calls MPI.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera {

class TESSERA_API TargetWriters {
 public:
  virtual ~TargetWriters();
  TargetWriters(const TargetWriters&) = delete;
  TargetWriters& operator=(const TargetWriters&) = delete;
  std::size_t size() const { return datasets_.size(); }
  /// In the order in which they were asked for.
  StoreWriter& operator[](std::size_t i) const { return *datasets_[i]; }

  /// True when the target is complete only when all processes have told what they wrote: HDF5's compressed chunks, for
  /// example, get their places when the sizes of all are known. Then, after the last write, every process reports, the
  /// one that makes the target replies to all (NewTarget::reply), and every process does what the reply says. The same
  /// on all processes.
  virtual bool reports() const { return false; }
  virtual std::string report() { return {}; }               ///< throws IoError
  virtual void settle(const std::string& /*the reply*/) {}  ///< throws IoError
  /// Brings what this process wrote to the disk. throws IoError.
  virtual void flush() = 0;
  /// Something that is to live as long as the writers.
  void hold(std::shared_ptr<const void> value) { held_ = std::move(value); }

 protected:
  explicit TargetWriters(std::vector<std::unique_ptr<StoreWriter>> datasets) : datasets_(std::move(datasets)) {}

 private:
  std::vector<std::unique_ptr<StoreWriter>> datasets_;
  std::shared_ptr<const void> held_;
};

}  // namespace tessera
