#include <tessera/core/cuda/fold_kernel.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

#include <tessera/core/cuda/fold_box.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

std::vector<std::int64_t> input_items(const Program& p) {
  std::vector<std::int64_t> items;
  for (const DType t : p.inputs) items.push_back(item_size(t));
  return items;
}

/// True when all strides of an operand but that of the last of `inner` keep packs of `bytes` where packs begin.
bool keeps_packs(const FoldAxes& axes, std::size_t operand, bool inner, std::int64_t item, std::int64_t bytes) {
  const Dims& strides = axes.strides[operand];
  for (int a = 0; a < strides.size(); a++) {
    const bool last = inner && a == strides.size() - 1;
    if (!last && strides[a] % bytes != 0) return false;
    if (last && strides[a] != 0 && strides[a] != item) return false;
    // Leaves begin at multiples of their length.
    if (last && axes.leaf[a] < axes.extent[a] && axes.leaf[a] * item % bytes != 0) return false;
  }
  return true;
}

/// Bytes of a Call, filled in by offset.
class CallBytes {
 public:
  explicit CallBytes(std::int64_t bytes) : bytes_(static_cast<std::size_t>(bytes)) {}
  template <class T>
  void put(std::int64_t at, const T& value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void put_all(std::int64_t at, const Dims& first, const Dims& then = {}) {
    for (const Dims* dims : {&first, &then})
      for (const std::int64_t v : *dims) put(at, v), at += 8;
  }
  const void* data() const { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

FoldKernel::FoldKernel(const Program& program, std::vector<Fold> folds, std::shared_ptr<const Context> context)
    : layout_(fold_call_layout(program, folds.size())),
      items_(input_items(program)),
      lanes_(lanes_each(program, folds)),
      outputs_(outputs_each(program, folds)),
      module_(std::move(context), fold_source(program, folds)),
      along_packs_(module_.function("fold_along_packs")),
      along_any_(module_.function("fold_along_any")),
      across_packs_(module_.function("fold_across_packs")),
      across_any_(module_.function("fold_across_any")) {}

void FoldKernel::reduce(CUstream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
                        const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                        const FoldedPositions& positions) const {
  std::vector<Dims> strides;
  for (const auto& in : inputs) strides.push_back(in.strides);
  strides.push_back(positions.strides.empty() ? Dims::filled(extent.size(), 0) : positions.strides);
  const FoldBox box = fold_box(extent, reduced, leaf, strides);

  const int each = box.along ? lanes_ : outputs_;
  bool packs = box.along || box.kept.extent.back() % each == 0;
  for (std::size_t k = 0; k < inputs.size(); k++) {
    const std::int64_t bytes = std::min<std::int64_t>(16, items_[k] * each);
    packs = packs && reinterpret_cast<std::uintptr_t>(inputs[k].data) % static_cast<std::uintptr_t>(bytes) == 0 &&
            keeps_packs(box.kept, k, !box.along, items_[k], bytes) &&
            keeps_packs(box.reduced, k, box.along, items_[k], bytes);
  }
  const int of_thread = packs ? each : box.along ? 2 : 1;
  // Short rows take fewer threads than 64 lanes.
  const std::int64_t pieces = box.leaves * box.outputs, length = box.reduced.leaf.back(),
                     threads = std::min<std::int64_t>(lanes / of_thread,
                                                      static_cast<std::int64_t>(std::bit_ceil(
                                                          static_cast<std::uint64_t>(ceil_div(length, of_thread)))));
  CallBytes call(layout_.bytes);
  std::int64_t at = 0;
  for (const std::int64_t v : {pieces, box.outputs, threads, static_cast<std::int64_t>(box.kept.extent.size()),
                               static_cast<std::int64_t>(box.reduced.extent.size()), positions.first})
    call.put(at, v), at += 8;
  call.put_all(layout_.extent, box.kept.extent, box.reduced.extent);
  call.put_all(layout_.leaf, box.reduced.leaf);
  Dims last_leaf;
  for (int a = 0; a < box.reduced.leaf.size(); a++)
    last_leaf.push_back((box.reduced.extent[a] - 1) % box.reduced.leaf[a] + 1);
  call.put_all(layout_.last_leaf, last_leaf);
  call.put_all(layout_.position_stride, box.kept.strides.back(), box.reduced.strides.back());
  for (std::size_t k = 0; k < inputs.size(); k++) {
    const auto n = static_cast<std::int64_t>(k);
    call.put(layout_.inputs + 8 * n, inputs[k].data);
    call.put_all(layout_.input_strides + 8 * fold_axes * n, box.kept.strides[k], box.reduced.strides[k]);
  }
  for (std::size_t k = 0; k < folds.size(); k++)
    call.put(layout_.states + 8 * static_cast<std::int64_t>(k), folds[k].states);
  for (std::size_t s = 0; s < scalars.size(); s++)
    call.put(layout_.scalars + 16 * static_cast<std::int64_t>(s), scalars[s].bytes);
  if (box.along)
    module_.launch(packs ? along_packs_ : along_any_, pieces * threads, call.data(), stream);
  else
    module_.launch(packs ? across_packs_ : across_any_, pieces / of_thread, call.data(), stream);
}

}  // namespace tessera::cuda
