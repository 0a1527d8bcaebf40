// CUDA's driver and NVRTC without a GPU, as one shared object: TESSERA_CUDA_DRIVER and TESSERA_NVRTC name it, and no product code knows it.
//
// TESSERA_SIMULATED_SEED      of everything that is drawn (schedules, orders of threads); printed when a session starts, else drawn
// TESSERA_SIMULATED_MEMORY    bytes of the GPU, 1 GiB unless given
// TESSERA_SIMULATED_GPUS      how many, 1 unless given; the same ones in all processes, but each works on one
// TESSERA_SIMULATED_MAJOR     of their compute capability, 9 unless given
// simulated_refuse_at(k)      the k-th allocation from now on finds no memory; nothing is broken by that
// simulated_fail_at(k)        the k-th call from now on that does something fails (CUDA_ERROR_LAUNCH_FAILED), and as a broken context
//                             does, so do all that follow, until simulated_mend
// simulated_begin_log, simulated_log(take, to)  what streams were given in between (log.hpp)
// TESSERA_SIMULATED_MULTIPROCESSORS  how many they have, 2 unless given
// simulated_only_blocks(numbers, count)  of grids to come only these blocks are run, all again of none: a grid over more elements than there
//                             is time for
// simulated_lose_waits(of, by)  waits of stream `by` (-1: the host) for stream `of`, or events of it, are none; 0, 0: all are again
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include <tessera/core/cuda/driver.hpp>

#include "log.hpp"
#include "memory.hpp"
#include "module.hpp"
#include "queues.hpp"

#define EXPORT extern "C" __attribute__((visibility("default")))
using namespace simulated;
using tessera::cuda::Result;

namespace {

enum : Result {
  ok = 0,
  invalid_value = 1,
  no_memory = 2,
  not_initialized = 3,
  no_image = 200,
  invalid_handle = 400,
  not_found = 500,
  illegal_address = 700,
  launch_failed = 719
};

long long number(const char* variable, long long otherwise) {
  const char* text = std::getenv(variable);
  return text && *text ? std::atoll(text) : otherwise;
}

struct Gpu {
  unsigned seed = static_cast<unsigned>(number("TESSERA_SIMULATED_SEED", std::random_device{}()));
  std::recursive_mutex mutex;
  Memory memory{static_cast<std::size_t>(number("TESSERA_SIMULATED_MEMORY", 1LL << 30))};
  Memory pinned{std::size_t{1} << 40};  // of the host
  Queues queues{seed};
  Log log;
  std::pair<int, int> lost{0, 0};  // waits: of, by
  std::vector<unsigned> only;      // blocks that are run; none: all
  std::map<CUevent, MarkPtr> events;
  std::set<std::unique_ptr<Module>> modules;
  std::uintptr_t handles = 0;
  std::map<CUdevice, int> contexts;  // how often each is held
  bool initialized = false;
  Result broken = ok;
  long long fails_in = 0, refuses_in = 0;  // calls; allocations; 0: none
};
Gpu& gpu() {
  static Gpu* one = new Gpu;  // outlives who gives things back at the end
  return *one;
}
thread_local CUcontext current = nullptr;

// Every call that does something: the context must be the thread's, and sound.
Result enter() {
  Gpu& g = gpu();
  if (!g.initialized || !current) return not_initialized;
  if (!g.broken && g.fails_in > 0 && --g.fails_in == 0) g.broken = launch_failed;
  return g.broken;
}
#define ENTER                          \
  Gpu& g = gpu();                      \
  const std::lock_guard lock(g.mutex); \
  if (const Result entered = enter()) return entered;

int number_of(CUstream s) { return static_cast<int>(reinterpret_cast<std::uintptr_t>(s)); }
void* bytes_at(CUdeviceptr p) { return reinterpret_cast<void*>(p); }

// Work behind what a stream has; of a broken GPU none is done.
void later(CUstream s, std::function<void()> work) {
  gpu().queues.give(number_of(s), [work = std::move(work)] {
    if (!gpu().broken) work();
  });
}

bool is_lost(const MarkPtr& mark, int by) { return gpu().lost == std::pair(mark->stream, by); }

Result finish(int stream) {
  Gpu& g = gpu();
  g.log.add({Given::host_waits_for_stream, -1, stream});
  if (!g.queues.finish(stream)) g.broken = illegal_address;  // everybody waits for an event that nobody reaches
  return g.broken;
}

}  // namespace

