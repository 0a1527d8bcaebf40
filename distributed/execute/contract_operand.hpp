#pragma once
// The panels of one operand of a product, step after step: where the elements are that a rank multiplies next.
#include <functional>
#include <memory>
#include <optional>

#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/plan/contract.hpp>

namespace tessera {

class ContractPanel {
 public:
  ContractPanel(StageRun& stage, const ContractOperator& op, const ContractOperand& operand);
  ~ContractPanel();
  /// Memory for panels. Local.
  void prepare();
  /// True when ranks exchange something for this step.
  bool talks(std::int64_t step) const;
  /// What is local before an exchange.
  void prepare_fetch(std::int64_t step);
  /// Collective, where `talks`.
  void fetch();
  /// All that needs no other rank: where the panel lies in memory, or copying it there, or making it, by all workers. What
  /// goes wrong is kept.
  void bring(std::int64_t step);
  /// Where index `at` of the operand's space lies; whether columns lie as rows do, and how many bytes these, or those, are apart.
  const std::byte* at(const Dims& index) const;
  bool by_columns() const;
  std::int64_t row() const { return held_.strides[held_.strides.size() - (by_columns() ? 1 : 2)]; }

 private:
  class Maker;
  bool brings(std::int64_t step) const;
  void lie_in_buffer(const Box& box);
  void lie_in_place(const Box& box, const MultipliedArray& held);
  /// Where elements of the array go, by its own axes.
  StridedOutput target(const MultipliedArray& held) const;
  void make(const MultipliedTiles& tiles);
  void copy(const MultipliedArray& held);
  template <class F>
  void share(int axis, std::int64_t length, const F& f);

  StageRun& stage_;
  Execution& x_;
  const ContractOperator& op_;
  const ContractOperand& operand_;
  const std::int64_t item_;
  Buffer buffer_;
  HeldBox held_;  // in the operand's space; 0 strides along the stack where it has none of its own
  std::optional<Fetch> fetch_;
  std::vector<std::unique_ptr<Maker>> makers_;  // one a worker
};

}  // namespace tessera
