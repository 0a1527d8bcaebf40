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

/// A matrix in memory, as MatrixProduct has its operands.
struct PlacedMatrix {
  const std::byte* first;
  std::int64_t row;
  bool by_columns;
};

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
  /// Where a block of k of one matrix lies, a box of the operand's space; what lies in several chunks is put together for the worker.
  PlacedMatrix matrix(const Box& block, int worker) const;
  /// True when `matrix` finds all of a box in one piece, and puts nothing together.
  bool is_in_one_piece(const Box& box) const;

 private:
  class Maker;
  bool brings(std::int64_t step) const;
  bool by_columns() const;
  PlacedMatrix in_panel(const Dims& index) const;
  /// The chunk that has all of a box; none: several, or what other ranks have sent.
  std::optional<HeldBox> chunk_of(const MultipliedArray& held, const Box& block) const;
  PlacedMatrix in_chunks(const MultipliedArray& held, const Box& block, int worker) const;
  void put_together(const MultipliedArray& held, const Box& block, std::byte* to, int worker) const;
  /// What of a block other ranks have sent.
  Box sent_of(const Box& block) const;
  void lie_in_buffer(const Box& box);
  void lie_in_place(const Box& box, const MultipliedArray& held);
  /// Where elements of the array go in a box of the operand, by the array's own axes.
  static StridedOutput target_in(const MultipliedArray& held, const HeldBox& box);
  void make(const MultipliedTiles& tiles);
  void copy(const MultipliedArray& held);
  /// Elements of chunks that this rank has, to where they belong. wanted: of the array; to: its first one.
  void copy_chunks(const MultipliedArray& held, const Box& wanted, const StridedOutput& to, int worker) const;
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
