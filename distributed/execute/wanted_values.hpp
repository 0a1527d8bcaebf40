#pragma once
// Which values of a stage a tile wants: all, but those of parts that lie elsewhere. Found without looking at all of
// them, because an array may be joined of 10^5 parts, each with tiles of its own.
#include <vector>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

class WantedValues {
 public:
  explicit WantedValues(const TileOperator& op);
  /// True when every tile wants every value.
  bool is_all() const { return parts_.empty(); }
  /// The numbers of the values that `tile` wants, ascending: inputs stand before their consumers.
  void find(const Box& tile, std::vector<std::size_t>& wanted) const;

 private:
  /// A value that is wanted for [begin, end) of an axis.
  struct Part {
    std::int64_t begin, end, furthest;  ///< furthest: the largest end of this part and those before it
    std::size_t value;
  };
  const TileOperator& op_;
  std::vector<std::size_t> everywhere_;
  std::vector<std::vector<Part>> parts_;  // by axis, ascending by begin; empty when there are none
};

}  // namespace tessera
