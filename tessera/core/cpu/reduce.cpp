// Kernel::reduce: leaves, then their outputs, then rows of elements. combiner.hpp fixes the order of every operation.
//
// How the elements reach the fold of a leaf, the quickest way that there is:
//   * straight from memory, when the program does nothing but read (or widen float32) and its elements are dense;
//   * from the accumulator machine, which folds them as it makes them (sum, prod, min, max, any, all);
//   * through a block in L1 that the program fills.
#include <algorithm>
#include <array>
#include <cstring>

#include <tessera/core/cpu/compiled.hpp>
#include <tessera/core/cpu/group_fold.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

/// Rows of outputs are folded in the order in which they lie in memory, row after row where they are long: a processor
/// prefetches what it reads in a line. (Several long rows a pass over the states, which saves reading those, took 1.2
/// to 1.3 times as long.) Short rows make passes of this size. Rows are asked for so many bytes of passes before.
constexpr std::int64_t pass_bytes = 4 << 10, ahead_bytes = 8 << 10;

Sink sink_of(Combiner c) {
  switch (c) {
    case Combiner::sum:
      return Sink::sum;
    case Combiner::prod:
      return Sink::prod;
    case Combiner::min:
      return Sink::min;
    case Combiner::max:
      return Sink::max;
    case Combiner::any:
      return Sink::any;
    case Combiner::all:
      return Sink::all;
    default:
      return Sink::outputs;
  }
}

/// Positions travel through the nests as one more operand, which is never read.
constexpr std::byte nowhere{};

struct Scratch {
  Nest kept, reduced;
  std::vector<std::byte*> pointers;
  std::vector<std::int64_t> strides;
  static Scratch& mine() {
    thread_local Scratch s;
    return s;
  }
};

/// The elements of a program that only reads: an input as it is, or one of float32 widened. input < 0: it computes.
struct PlainRead {
  int input = -1;
  DType from = DType::float64;
};
PlainRead plain_read(const Program& p) {
  const ValueId out = p.outputs[0];
  if (out < p.inputs.size()) return {out, p.inputs[out]};
  if (out < p.code_value(0)) return {};
  const Instruction& in = p.code[out - p.code_value(0)];
  if (in.op == Op::cast && in.type == DType::float32 && in.to == DType::float64 && in.a < p.inputs.size())
    return {in.a, DType::float32};
  return {};
}

class Reduction {
 public:
  Reduction(LeafFold& fold, std::span<const FoldInto> folds, const Code& code, StripRunner& strip,
            const PlainRead& plain, bool in_machine, DType type, std::span<const Operand> inputs)
      : s_(Scratch::mine()),
        fold_(fold),
        code_(code),
        strip_(strip),
        plain_(plain),
        in_machine_(in_machine),
        type_(type),
        item_(item_size(type)),
        inputs_(inputs),
        operands_(static_cast<int>(inputs.size()) + (in_machine ? 0 : 2)) {
    s_.pointers.resize(static_cast<std::size_t>(operands_));
    s_.strides.resize(static_cast<std::size_t>(operands_));
    for (const auto& f : folds) states_[parts_++] = {f.fold->layout(), f.states};
  }

  void run(const Dims& extent, std::uint32_t reduced, const Dims& leaf, const FoldedPositions& positions) {
    const int rank = extent.size();
    last_reduced_ = rank == 0 || (reduced >> (rank - 1) & 1u);
    outputs_ = 1;
    for (int a = 0; a < rank; a++)
      if (!(reduced >> a & 1u)) outputs_ *= extent[a];
    Dims lo = Dims::filled(rank, 0), box = Dims::filled(rank, 0);
    for (;; next_states()) {
      for (int a = 0; a < rank; a++) box[a] = (reduced >> a & 1u) ? std::min(leaf[a], extent[a] - lo[a]) : extent[a];
      build(box, reduced, positions);
      start(lo, positions);
      if (last_reduced_ || fold_.only_along())
        along();
      else
        across();
      int a = rank - 1;
      for (; a >= 0; a--) {
        if (!(reduced >> a & 1u)) continue;
        lo[a] += leaf[a];
        if (lo[a] < extent[a]) break;
        lo[a] = 0;
      }
      if (a < 0) return;
    }
  }

 private:
  std::size_t block_operand() const { return inputs_.size(); }
  std::size_t position_operand() const { return inputs_.size() + 1; }

  void build(const Dims& box, std::uint32_t reduced, const FoldedPositions& positions) {
    if (built_ && box == present_) return;
    built_ = true;
    present_ = box;
    count_ = 1;
    for (Nest* nest : {&s_.kept, &s_.reduced}) nest->reset(operands_);
    for (int a = 0; a < box.size(); a++) {
      for (std::size_t k = 0; k < inputs_.size(); k++) s_.strides[k] = inputs_[k].strides[a];
      if (!in_machine_) {
        s_.strides[block_operand()] = 0;
        s_.strides[position_operand()] = positions.strides.empty() ? 0 : positions.strides[a];
      }
      // Rows merge into one only when lanes stay in step.
      if (reduced >> a & 1u) {
        s_.reduced.add(box[a], s_.strides, last_reduced_ ? lanes : 1);
        count_ *= box[a];
      } else {
        s_.kept.add(box[a], s_.strides);
      }
    }
    // An axis of one element that is the last: every row is one element, in lane 0.
    if (last_reduced_ && box.size() > 0 && box.back() == 1) s_.reduced.add_unit();
  }

