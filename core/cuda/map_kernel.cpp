#include <tessera/core/cuda/map_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/box.hpp>
#include <tessera/core/cuda/user_source.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

std::vector<std::int64_t> items_of(const Program& p) {
  std::vector<std::int64_t> items;
  for (const DType t : p.inputs) items.push_back(item_size(t));
  for (const ValueId v : p.outputs) items.push_back(item_size(p.type(v)));
  return items;
}

}  // namespace

// The operands of one call: inputs, then outputs.
struct MapKernel::Operands {
  std::vector<std::uintptr_t> data;
  std::size_t inputs = 0;
  MergedBox box;
  std::span<const ScalarBits> scalars;
};

MapKernel::MapKernel(const Program& program, std::shared_ptr<const Context> context, Streams& streams)
    : program_(program),
      context_(std::move(context)),
      streams_(streams),
      layout_(call_layout(program)),
      items_(items_of(program)),
      pack_(elements_per_pack(program)) {}

MapKernel::MapKernel(const UserMap& function, std::shared_ptr<const Context> context, Streams& streams)
    : program_(stand_in(function)),
      user_("map '" + function.name + "'"),
      user_text_(map_source(function)),
      context_(std::move(context)),
      streams_(streams),
      layout_(call_layout(program_)),
      items_(items_of(program_)),
      pack_(elements_per_pack(program_)) {}

MapKernel::Functions::Functions(std::shared_ptr<const Context> context, const std::string& text,
                                const std::string& user)
    : module(std::move(context), text, user),
      packs(module.function("map_packs")),
      run(module.function("map_run")),
      near(module.function("map_near")),
      far(module.function("map_far")) {}

const MapKernel::Functions& MapKernel::functions() const {
  std::lock_guard lock(mutex_);
  if (!functions_) functions_.emplace(context_, user_.empty() ? map_source(program_) : user_text_, user_);
  return *functions_;
}

const FoldKernel& MapKernel::fold_kernel(std::span<const FoldInto> folds) const {
  FoldsKey key;
  std::vector<Fold> all;
  for (const auto& f : folds) key.emplace_back(f.fold->combiner, f.fold->element), all.push_back(*f.fold);
  std::lock_guard lock(mutex_);
  return folds_.try_emplace(std::move(key), program_, std::move(all), context_).first->second;
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
  const Functions& f = functions();
  f.module.launch(dense && aligned ? f.packs
                  : dense          ? f.run
                  : far            ? f.far
                                   : f.near,
                  ceil_div(count, dense && aligned ? std::int64_t{pack_} : 1), call.data(), streams_[stream]);
}

void MapKernel::reduce(Stream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
                       const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                       const FoldedPositions& positions) const {
  if (!user_.empty()) throw InternalError("cuda: " + user_ + " folds nothing");
  if (std::find(extent.begin(), extent.end(), 0) != extent.end()) return;  // no leaf, or no output
  for (const auto& in : inputs)
    if (in.space != Space::device) throw InternalError("cuda: an operand of a kernel lies in the host's memory");
  fold_kernel(folds).reduce(streams_[stream], folds, extent, reduced, leaf, inputs, scalars, positions);
}

}  // namespace tessera::cuda
