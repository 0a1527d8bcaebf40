#pragma once
// Room: how much memory statements may take while they become arrays. What the process has is looked at again and
// again, so that no kind of statement has to be known by what it takes; only what data make many, as unstack(x) does,
// is asked for before it is made.
#include <cstdint>

namespace tessera::language {

class Room {
 public:
  /// memory: what this process may take, in bytes.
  explicit Room(std::int64_t memory = INT64_MAX) : memory_(memory) {}
  /// `n` operations or views are about to be made. throws MemoryBudgetError.
  void take(std::int64_t n);
  /// `n` values may be wanted one by one that are a few now: a = (a, a), again and again. throws MemoryBudgetError.
  void hold(std::int64_t n) const;

 private:
  void look(std::int64_t n, std::int64_t bytes_each) const;

  std::int64_t memory_;
  std::int64_t made_ = 0, unseen_ = 0;
};

}  // namespace tessera::language
