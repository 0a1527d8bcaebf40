#pragma once
// What is used of NCCL, as a table of functions, and the link between GPUs that it makes. It is loaded by name when ranks have GPUs
// (TESSERA_NCCL, else libnccl.so.2; none: not at all); where there is none, what they exchange passes through the host's memory.
#include <cstdint>
#include <memory>
#include <string>

#include <tessera/core/cuda/streams.hpp>
#include <tessera/core/device/link.hpp>

extern "C" {
typedef struct ncclComm* ncclComm_t;
typedef struct {
  char internal[128];
} ncclUniqueId;
}

namespace tessera::cuda {

/// Of version 2.14, which later ones take by size and version.
struct NcclConfig {
  std::size_t size = sizeof(NcclConfig);
  unsigned magic = 0xcafebeef;
  unsigned version = 21400;
  int blocking = 0;
};
enum : int { nccl_success = 0, nccl_in_progress = 7 };  ///< ncclResult_t
enum : int { nccl_bytes = 0 };                          ///< ncclDataType_t: ncclInt8

#define TESSERA_NCCL_FUNCTIONS(F)                                                                               \
  F(int, ncclGetVersion, (int* version))                                                                        \
  F(int, ncclGetUniqueId, (ncclUniqueId * id))                                                                  \
  F(int, ncclCommInitRankConfig, (ncclComm_t * comm, int ranks, ncclUniqueId id, int rank, NcclConfig* config)) \
  F(int, ncclCommGetAsyncError, (ncclComm_t comm, int* error))                                                  \
  F(int, ncclCommAbort, (ncclComm_t comm))                                                                      \
  F(int, ncclGroupStart, ())                                                                                    \
  F(int, ncclGroupEnd, ())                                                                                      \
  F(int, ncclSend, (const void* from, std::size_t count, int type, int peer, ncclComm_t comm, CUstream stream)) \
  F(int, ncclRecv, (void* to, std::size_t count, int type, int peer, ncclComm_t comm, CUstream stream))         \
  F(const char*, ncclGetErrorString, (int error))                                                               \
  F(const char*, ncclGetLastError, (ncclComm_t comm))

struct Nccl {
#define TESSERA_MEMBER(result, name, arguments) result(*name) arguments = nullptr;
  TESSERA_NCCL_FUNCTIONS(TESSERA_MEMBER)
#undef TESSERA_MEMBER
};

/// Loaded once a process. null: `why` says why there is none.
const Nccl* find_nccl(std::string& why);

/// "NCCL 2.28.9", or why there is none.
LinkSupport nccl_support();
/// "NCCL 2.28.9", or that there is none and what follows from that.
std::string nccl_description();

/// A name for ncclCommInitRankConfig. throws CommError.
std::string new_nccl_name();
/// Begins to connect; throws CommError.
std::unique_ptr<DeviceLink> connect_by_nccl(std::shared_ptr<const Context> context, Streams& streams,
                                            const std::string& name, int rank, int ranks);

}  // namespace tessera::cuda