EXPORT Result cuInit(unsigned) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  if (!g.initialized && std::getenv("TESSERA_SIMULATED_SEED") == nullptr)
    std::fprintf(stderr, "simulated GPU: TESSERA_SIMULATED_SEED=%u\n", g.seed);
  g.initialized = true;
  return ok;
}
EXPORT Result cuDriverGetVersion(int* version) { return *version = 12040, ok; }
EXPORT Result cuDeviceGetCount(int* count) {
  return *count = static_cast<int>(number("TESSERA_SIMULATED_GPUS", 1)), ok;
}
EXPORT Result cuDeviceGet(CUdevice* d, int ordinal) {
  return ordinal >= 0 && ordinal < number("TESSERA_SIMULATED_GPUS", 1) ? (*d = ordinal, ok) : invalid_value;
}
EXPORT Result cuDeviceGetName(char* name, int length, CUdevice) {
  return std::snprintf(name, static_cast<std::size_t>(length), "simulated GPU"), ok;
}
EXPORT Result cuDeviceGetAttribute(int* value, int attribute, CUdevice) {
  *value = attribute == tessera::cuda::multiprocessors_attribute
               ? static_cast<int>(number("TESSERA_SIMULATED_MULTIPROCESSORS", 2))
           : attribute == tessera::cuda::compute_major ? static_cast<int>(number("TESSERA_SIMULATED_MAJOR", 9))
                                                       : 0;
  return ok;
}
EXPORT Result cuDeviceGetUuid(CUuuid* uuid, CUdevice d) {
  *uuid = {"simulated GPU"};
  return uuid->bytes[15] = static_cast<char>(d), ok;
}
EXPORT Result cuDevicePrimaryCtxRetain(CUcontext* c, CUdevice d) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  if (!g.initialized) return not_initialized;
  g.contexts[d]++;
  return *c = reinterpret_cast<CUcontext>(std::uintptr_t{16} * static_cast<std::uintptr_t>(d + 1)), ok;
}
EXPORT Result cuDevicePrimaryCtxRelease(CUdevice d) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  return g.contexts[d]--, ok;
}
EXPORT Result cuCtxSetCurrent(CUcontext c) { return current = c, ok; }
EXPORT Result cuGetErrorName(Result error, const char** name) {
  *name = error == no_memory         ? "CUDA_ERROR_OUT_OF_MEMORY"
          : error == launch_failed   ? "CUDA_ERROR_LAUNCH_FAILED"
          : error == illegal_address ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                                     : "CUDA_ERROR_INVALID_VALUE";
  return ok;
}

EXPORT Result cuMemGetInfo(std::size_t* free, std::size_t* total) {
  ENTER
  return *free = g.memory.free_bytes(), *total = g.memory.limit(), ok;
}
EXPORT Result cuMemAlloc(CUdeviceptr* p, std::size_t bytes) {
  ENTER
  if (g.refuses_in > 0 && --g.refuses_in == 0) return no_memory;
  *p = reinterpret_cast<CUdeviceptr>(g.memory.take(bytes));
  return *p ? ok : no_memory;
}
// Waits for all streams, as the driver's does.
EXPORT Result cuMemFree(CUdeviceptr p) {
  ENTER
  g.queues.until([] { return false; });
  if (!g.memory.give_back(bytes_at(p))) g.broken = illegal_address;
  return g.broken;
}

EXPORT Result cuMemHostAlloc(void** p, std::size_t bytes, unsigned) {
  ENTER
  if (g.refuses_in > 0 && --g.refuses_in == 0) return no_memory;
  *p = g.pinned.take(bytes);
  return *p ? ok : no_memory;
}
// Waits for nobody: what is under way there touches what nobody may touch then.
EXPORT Result cuMemFreeHost(void* p) {
  ENTER
  if (!g.pinned.give_back(p)) g.broken = illegal_address;
  return g.broken;
}

EXPORT Result cuPointerGetAttribute(void* value, int attribute, CUdeviceptr p) {
  ENTER
  if (!g.memory.has(bytes_at(p), 1)) return invalid_value;
  if (attribute == tessera::cuda::memory_type_of_pointer)
    *static_cast<unsigned*>(value) = tessera::cuda::memory_of_device;
  else
    *static_cast<int*>(value) = static_cast<int>(reinterpret_cast<std::uintptr_t>(current) / 16) - 1;
  return ok;
}

