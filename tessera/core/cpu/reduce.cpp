// Kernel::reduce: leaves, then kept outputs, then rows. combiner.hpp fixes the order of every operation.
#include <algorithm>
#include <cstring>
#include <limits>

#include <tessera/core/cpu/compiled.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

/// Outputs whose states stay in L1 while the rows pass (last axis kept).
constexpr std::int64_t output_block = 1024;

Sink sink_of(Combiner c) {
  switch (c) {
    case Combiner::sum:
      return Sink::sum;
    case Combiner::min:
      return Sink::min;
    case Combiner::max:
      return Sink::max;
    case Combiner::any:
      return Sink::any;
    case Combiner::all:
      return Sink::all;
    default:
      return Sink::moments_kept;
  }
}

/// The state that changes nothing: -0.0 for floating sums (x + -0.0 has the bits of x), +-infinity, the ends of the
/// integers.
ScalarBits identity(Combiner c, DType type) {
  ScalarBits bits;
  visit_dtype(type, [&]<class T>(T) {
    T v{};
    if constexpr (std::is_same_v<T, bool>) {
      v = c == Combiner::min || c == Combiner::all;
    } else if constexpr (std::is_floating_point_v<T>) {
      v = c == Combiner::sum   ? -T(0)
          : c == Combiner::min ? std::numeric_limits<T>::infinity()
          : c == Combiner::max ? -std::numeric_limits<T>::infinity()
                               : T(0);
    } else if constexpr (std::is_integral_v<T>) {
      v = c == Combiner::min   ? std::numeric_limits<T>::max()
          : c == Combiner::max ? std::numeric_limits<T>::min()
                               : T(0);
    } else if (c == Combiner::sum) {
      v = T(-typename T::value_type(0), -typename T::value_type(0));
    }
    std::memcpy(bits.bytes, &v, sizeof v);
  });
  return bits;
}
struct Scratch {
  Nest kept, reduced;
  std::vector<std::byte*> pointers;
  std::vector<std::int64_t> strides;
  std::vector<std::byte> blocks;
  static Scratch& mine() {
    thread_local Scratch s;
    return s;
  }
};

}  // namespace

