#include <tessera/core/cpu/turned_walk.hpp>

#include <algorithm>
#include <array>

namespace tessera::cpu {
namespace {

/// Fewer rows are folded one by one.
constexpr std::int64_t least_rows = 8;

}  // namespace

bool has_short_rows(const Dims& extent, std::uint32_t reduced, const Dims& leaf) {
  const int last = extent.size() - 1;
  if (last < 1 || !(reduced >> last & 1u)) return false;
  std::int64_t rows = 1;
  for (int a = 0; a < last; a++) {
    if (!(reduced >> a & 1u))
      rows *= extent[a];
    else if (extent[a] > 1)
      return false;
  }
  return extent[last] >= 2 && extent[last] <= lanes && leaf[last] >= extent[last] && rows >= least_rows;
}

TurnedWalk::TurnedWalk(LeafFold& fold, std::span<const FoldInto> folds, const Code& code, StripRunner& strip,
                       const Program& program, std::span<const StridedInput> inputs)
    : s_(Scratch::mine()), fold_(fold), folds_(folds), code_(code), strip_(strip), program_(program), inputs_(inputs) {}

void TurnedWalk::run(const Dims& extent, const FoldedPositions& positions) {
  build(extent);
  fold_.read(program_.type(program_.outputs[0]));  // the answer is for elements that are not turned
  const std::int64_t rows = s_.kept.inner_extent(), most = turned_outputs(length_);
  const PiecePositions along{positions.first, positions.strides.empty() ? 0 : positions.strides.back()};
  std::int64_t output = 0;
  std::array<std::byte*, 3 * most_folds_together> out;
  s_.kept.walk(std::max(0, s_.kept.rank() - 1), s_.pointers, [&] {
    for (std::int64_t first = 0; first < rows; first += most) {
      const std::int64_t n = std::min(most, rows - first);
      const std::byte* elements = make(n);
      places(output, out.data());
      fold_.turned(n, length_, elements, along, out.data());
      output += n;
      advance(n);
    }
    advance(-rows);
  });
}

void TurnedWalk::build(const Dims& extent) {
  const std::size_t count = inputs_.size();
  length_ = extent.back();
  s_.kept.reset(static_cast<int>(count));
  s_.strides.resize(count);
  for (int a = 0; a + 1 < extent.size(); a++) {
    for (std::size_t k = 0; k < count; k++) s_.strides[k] = inputs_[k].strides[a];
    s_.kept.add(extent[a], s_.strides);
    outputs_ *= extent[a];
  }
  s_.pointers.resize(count);
  s_.lines.resize(count + 1);
  s_.items.resize(count + 1);
  s_.turned.assign(count, nullptr);
  std::int64_t bytes = 0;
  for (std::size_t k = 0; k <= count; k++) {
    s_.items[k] = item_size(k < count ? program_.inputs[k] : program_.type(program_.outputs[0]));
    bytes += turned_elements * s_.items[k];
  }
  std::byte* block = s_.memory.take<std::byte>(bytes);
  for (std::size_t k = 0; k <= count; k++) {
    s_.lines[k] = block;
    block += turned_elements * s_.items[k];
    if (k == count) break;
    s_.pointers[k] = const_cast<std::byte*>(inputs_[k].data);
    s_.strides[k] = inputs_[k].strides.back();
  }
}

void TurnedWalk::places(std::int64_t output, std::byte** out) const {
  for (const FoldInto& f : folds_) {
    const StateLayout layout = f.fold->layout();
    for (int c = 0; c < layout.components; c++)
      *out++ = f.states + layout.offset(c, outputs_) + output * layout.item[c];
  }
}

void TurnedWalk::advance(std::int64_t rows) {
  for (std::size_t k = 0; k < inputs_.size(); k++) s_.pointers[k] += rows * s_.kept.inner_stride(static_cast<int>(k));
}

const std::byte* TurnedWalk::make(std::int64_t n) {
  for (std::size_t k = 0; k < inputs_.size(); k++) turn(k, n);
  turned_rows_ = n;
  if (const ValueId out = program_.outputs[0]; out < inputs_.size()) return s_.lines[out];
  strip_.run(code_.steps, n * length_, s_.lines, s_.items);
  return s_.lines.back();
}

void TurnedWalk::turn(std::size_t input, std::int64_t n) {
  const std::int64_t item = s_.items[input], next_row = s_.kept.inner_stride(static_cast<int>(input));
  // What is the same for all rows has been turned for the rows before.
  if (next_row == 0 && s_.turned[input] == s_.pointers[input] && turned_rows_ == n) return;
  s_.turned[input] = s_.pointers[input];
  copy({length_, n}, item, s_.pointers[input], {s_.strides[input], next_row}, s_.lines[input], {n * item, item});
}

}  // namespace tessera::cpu
