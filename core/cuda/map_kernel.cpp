#include <tessera/core/cuda/map_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/box.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

std::vector<std::int64_t> items_of(const Program& p) {
  std::vector<std::int64_t> items;
  for (const DType t : p.inputs) items.push_back(item_size(t));
  for (const ValueId v : p.outputs) items.push_back(item_size(p.type(v)));
  return items;
}

// Four blocks for each multiprocessor fill it; more only wait.
constexpr std::int64_t blocks_per_multiprocessor = 8;

}  // namespace

// The operands of one call: inputs, then outputs.
struct MapKernel::Operands {
  std::vector<std::uintptr_t> data;
  std::size_t inputs = 0;
  MergedBox box;
  std::span<const ScalarBits> scalars;
};

MapKernel::MapKernel(const Program& program, std::shared_ptr<const Context> context, Streams& streams)
    : context_(std::move(context)),
      streams_(streams),
      layout_(call_layout(program)),
      items_(items_of(program)),
      pack_(elements_per_pack(program)) {
  const std::string image = context_->compile(map_source(program));
  const Driver& driver = context_->enter();
  context_->check(driver.cuModuleLoadData(&module_, image.data()), "cuModuleLoadData");
  for (const auto& [function, name] :
       {std::pair{&packs_, "map_packs"}, {&run_, "map_run"}, {&near_, "map_near"}, {&far_, "map_far"}})
    context_->check(driver.cuModuleGetFunction(function, module_, name), "cuModuleGetFunction");
}

MapKernel::~MapKernel() {
  if (module_) context_->driver().cuModuleUnload(module_);
}

void MapKernel::map(Stream stream, const Dims& extent, std::span<const StridedInput> inputs,
                    std::span<const ScalarBits> scalars, std::span<const StridedOutput> outputs, bool) const {
  if (std::find(extent.begin(), extent.end(), 0) != extent.end()) return;
  Operands all;
  std::vector<Dims> strides;
  const auto add = [&](const auto& operand) {
    if (operand.space != Space::device) throw InternalError("cuda: an operand of a kernel lies in the host's memory");
    all.data.push_back(reinterpret_cast<std::uintptr_t>(operand.data));
    strides.push_back(operand.strides);
  };
  for (const auto& in : inputs) add(in);
  all.inputs = all.data.size();
  for (const auto& out : outputs) add(out);
  all.box = merge_axes(extent, strides);
  all.scalars = scalars;
  // Axes beyond those of a launch are this loop.
  Dims outer;
  while (all.box.extent.size() - outer.size() > most_axes) outer.push_back(all.box.extent[outer.size()]);
  const Operands first = all;
  for_each_index(outer, [&](const Dims& at) {
    for (std::size_t k = 0; k < all.data.size(); k++) {
      all.data[k] = first.data[k];
      for (int a = 0; a < at.size(); a++) all.data[k] += static_cast<std::uintptr_t>(at[a] * all.box.strides[k][a]);
    }
    launch(stream, all, outer.size());
  });
}

void MapKernel::launch(Stream stream, const Operands& operands, std::int64_t shift) const {
  const auto first = static_cast<int>(shift);
  const MergedBox& box = operands.box;
  const int rank = box.extent.size() - first;
  std::int64_t count = 1;
  for (int a = first; a < box.extent.size(); a++) count *= box.extent[a];
  bool dense = rank <= 1, aligned = true;
  for (std::size_t k = 0; k < operands.data.size(); k++) {
    dense = dense && (rank == 0 || box.strides[k][first] == items_[k]);
    aligned = aligned && operands.data[k] % static_cast<std::uintptr_t>(items_[k] * pack_) == 0;
  }
  std::vector<std::byte> call(static_cast<std::size_t>(layout_.bytes));
  const auto put = [&](std::int64_t at, const auto& value) { std::memcpy(call.data() + at, &value, sizeof value); };
  put(0, count);
  put(8, static_cast<std::int64_t>(rank));
  for (int a = 0; a < rank; a++) put(16 + 8 * a, box.extent[first + a]);
  for (std::size_t k = 0; k < operands.data.size(); k++) {
    const bool input = k < operands.inputs;
    const auto n = static_cast<std::int64_t>(input ? k : k - operands.inputs);
    put((input ? layout_.inputs : layout_.outputs) + 8 * n, operands.data[k]);
    for (int a = 0; a < rank; a++)
      put((input ? layout_.input_strides : layout_.output_strides) + 8 * (n * most_axes + a),
          box.strides[k][first + a]);
  }
  for (std::size_t s = 0; s < operands.scalars.size(); s++)
    put(layout_.scalars + 16 * static_cast<std::int64_t>(s), operands.scalars[s].bytes);

  // 32 bits hold the count and one step beyond it.
  const bool far = count > std::int64_t{1} << 30;
  const CUfunction function = dense && aligned ? packs_ : dense ? run_ : far ? far_ : near_;
  const std::int64_t each = dense && aligned ? pack_ : 1;
  const std::int64_t blocks = std::clamp<std::int64_t>(ceil_div(ceil_div(count, each), block_threads), 1,
                                                       context_->multiprocessors() * blocks_per_multiprocessor);
  const CUstream on = streams_[stream];
  void* argument = call.data();
  context_->check(context_->driver().cuLaunchKernel(function, static_cast<unsigned>(blocks), 1, 1, block_threads, 1, 1,
                                                    0, on, &argument, nullptr),
                  "cuLaunchKernel");
}

void MapKernel::reduce(Stream, std::span<const FoldInto>, const Dims&, std::uint32_t, const Dims&,
                       std::span<const StridedInput>, std::span<const ScalarBits>, const FoldedPositions&) const {
  throw InternalError("cuda: a fold that it can't compute");
}

}  // namespace tessera::cuda