// Pageable memory of the host is read before the call returns, or any time until the stream is waited for: drawn.
EXPORT Result cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, std::size_t bytes, CUstream s) {
  ENTER
  if (!g.queues.has(number_of(s)) || !g.memory.has(bytes_at(to), bytes)) return invalid_value;
  g.log.add({Given::send, number_of(s), -1, -1, g.pinned.has(from, bytes)});
  later(s, [=] { std::memcpy(bytes_at(to), from, bytes); });
  return g.broken;
}
EXPORT Result cuMemcpyDtoHAsync(void* to, CUdeviceptr from, std::size_t bytes, CUstream s) {
  ENTER
  if (!g.queues.has(number_of(s)) || !g.memory.has(bytes_at(from), bytes)) return invalid_value;
  g.log.add({Given::bring, number_of(s), -1, -1, g.pinned.has(to, bytes)});
  later(s, [=] { std::memcpy(to, bytes_at(from), bytes); });
  return g.broken;
}
EXPORT Result cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream s) {
  ENTER
  if (!g.queues.has(number_of(s)) || !g.memory.has(bytes_at(from), bytes) || !g.memory.has(bytes_at(to), bytes))
    return invalid_value;
  later(s, [=] { std::memmove(bytes_at(to), bytes_at(from), bytes); });
  return g.broken;
}

EXPORT Result cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream s) {
  ENTER
  if (!g.queues.has(number_of(s)) || !g.memory.has(bytes_at(to), bytes)) return invalid_value;
  later(s, [=] { std::memset(bytes_at(to), value, bytes); });
  return g.broken;
}

EXPORT Result cuModuleLoadData(CUmodule* m, const void* image) {
  ENTER
  auto module = Module::load(image);
  if (!module) return no_image;
  *m = reinterpret_cast<CUmodule>(module.get());
  g.modules.insert(std::move(module));
  return ok;
}
EXPORT Result cuModuleUnload(CUmodule m) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  g.queues.until([] { return false; });
  std::erase_if(g.modules, [&](const auto& known) { return reinterpret_cast<CUmodule>(known.get()) == m; });
  return ok;
}
EXPORT Result cuModuleGetFunction(CUfunction* f, CUmodule m, const char* name) {
  ENTER
  const auto* function = reinterpret_cast<Module*>(m)->function(name);
  return function ? (*f = reinterpret_cast<CUfunction>(const_cast<Module::Function*>(function)), ok) : not_found;
}
EXPORT Result cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                             unsigned shared, CUstream s, void** arguments, void**) {
  ENTER
  const Launch launch{{gx, gy, gz}, {bx, by, bz}, g.only};
  if (!g.queues.has(number_of(s)) || !launch.is_possible() || shared > simt::most_shared) return invalid_value;
  const auto* function = reinterpret_cast<const Module::Function*>(f);
  // Arguments are copied when a kernel is launched.
  std::vector<std::vector<char>> values;
  for (std::size_t k = 0; k < function->argument_sizes.size(); k++) {
    const char* value = static_cast<const char*>(arguments[k]);
    values.emplace_back(value, value + function->argument_sizes[k]);
  }
  g.log.add({Given::launch, number_of(s)});
  later(s, [&g, function, launch, values]() mutable {
    std::vector<void*> pointers;
    for (auto& v : values) pointers.push_back(v.data());
    const std::string wrong = run(*function, launch, pointers.data(), g.queues.random());
    if (wrong.empty()) return;
    g.broken = illegal_address;
    std::fprintf(stderr, "simulated GPU: %s\n", wrong.c_str());
  });
  return g.broken;
}

