#include <tessera/core/cuda/nccl.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include <tessera/core/cuda/load.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

// The first that connects without blocking, so that it can be given up.
constexpr int oldest = 21400;

std::string version_text(int v) { return fmt::format("NCCL {}.{}.{}", v / 10000, v / 100 % 100, v % 100); }

int version_of(const Nccl& nccl) {
  int v = 0;
  return nccl.ncclGetVersion(&v) == nccl_success ? v : 0;
}

bool load(Nccl& nccl, std::string& why) {
  if (const char* wish = std::getenv("TESSERA_NCCL"); wish && std::strcmp(wish, "none") == 0) {
    why = "TESSERA_NCCL is none";
    return false;
  }
  void* library = open_library("TESSERA_NCCL", {"libnccl.so.2"}, why);
  if (!library) return false;
  nccl.ncclGetVersion = reinterpret_cast<int (*)(int*)>(dlsym(library, "ncclGetVersion"));
  if (const int v = nccl.ncclGetVersion ? version_of(nccl) : 0; v < oldest) {
    why = fmt::format("{} is older than 2.14", version_text(v));
    return false;
  }
#define TESSERA_FIND(result, name, arguments)                               \
  nccl.name = reinterpret_cast<result(*) arguments>(dlsym(library, #name)); \
  if (!nccl.name && why.empty()) why = fmt::format("NCCL has no {}", #name);
  TESSERA_NCCL_FUNCTIONS(TESSERA_FIND)
#undef TESSERA_FIND
  return why.empty();
}

const Nccl& nccl_here() {
  std::string why;
  const Nccl* nccl = find_nccl(why);
  if (!nccl) throw InternalError("cuda: a link without NCCL: " + why);
  return *nccl;
}

[[noreturn]] void fail(const Nccl& nccl, ncclComm_t comm, int error, const char* what) {
  const char* last = nccl.ncclGetLastError(comm);  // also where there is none
  throw CommError(fmt::format("NCCL: {}: {} ({}){}{}", what, nccl.ncclGetErrorString(error), error,
                              last && *last ? ": " : "", last ? last : ""));
}

void check(const Nccl& nccl, ncclComm_t comm, int result, const char* what) {
  if (result != nccl_success && result != nccl_in_progress) fail(nccl, comm, result, what);
}

class NcclLink final : public DeviceLink {
 public:
  NcclLink(std::shared_ptr<const Context> context, Streams& streams, const std::string& name, int rank, int ranks)
      : context_(std::move(context)), streams_(streams), nccl_(nccl_here()) {
    ncclUniqueId id;
    if (name.size() != sizeof id.internal) throw InternalError("NCCL: a name of " + std::to_string(name.size()));
    std::memcpy(id.internal, name.data(), sizeof id.internal);
    NcclConfig config;
    context_->enter();
    const int result = nccl_.ncclCommInitRankConfig(&comm_, ranks, id, rank, &config);
    check(nccl_, nullptr, result, "ncclCommInitRankConfig");
  }
  ~NcclLink() override { abort(); }

  bool poll() override {
    if (!comm_) throw CommError("NCCL: the link between the GPUs was given up");
    int state = nccl_success;
    check(nccl_, comm_, nccl_.ncclCommGetAsyncError(comm_, &state), "ncclCommGetAsyncError");
    check(nccl_, comm_, state, "what was under way");
    return state == nccl_success;
  }

  void exchange(Stream stream, std::span<const Piece> send, std::span<const Piece> receive) override {
    if (!comm_) throw CommError("NCCL: the link between the GPUs was given up");
    const CUstream on = streams_[stream];
    check(nccl_, comm_, nccl_.ncclGroupStart(), "ncclGroupStart");
    int first = nccl_success;  // what goes wrong: a group that was begun is ended
    const auto note = [&](int result) {
      if (first == nccl_success && result != nccl_in_progress) first = result;
    };
    for (const Piece& p : send)
      note(nccl_.ncclSend(p.data, static_cast<std::size_t>(p.bytes), nccl_bytes, p.peer, comm_, on));
    for (const Piece& p : receive)
      note(nccl_.ncclRecv(p.data, static_cast<std::size_t>(p.bytes), nccl_bytes, p.peer, comm_, on));
    const int ended = nccl_.ncclGroupEnd();
    check(nccl_, comm_, first, "ncclSend, ncclRecv");
    check(nccl_, comm_, ended, "ncclGroupEnd");
  }

  bool abort() noexcept override;

 private:
  const std::shared_ptr<const Context> context_;
  Streams& streams_;
  const Nccl& nccl_;
  ncclComm_t comm_ = nullptr;
  bool ended_ = true;
};

// ncclCommAbort has been seen to hang, so it is called by a thread that is left alone if it does.
bool NcclLink::abort() noexcept {
  constexpr auto patience = std::chrono::seconds(5);
  constexpr auto nap = std::chrono::milliseconds(1);
  const ncclComm_t comm = std::exchange(comm_, nullptr);
  if (!comm) return ended_;
  try {
    ended_ = false;
    const auto done = std::make_shared<std::atomic<bool>>(false);
    std::thread ending([done, comm, context = context_, &nccl = nccl_] {
      try {
        context->enter();
      } catch (const Error&) {  // of a broken context: nothing of it is under way
      }
      nccl.ncclCommAbort(comm);
      done->store(true);
    });
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done->load() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(nap);
    ended_ = done->load();
    if (ended_)
      ending.join();
    else
      ending.detach();
  } catch (...) {  // there is no thread to be had
  }
  return ended_;
}

}  // namespace

const Nccl* find_nccl(std::string& why) { return find_table<Nccl>(load, why); }

LinkSupport nccl_support() {
  LinkSupport support;
  if (const Nccl* nccl = find_nccl(support.why_not)) support.name = version_text(version_of(*nccl));
  return support;
}

std::string nccl_description() {
  const LinkSupport support = nccl_support();
  return !support.name.empty() ? support.name
                               : "no NCCL, so GPUs exchange through the host's memory: " + support.why_not;
}

std::string new_nccl_name() {
  const Nccl& nccl = nccl_here();
  ncclUniqueId id;
  check(nccl, nullptr, nccl.ncclGetUniqueId(&id), "ncclGetUniqueId");
  return {id.internal, sizeof id.internal};
}

std::unique_ptr<DeviceLink> connect_by_nccl(std::shared_ptr<const Context> context, Streams& streams,
                                            const std::string& name, int rank, int ranks) {
  return std::make_unique<NcclLink>(std::move(context), streams, name, rank, ranks);
}

}  // namespace tessera::cuda