  void start(const Dims& lo, const FoldedPositions& positions) {
    for (std::size_t k = 0; k < inputs_.size(); k++) {
      s_.pointers[k] = const_cast<std::byte*>(inputs_[k].data);
      for (int a = 0; a < lo.size(); a++) s_.pointers[k] += lo[a] * inputs_[k].strides[a];
    }
    if (in_machine_) return;
    s_.pointers[block_operand()] = block();
    std::int64_t first = positions.first;
    for (int a = 0; a < positions.strides.size(); a++) first += lo[a] * positions.strides[a];
    s_.pointers[position_operand()] = const_cast<std::byte*>(&nowhere) + first;
  }
  static std::byte* block() {
    thread_local std::vector<std::byte> memory(output_block * 16 + 64);
    return reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64);
  }
  PiecePositions positions(const Nest& nest) const {
    if (in_machine_) return {};
    const std::int64_t step =
        nest.rank() > 0 ? nest.stride(nest.rank() - 1, static_cast<int>(position_operand())) : std::int64_t{0};
    return {s_.pointers[position_operand()] - &nowhere, step};
  }
  bool reads_memory(std::int64_t n) const {
    return plain_.input >= 0 &&
           (n == 1 || s_.strides[static_cast<std::size_t>(plain_.input)] == item_size(plain_.from));
  }
  const std::byte* memory() const { return s_.pointers[static_cast<std::size_t>(plain_.input)]; }
  void next_states() {
    for (std::size_t k = 0; k < parts_; k++) states_[k].at += states_[k].layout.bytes(outputs_);
  }
  /// Where the components of an output's states go, those of each fold after one another.
  using Places = std::array<std::byte*, 3 * most_folds_together>;
  void places(std::int64_t output, Places& out) const {
    std::size_t next = 0;
    for (std::size_t k = 0; k < parts_; k++)
      for (int c = 0; c < states_[k].layout.components; c++)
        out[next++] = states_[k].at + states_[k].layout.offset(c, outputs_) +
                      output * states_[k].layout.item[static_cast<std::size_t>(c)];
  }
  void take_strides(const Nest& nest) {
    for (int k = 0; k < operands_; k++) s_.strides[static_cast<std::size_t>(k)] = nest.inner_stride(k);
    if (!in_machine_) s_.strides[block_operand()] = item_;
  }
  void advance(std::int64_t n) {
    for (int k = 0; k < operands_; k++)
      if (in_machine_ || static_cast<std::size_t>(k) != block_operand())
        s_.pointers[static_cast<std::size_t>(k)] += n * s_.strides[static_cast<std::size_t>(k)];
  }

  void along() {
    const std::int64_t n = s_.reduced.inner_extent();
    const int outer = std::max(0, s_.reduced.rank() - 1);
    take_strides(s_.reduced);
    const bool straight = reads_memory(n);
    fold_.read(straight ? plain_.from : type_);
    std::byte* const machine_state[] = {fold_.machine_state()};
    if (!straight && in_machine_) strip_.bind_lanes(machine_state, item_);
    std::int64_t output = 0;
    Places out;
    s_.kept.walk(s_.kept.rank(), s_.pointers, [&] {
      if (straight && outer == 0) {
        places(output++, out);
        return fold_.whole(n, memory(), positions(s_.reduced), out.data());
      }
      fold_.begin_along();
      s_.reduced.walk(outer, s_.pointers, [&] {
        if (straight) return fold_.along(n, memory(), positions(s_.reduced));
        if (in_machine_) return strip_.run(code_.steps, n, s_.pointers, s_.strides);
        for (std::int64_t first = 0; first < n; first += strip_block) {
          const std::int64_t some = std::min(strip_block, n - first);
          strip_.run(code_.steps, some, s_.pointers, s_.strides);
          fold_.along(some, block(), positions(s_.reduced));
          advance(some);
        }
        advance(-n);
      });
      places(output++, out);
      fold_.end_along(count_, out.data());
    });
  }

  void across() {
    const std::int64_t length = s_.kept.inner_extent(), most = plain_.input >= 0 ? output_block : strip_block;
    const int outer = std::max(0, s_.kept.rank() - 1);
    take_strides(s_.kept);
    std::byte* const machine_state[] = {fold_.machine_state()};
    if (in_machine_) strip_.bind_stream_states(machine_state, item_);
    std::int64_t output = 0;
    Places out;
    s_.kept.walk(outer, s_.pointers, [&] {
      for (std::int64_t first = 0; first < length; first += most) {
        const std::int64_t n = std::min(most, length - first);
        fold_.begin_across(n);
        const bool straight = reads_memory(n);
        fold_.read(straight ? plain_.from : type_);
        if (straight)
          rows_from_memory(n);
        else
          rows_from_program(n);
        places(output + first, out);
        fold_.end_across(n, count_, out.data());
        advance(n);
      }
      advance(-length);
      output += length;
    });
  }

  /// A few rows a pass over the states, while later ones come into the cache.
  void rows_from_memory(std::int64_t n) {
    const int inner = s_.reduced.rank() - 1;
    const std::int64_t rows = s_.reduced.inner_extent(), row_bytes = n * item_size(plain_.from),
                       stride = s_.reduced.inner_stride(plain_.input),
                       pass = std::max<std::int64_t>(1, pass_bytes / row_bytes),
                       early = pass * std::max<std::int64_t>(1, ahead_bytes / (pass * row_bytes)),
                       next_rows = early * stride;
    // After the last rows: the first ones of the next outputs, or what follows where the rows are the whole memory.
    const std::int64_t next_outputs = stride > row_bytes ? row_bytes + (early - rows) * stride : next_rows;
    s_.reduced.walk(std::max(0, inner), s_.pointers, [&] {
      PiecePositions at = positions(s_.reduced);
      for (std::int64_t r = 0; r < rows; r += pass) {
        const std::int64_t some = std::min(pass, rows - r);
        fold_.across(n, some, memory() + r * stride, stride, r + early < rows ? next_rows : next_outputs, at);
        at.first += some * at.step;
      }
    });
  }

  void rows_from_program(std::int64_t n) {
    const int prefetched = std::min(static_cast<int>(inputs_.size()), max_prefetched);
    const std::int64_t rows = s_.reduced.inner_extent();
    std::int64_t row = 0;
    s_.reduced.walk(s_.reduced.rank(), s_.pointers, [&] {
      row++;
      // Prefetch the same outputs' next row; on the last one, the next outputs' first row.
      if (s_.reduced.rank() == 1 && row == 1)
        for (int k = 0; k < prefetched; k++) strip_.prefetch(k, s_.reduced.stride(0, k));
      if (s_.reduced.rank() == 1 && row == rows)
        for (int k = 0; k < prefetched; k++)
          strip_.prefetch(k, n * s_.strides[static_cast<std::size_t>(k)] - s_.reduced.stride(0, k) * (rows - 1));
      strip_.run(code_.steps, n, s_.pointers, s_.strides);
      if (!in_machine_) fold_.across(n, 1, block(), 0, 0, positions(s_.reduced));
    });
  }

  Scratch& s_;
  LeafFold& fold_;
  struct States {
    StateLayout layout;
    std::byte* at;
  };
  std::array<States, most_folds_together> states_;
  std::size_t parts_ = 0;
  const Code& code_;
  StripRunner& strip_;
  const PlainRead plain_;
  const bool in_machine_;
  const DType type_;
  const std::int64_t item_;
  const std::span<const Operand> inputs_;
  const int operands_;
  bool last_reduced_ = false, built_ = false;
  std::int64_t outputs_ = 1, count_ = 1;
  Dims present_;  // the leaf for which the nests stand
};

}  // namespace

