// NCCL without GPUs, as a shared object of its own, which TESSERA_NCCL names: groups of sends and receives are given to the streams of the
// simulated driver, and bytes go between processes by shared memory when these run. Communicators don't block: what they were told is
// in the stream only once ncclCommGetAsyncError no longer says that it is under way.
//
// simulated_nccl_fail_at(k)   the k-th call from now on that does something fails, and its communicator with it
// simulated_nccl_never(what)  from now on nothing of this process ends: 1 connecting, 2 what is under way; 0: all does again
// simulated_nccl_error(e)     communicators of this process say that this has happened, and nothing of theirs ends; 0: they are well
// simulated_nccl_version(v)   what ncclGetVersion says
// simulated_nccl_mend()       it is well again; how many calls of simulated_nccl_fail_at are left
// simulated_nccl_counts       what has been connected, and is; bytes that have come
// simulated_nccl_stream()     number of the stream that was given the last group
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include <tessera/core/cuda/nccl.hpp>

#include "mailboxes.hpp"

#define EXPORT extern "C" __attribute__((visibility("default")))
using namespace simulated;

namespace {

enum : int { ok = 0, unhandled_error = 1, system_error = 2, invalid_argument = 4, invalid_usage = 5, in_progress = 7 };
enum Never : int { nothing = 0, connects = 1, ends = 2 };

template <class F>
F of_driver(const char* name) {
  const char* file = std::getenv("TESSERA_CUDA_DRIVER");
  void* library = file ? dlopen(file, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  return library ? reinterpret_cast<F>(dlsym(library, name)) : nullptr;
}

struct State {
  std::atomic<long long> fails_in{0}, came{0};
  std::atomic<int> never{nothing}, error{ok}, version{22809}, connected{0}, open{0}, stream{0};
  std::minstd_rand random{std::random_device{}()};
};
State& state() {
  static State* one = new State;
  return *one;
}
bool fails_now() {
  auto& left = state().fails_in;
  return left > 0 && --left == 0;
}

/// What outlives the handle while streams still have some of it.
struct Connection {
  Mailboxes boxes;
  int rank, ranks;
  std::atomic<bool> aborted{false};
  std::atomic<int> broken{ok};
};

struct Group {
  std::shared_ptr<Connection> of;
  CUstream stream;
  std::vector<Transfer> transfers{};

  bool go_on() {
    if (of->aborted) return true;
    if (state().never == ends || state().error || of->broken) return false;
    bool all = true;
    for (Transfer& t : transfers) {
      all = t.go_on() && all;
      if (t.mismatches()) of->broken = invalid_argument;
    }
    return all && !of->broken;
  }
};

}  // namespace

struct ncclComm {
  std::shared_ptr<Connection> connection;
  int polls_left = 0;                ///< until what was told is there
  std::unique_ptr<Group> pending{};  ///< not in a stream yet
  bool connected = false;
};

namespace {

thread_local int depth = 0;
thread_local std::unique_ptr<Group> group;
thread_local ncclComm_t group_comm = nullptr;
thread_local int group_error = ok;

int give(Group* g) {
  const auto attempt = of_driver<int (*)(CUstream, bool (*)(void*), void (*)(void*), void*)>("simulated_attempt");
  if (!attempt) return delete g, unhandled_error;
  state().stream = static_cast<int>(reinterpret_cast<std::uintptr_t>(g->stream));
  const auto go_on = [](void* p) { return static_cast<Group*>(p)->go_on(); };
  const auto release = [](void* p) { delete static_cast<Group*>(p); };
  return attempt(g->stream, go_on, release, g) == 0 ? ok : unhandled_error;
}

int add(void* data, std::size_t count, int type, int peer, ncclComm_t comm, CUstream stream, bool sends) {
  const auto has = of_driver<bool (*)(const void*, std::size_t)>("simulated_has");
  const auto refuse = [](int error) { return group_error = error; };
  if (fails_now()) return comm->connection->broken = system_error, refuse(system_error);
  // Alone, and not in a group, a send would wait for a receive that comes after it.
  if (depth == 0 || !comm->connected || comm->pending) return refuse(invalid_usage);
  Connection& c = *comm->connection;
  if (type != tessera::cuda::nccl_bytes || peer < 0 || peer >= c.ranks || peer == c.rank || !has || !has(data, count))
    return refuse(invalid_argument);
  if (!group) group = std::make_unique<Group>(Group{comm->connection, stream});
  if (group->of != comm->connection || group->stream != stream) return refuse(invalid_usage);
  group_comm = comm;
  Mailbox& box = sends ? c.boxes.box(c.rank, peer) : c.boxes.box(peer, c.rank);
  group->transfers.emplace_back(box, static_cast<char*>(data), count, sends);
  if (!sends) state().came += static_cast<long long>(count);
  return ok;
}

}  // namespace

EXPORT int ncclGetVersion(int* version) { return *version = state().version, ok; }
EXPORT int ncclGetUniqueId(ncclUniqueId* id) {
  if (fails_now()) return system_error;
  std::memset(id, 0, sizeof *id);
  const std::string name = Mailboxes::new_name();
  return std::memcpy(id->internal, name.c_str(), name.size()), ok;
}
EXPORT int ncclCommInitRankConfig(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank,
                                  tessera::cuda::NcclConfig* config) {
  if (fails_now()) return system_error;
  if (ranks > most_ranks || config->magic != 0xcafebeef || config->blocking != 0) return invalid_argument;
  auto c = std::shared_ptr<Connection>(new Connection{{id.internal, ranks}, rank, ranks});
  state().open++;
  *comm = new ncclComm{std::move(c), static_cast<int>(1 + state().random() % 3)};
  return in_progress;
}
EXPORT int ncclCommGetAsyncError(ncclComm_t comm, int* error) {
  Connection& c = *comm->connection;
  if (const int e = state().error ? state().error.load() : c.broken.load()) return *error = e, ok;
  *error = in_progress;
  if (!comm->connected && (state().never == connects || !c.boxes.all_arrived())) return ok;
  if (comm->polls_left > 0 && --comm->polls_left > 0) return ok;
  if (!comm->connected) comm->connected = true, state().connected++;
  *error = comm->pending ? give(comm->pending.release()) : ok;
  if (*error) c.broken = *error;
  return ok;
}
EXPORT int ncclCommAbort(ncclComm_t comm) {
  comm->connection->aborted = true;
  state().open--;
  return delete comm, ok;
}
EXPORT int ncclGroupStart() { return depth++ == 0 ? group_error = ok : ok; }
EXPORT int ncclSend(const void* from, std::size_t count, int type, int peer, ncclComm_t comm, CUstream stream) {
  return add(const_cast<void*>(from), count, type, peer, comm, stream, true);
}
EXPORT int ncclRecv(void* to, std::size_t count, int type, int peer, ncclComm_t comm, CUstream stream) {
  return add(to, count, type, peer, comm, stream, false);
}
EXPORT int ncclGroupEnd() {
  if (depth == 0) return invalid_usage;
  if (--depth > 0) return ok;
  const std::unique_ptr<Group> made = std::move(group);
  if (group_error) return group_error;
  if (!made) return ok;
  if (fails_now()) return made->of->broken = system_error, system_error;
  group_comm->polls_left = static_cast<int>(state().random() % 4);
  if (group_comm->polls_left == 0) return give(new Group(std::move(*made)));
  group_comm->pending = std::make_unique<Group>(std::move(*made));
  return in_progress;
}
EXPORT const char* ncclGetErrorString(int error) {
  return error == system_error    ? "unhandled system error"
         : error == invalid_usage ? "invalid usage"
         : error == ok            ? "no error"
                                  : "simulated error";
}
EXPORT const char* ncclGetLastError(ncclComm_t) { return ""; }

EXPORT void simulated_nccl_fail_at(long long calls) { state().fails_in = calls; }
EXPORT void simulated_nccl_never(int what) { state().never = what; }
EXPORT void simulated_nccl_error(int error) { state().error = error; }
EXPORT void simulated_nccl_version(int version) { state().version = version; }
EXPORT long long simulated_nccl_mend() {
  state().never = nothing, state().error = ok;
  return state().fails_in.exchange(0);
}
EXPORT void simulated_nccl_counts(int* connected, int* open, long long* came) {
  *connected = state().connected, *open = state().open, *came = state().came;
}
EXPORT int simulated_nccl_stream() { return state().stream; }