void CompiledKernel::reduce(Combiner combiner, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
                            std::span<const Operand> inputs, std::span<const ScalarBits> scalars,
                            std::byte* states) const {
  if (program_.outputs.size() != 1) throw InternalError("reduce: the program must have one output");
  const DType type = program_.type(program_.outputs[0]);
  const bool moments = combiner == Combiner::moments, boolean = combiner == Combiner::any || combiner == Combiner::all;
  if (moments && type != DType::float64)
    throw DTypeError("moments: the program must give float64, not " + to_string(type));
  if (boolean && type != DType::bool_) throw DTypeError("any, all: the program must give bool, not " + to_string(type));
  const std::int64_t item = item_size(type);
  const int rank = extent.size(), components = state_components(combiner);
  std::int64_t outputs = 1;
  for (int a = 0; a < rank; a++) {
    if (extent[a] == 0) return;  // no leaf, or no output
    if (!(reduced >> a & 1u)) outputs *= extent[a];
  }
  const auto fold = moments ? nullptr : machine_.fold(combiner, type);
  if (!moments && !fold) throw DTypeError("reduction: no order among values of dtype " + to_string(type));
  const bool last_reduced = rank > 0 && (reduced >> (rank - 1) & 1u);

  Scratch& s = Scratch::mine();
  s.pointers.resize(inputs.size());
  s.strides.resize(inputs.size());
  const std::int64_t block_bytes = last_reduced ? lanes * item : output_block * item;
  s.blocks.resize(static_cast<std::size_t>(4 * block_bytes + 64));
  std::byte* const states_block =
      reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(s.blocks.data()) + 63) / 64 * 64);
  std::byte* const blocks[] = {states_block, states_block + block_bytes, states_block + 2 * block_bytes};
  std::byte* const identities = states_block + 3 * block_bytes;
  fill_items(item, identities, identity(combiner, type).bytes, block_bytes / item);

  const int slots =
      moments
          ? std::max({code(Sink::moments_kept).slots, code(Sink::moments_lanes).slots, code(Sink::moments_count).slots})
          : code(sink_of(combiner)).slots;
  StripRunner strip(program_, machine_, table_, slot_bytes_, slots, scalars, false);

  bool built = false;
  Dims present;  // the leaf for which the nests stand
  auto build = [&](const Dims& box) {
    if (built && box == present) return;
    built = true;
    present = box;
    for (Nest* nest : {&s.kept, &s.reduced}) nest->reset(static_cast<int>(inputs.size()));
    for (int a = 0; a < rank; a++) {
      for (std::size_t k = 0; k < inputs.size(); k++) s.strides[k] = inputs[k].strides[a];
      // Rows merge into one only when lanes stay in step.
      if (reduced >> a & 1u)
        s.reduced.add(box[a], s.strides, last_reduced ? lanes : 1);
      else
        s.kept.add(box[a], s.strides);
    }
    // An axis of one element that is the last: every row is one element, in lane 0.
    if (last_reduced && box[rank - 1] == 1) s.reduced.add_unit();
  };

  auto fold_rows = [&](std::byte* out) {  // the last axis is reduced: 64 lanes a time
    const std::int64_t n = s.reduced.inner_extent();
    const int outer = std::max(0, s.reduced.rank() - 1);
    for (std::size_t k = 0; k < inputs.size(); k++) s.strides[k] = s.reduced.inner_stride(static_cast<int>(k));
    std::int64_t rows = 1;
    for (int a = 0; a < outer; a++) rows *= s.reduced.extent(a);
    const bool in_step = rows == 1 || n % lanes == 0;
    const Code& c = code(!moments ? sink_of(combiner) : in_step ? Sink::moments_lanes : Sink::moments_count);
    const auto state_bytes = static_cast<std::size_t>(lanes * item);
    strip.bind_lanes(std::span(blocks).first(moments ? 3u : 1u), item);
    // The plain reduction of an array, in step with the lanes: no program to run.
    const auto sweep = program_.outputs[0] < program_.inputs.size() && s.strides[program_.outputs[0]] == item
                           ? machine_.sweep(combiner, type)
                           : nullptr;
    const std::int64_t swept = sweep ? n / lanes * lanes : 0;
    std::int64_t output = 0;
    s.kept.walk(s.kept.rank(), s.pointers, [&] {
      for (std::byte* b : std::span(blocks).first(moments ? 3u : 1u)) std::memcpy(b, identities, state_bytes);
      std::int64_t row = 0;
      s.reduced.walk(outer, s.pointers, [&] {
        if (swept > 0) {
          const std::byte* from = s.pointers[program_.outputs[0]];
          sweep(swept, from, blocks[0]);
          if (swept == n) return;
          for (std::size_t k = 0; k < inputs.size(); k++) s.pointers[k] += swept * s.strides[k];
          strip.run(c.steps, n - swept, s.pointers, s.strides);
          for (std::size_t k = 0; k < inputs.size(); k++) s.pointers[k] -= swept * s.strides[k];
          return;
        }
        strip.run(c.steps, n, s.pointers, s.strides, static_cast<double>(1 + row++ * (n / lanes)));
      });
      if (moments) {
        auto* counts = reinterpret_cast<double*>(blocks[2]);
        for (int l = 0; l < lanes; l++) counts[l] = static_cast<double>(rows * (n / lanes + (l < n % lanes)));
        machine_.fold_moments(reinterpret_cast<double*>(blocks[0]), reinterpret_cast<double*>(blocks[1]), counts);
      } else {
        fold(blocks[0]);
      }
      for (int c_ = 0; c_ < components; c_++)
        std::memcpy(out + (c_ * outputs + output) * item, blocks[c_], static_cast<std::size_t>(item));
      output++;
    });
  };

  auto fold_outputs = [&](std::byte* out) {  // the last axis is kept: a lane per output
    const std::int64_t length = s.kept.inner_extent();
    const int outer = std::max(0, s.kept.rank() - 1);
    const Code& c = code(sink_of(combiner));
    for (std::size_t k = 0; k < inputs.size(); k++) s.strides[k] = s.kept.inner_stride(static_cast<int>(k));
    const std::int64_t rows = s.reduced.inner_extent();
    const int prefetched = std::min(static_cast<int>(inputs.size()), max_prefetched);
    strip.bind_stream_states(std::span(blocks).first(moments ? 2u : 1u), item);
    std::int64_t output = 0;
    s.kept.walk(outer, s.pointers, [&] {
      for (std::int64_t first = 0; first < length; first += output_block) {
        const std::int64_t n = std::min(output_block, length - first);
        for (int c_ = 0; c_ < components; c_++)
          std::memcpy(blocks[c_], identities, static_cast<std::size_t>(block_bytes));
        for (std::size_t k = 0; k < inputs.size(); k++) s.pointers[k] += first * s.strides[k];
        // Prefetch the same outputs' next row; on the last one, the next outputs' first row.
        std::int64_t row = 0;
        s.reduced.walk(s.reduced.rank(), s.pointers, [&] {
          row++;
          if (s.reduced.rank() == 1 && row == 1)
            for (int k = 0; k < prefetched; k++) strip.prefetch(k, s.reduced.stride(0, k));
          if (s.reduced.rank() == 1 && row == rows)
            for (int k = 0; k < prefetched; k++)
              strip.prefetch(k, n * s.strides[static_cast<std::size_t>(k)] - s.reduced.stride(0, k) * (rows - 1));
          strip.run(c.steps, n, s.pointers, s.strides, static_cast<double>(row));
        });
        for (std::size_t k = 0; k < inputs.size(); k++) s.pointers[k] -= first * s.strides[k];
        for (int c_ = 0; c_ < components; c_++)
          std::memcpy(out + (c_ * outputs + output + first) * item, blocks[c_], static_cast<std::size_t>(n * item));
      }
      output += length;
    });
  };

  Dims lo = Dims::filled(rank, 0), box = Dims::filled(rank, 0);
  for (std::byte* out = states;; out += components * outputs * item) {
    for (int a = 0; a < rank; a++) box[a] = (reduced >> a & 1u) ? std::min(leaf[a], extent[a] - lo[a]) : extent[a];
    build(box);
    for (std::size_t k = 0; k < inputs.size(); k++) {
      s.pointers[k] = const_cast<std::byte*>(inputs[k].data);
      for (int a = 0; a < rank; a++) s.pointers[k] += lo[a] * inputs[k].strides[a];
    }
    if (last_reduced || rank == 0)
      fold_rows(out);
    else
      fold_outputs(out);
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

void combine(Combiner combiner, DType state, std::int64_t n, std::byte* into, const std::byte* from,
             std::int64_t into_count, std::int64_t from_count) {
  if (combiner == Combiner::moments) {
    auto* a = reinterpret_cast<double*>(into);
    const auto* b = reinterpret_cast<const double*>(from);
    machine().combine_moments(n, a, a + n, b, b + n, static_cast<double>(into_count), static_cast<double>(from_count));
    return;
  }
  const auto f = machine().combine(combiner, state);
  if (!f) throw DTypeError("combine: no order among values of dtype " + to_string(state));
  f(n, into, from);
}

}  // namespace tessera::cpu
