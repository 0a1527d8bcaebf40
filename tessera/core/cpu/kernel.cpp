// The cache of compiled Programs, and the map over a nest of loops.
#include <tessera/core/cpu/kernel.hpp>

#include <emmintrin.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include <tessera/core/cpu/compiled.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>

namespace tessera::cpu {
namespace {

struct Entry {
  Program program;
  Target target;
  MathFamily family;
  std::shared_ptr<const Kernel> kernel;
};
/// Kernels kept; beyond it the cache starts over (running kernels live on through their shared pointers).
constexpr std::size_t cache_limit = 4096;

struct Scratch {
  Nest nest;
  std::vector<std::byte*> pointers;
  std::vector<std::int64_t> strides;
  static Scratch& mine() {
    thread_local Scratch s;
    return s;
  }
};

}  // namespace

Kernel::~Kernel() = default;

std::shared_ptr<const Kernel> Kernel::compile(const Program& program) {
  static std::mutex mutex;
  static std::unordered_multimap<std::uint64_t, Entry> cache;
  const Target t = target();
  const MathFamily family = math_family();
  const std::uint64_t hash = program.hash();
  const std::lock_guard lock(mutex);
  const auto [first, last] = cache.equal_range(hash);
  for (auto e = first; e != last; ++e)
    if (e->second.target == t && e->second.family == family && e->second.program == program) return e->second.kernel;
  if (cache.size() >= cache_limit) cache.clear();
  auto kernel = std::make_shared<CompiledKernel>(program, machine(), family == MathFamily::fma);
  cache.emplace(hash, Entry{program, t, family, kernel});
  return kernel;
}

CompiledKernel::CompiledKernel(Program program, const Machine& machine, bool fma)
    : program_(std::move(program)),
      machine_(machine),
      fma_(fma),
      table_(program_),
      slot_bytes_(slot_bytes(program_, machine)) {
  code(Sink::outputs);  // refuses what no kernel can compute
}

const Code& CompiledKernel::code(Sink sink) const {
  const auto k = static_cast<std::size_t>(sink);
  std::call_once(once_[k], [&] { codes_[k] = assemble(program_, machine_, fma_, sink); });
  return codes_[k];
}

void CompiledKernel::map(const Dims& extent, std::span<const Operand> inputs, std::span<const ScalarBits> scalars,
                         std::span<const Result> outputs, bool streaming) const {
  if (outputs.empty()) return;
  for (auto e : extent)
    if (e == 0) return;
  Scratch& s = Scratch::mine();
  const auto n_in = inputs.size(), n = n_in + outputs.size();
  s.pointers.resize(n);
  s.strides.resize(n);
  for (std::size_t k = 0; k < n_in; k++) s.pointers[k] = const_cast<std::byte*>(inputs[k].data);
  for (std::size_t k = 0; k < outputs.size(); k++) s.pointers[n_in + k] = outputs[k].data;
  auto stride = [&](int axis, std::size_t k) {
    return k < n_in ? inputs[k].strides[axis] : outputs[k - n_in].strides[axis];
  };

  // The order of elements is free: the first output's smallest step goes innermost, forwards.
  std::array<int, max_rank> order{};
  for (int a = 0; a < extent.size(); a++) order[static_cast<std::size_t>(a)] = a;
  std::stable_sort(order.begin(), order.begin() + extent.size(),
                   [&](int a, int b) { return std::abs(stride(a, n_in)) > std::abs(stride(b, n_in)); });
  s.nest.reset(static_cast<int>(n));
  for (int i = 0; i < extent.size(); i++) {
    const int a = order[static_cast<std::size_t>(i)];
    const bool backwards = stride(a, n_in) < 0;
    for (std::size_t k = 0; k < n; k++) {
      s.strides[k] = stride(a, k);
      if (backwards) {
        s.pointers[k] += s.strides[k] * (extent[a] - 1);
        s.strides[k] = -s.strides[k];
      }
    }
    s.nest.add(extent[a], s.strides);
  }
  for (std::size_t k = 0; k < n; k++) s.strides[k] = s.nest.inner_stride(static_cast<int>(k));

  const Code& plain = code(Sink::outputs);
  const Code& stream = streaming ? code(Sink::streamed_outputs) : plain;
  StripRunner strip(program_, machine_, table_, slot_bytes_, std::max(plain.slots, stream.slots), scalars, true);
  if (plain.stores_early || stream.stores_early) {
    for (const auto& o : outputs)
      for (const auto& i : inputs)
        if (o.data == i.data) strip.pack_outputs();
  }
  const std::int64_t length = s.nest.inner_extent();
  s.nest.walk(std::max(0, s.nest.rank() - 1), s.pointers, [&] {
    std::int64_t head = 0;
    bool aligned = false;
    if (streaming && length >= 1024) {
      aligned = true;
      for (std::size_t k = n_in; k < n; k++) {
        const std::int64_t item = item_size(program_.type(program_.outputs[k - n_in]));
        const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(s.pointers[k]) % 64);
        const std::int64_t needed = (64 - past) % 64 / item;
        if (k == n_in) head = needed;
        aligned = aligned && needed == head && past % item == 0 && s.strides[k] == item;
      }
    }
    if (!aligned) return strip.run(plain.steps, length, s.pointers, s.strides);
    if (head) {
      strip.run(plain.steps, head, s.pointers, s.strides);
      for (std::size_t k = 0; k < n; k++) s.pointers[k] += head * s.strides[k];
    }
    strip.run(stream.steps, length - head, s.pointers, s.strides);
    for (std::size_t k = 0; k < n; k++) s.pointers[k] -= head * s.strides[k];
  });
  if (streaming) _mm_sfence();
}

}  // namespace tessera::cpu
