// The cache of compiled Programs.
#include <tessera/core/cpu/kernel.hpp>

#include <unordered_map>

#include <tessera/core/cpu/compiled.hpp>

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

}  // namespace tessera::cpu