EXPORT Result cuStreamCreate(CUstream* s, unsigned) {
  ENTER
  return *s = reinterpret_cast<CUstream>(static_cast<std::uintptr_t>(g.queues.make())), ok;
}
EXPORT Result cuStreamDestroy(CUstream s) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  g.queues.finish(number_of(s));
  g.queues.remove(number_of(s));
  return ok;
}
EXPORT Result cuStreamSynchronize(CUstream s) {
  ENTER
  if (!s || g.lost == std::pair(number_of(s), -1)) return g.broken;  // to the default stream nobody here gives anything
  return g.queues.has(number_of(s)) ? finish(number_of(s)) : Result{invalid_handle};
}
EXPORT Result cuStreamWaitEvent(CUstream s, CUevent e, unsigned) {
  ENTER
  if (!g.events.count(e) || !g.queues.has(number_of(s))) return invalid_handle;
  const MarkPtr mark = g.events[e];
  if (!mark || is_lost(mark, number_of(s))) return g.broken;  // one that was never recorded is no wait
  g.log.add({Given::stream_waits, number_of(s), mark->stream, mark->number});
  g.queues.wait_for(number_of(s), mark);
  return g.broken;
}
EXPORT Result cuEventCreate(CUevent* e, unsigned) {
  ENTER
  *e = reinterpret_cast<CUevent>(++g.handles * 16);
  return g.events[*e] = nullptr, ok;
}
EXPORT Result cuEventDestroy(CUevent e) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  return g.events.erase(e) ? ok : invalid_handle;
}
EXPORT Result cuEventRecord(CUevent e, CUstream s) {
  ENTER
  if (!g.events.count(e) || !g.queues.has(number_of(s))) return invalid_handle;
  g.events[e] = g.queues.record(number_of(s));
  g.log.add({Given::record, number_of(s), -1, g.events[e]->number});
  return g.broken;
}
// Who asks again and again is waiting: meanwhile streams go on.
EXPORT Result cuEventQuery(CUevent e) {
  ENTER
  if (!g.events.count(e)) return invalid_handle;
  const MarkPtr mark = g.events[e];
  if (!mark || is_lost(mark, -1)) return g.broken;
  g.queues.go_on_a_little();
  if (g.broken || !mark->reached) return g.broken ? g.broken : Result{tessera::cuda::not_ready};
  g.log.add({Given::host_waits, -1, mark->stream, mark->number});
  return ok;
}
EXPORT Result cuEventSynchronize(CUevent e) {
  ENTER
  if (!g.events.count(e)) return invalid_handle;
  const MarkPtr mark = g.events[e];
  if (!mark || is_lost(mark, -1)) return g.broken;
  g.log.add({Given::host_waits, -1, mark->stream, mark->number});
  if (!g.queues.until([&] { return mark->reached; })) g.broken = illegal_address;
  return g.broken;
}

EXPORT Result cuGetProcAddress_v2(const char* name, void** function, int, std::uint64_t, int*) {
#define FIND(known, arguments) \
  if (std::strcmp(name, #known) == 0) return *function = reinterpret_cast<void*>(&known), ok;
  TESSERA_CUDA_DRIVER_FUNCTIONS(FIND)
#undef FIND
  return not_found;
}

/// How often the primary context of a GPU is held.
EXPORT int simulated_contexts(int ordinal) {
  const std::lock_guard lock(gpu().mutex);
  return gpu().contexts[ordinal];
}
/// For libraries on top of the driver: whether bytes are all of one buffer; work behind what a stream has, which frees `data`.
EXPORT bool simulated_has(const void* p, std::size_t bytes) {
  const std::lock_guard lock(gpu().mutex);
  return gpu().memory.has(p, bytes);
}
EXPORT Result simulated_later(CUstream s, void (*work)(void*), void* data) {
  ENTER
  if (!g.queues.has(number_of(s))) return invalid_handle;
  g.queues.give(number_of(s), [=] { work(data); });
  return g.broken;
}

/// The same of what other processes have a part in: it is over when attempt(data) returns true; then, or when the GPU is broken,
/// release(data) frees it.
EXPORT Result simulated_attempt(CUstream s, bool (*attempt)(void*), void (*release)(void*), void* data) {
  const std::shared_ptr<void> kept(data, release);
  ENTER
  if (!g.queues.has(number_of(s))) return invalid_handle;
  g.queues.attempt(number_of(s), [=] { return gpu().broken || attempt(kept.get()); });
  return g.broken;
}

EXPORT void simulated_begin_log() {
  const std::lock_guard lock(gpu().mutex);
  gpu().log.begin();
}
EXPORT void simulated_log(TakeEntry take, void* to) {
  const std::lock_guard lock(gpu().mutex);
  gpu().log.end(take, to);
}
EXPORT void simulated_lose_waits(int of, int by) {
  const std::lock_guard lock(gpu().mutex);
  gpu().lost = {of, by};
}

EXPORT void simulated_only_blocks(const unsigned* numbers, int count) {
  const std::lock_guard lock(gpu().mutex);
  gpu().only.assign(numbers, numbers + count);
}

EXPORT void simulated_fail_at(long long calls) { gpu().fails_in = calls; }
EXPORT void simulated_refuse_at(long long allocations) { gpu().refuses_in = allocations; }
/// How many calls of simulated_fail_at and simulated_refuse_at are left; and a sound GPU again.
EXPORT long long simulated_mend() {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  const long long left = g.fails_in + g.refuses_in;
  // What streams still have is given up, as with a context; the host's memory that it names may be gone.
  if (!g.broken) g.broken = launch_failed;
  g.queues.until([] { return false; });
  g.broken = ok, g.fails_in = g.refuses_in = 0;
  return left;
}