void CompiledKernel::reduce(std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
                            const Dims& leaf, std::span<const Operand> inputs, std::span<const ScalarBits> scalars,
                            const FoldedPositions& positions) const {
  if (program_.outputs.size() != 1) throw InternalError("reduce: the program must have one output");
  if (folds.empty() || folds.size() > most_folds_together) throw InternalError("reduce: no folds, or too many");
  const DType type = program_.type(program_.outputs[0]);
  const Fold& fold = *folds[0].fold;
  if (folds.size() == 1 && type != fold.element) throw InternalError("reduce: the program's dtype is not the fold's");
  for (const auto& f : folds)
    if ((f.fold->combiner == Combiner::any || f.fold->combiner == Combiner::all) && type != DType::bool_)
      throw DTypeError("any, all: the program must give bool, not " + to_string(type));
  for (int a = 0; a < extent.size(); a++)
    if (extent[a] == 0) return;  // no leaf, or no output

  PlainRead plain = plain_read(program_);
  LeafFold& leaf_state = folds.size() == 1 ? leaf_fold(machine_, fold) : group_fold(machine_, folds);
  if (plain.input >= 0 && !leaf_state.read(plain.from)) plain.input = -1;
  const bool in_machine = folds.size() == 1 && has_machine_code(fold);
  const Code& steps = code(in_machine ? sink_of(fold.combiner) : Sink::outputs);
  StripRunner strip(program_, machine_, table_, slot_bytes_, steps.slots, scalars, !in_machine);
  Reduction(leaf_state, folds, steps, strip, plain, in_machine, type, inputs).run(extent, reduced, leaf, positions);
}

}  // namespace tessera::cpu
