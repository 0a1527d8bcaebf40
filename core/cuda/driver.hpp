#pragma once
// What is used of CUDA's driver and of NVRTC, as tables of functions with their own signatures. Building needs no toolkit,
// and a program starts where there is no driver: the libraries are loaded by name when a session wants the device
// (TESSERA_CUDA_DRIVER, else libcuda.so.1; TESSERA_NVRTC, else libnvrtc.so.13 or .12). Nothing above can tell whether a GPU is
// behind the tables: tests put a simulated driver there (tests/devices/cuda).
#include <cstddef>
#include <string>

extern "C" {
typedef struct CUctx_st* CUcontext;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef struct CUstream_st* CUstream;
typedef struct CUevent_st* CUevent;
typedef unsigned long long CUdeviceptr;
typedef int CUdevice;
typedef struct {
  char bytes[16];
} CUuuid;
typedef struct _nvrtcProgram* nvrtcProgram;
}

namespace tessera::cuda {

using Result = int;  ///< CUresult; 0 is success
enum : Result { success = 0, out_of_memory = 2, no_device = 100, not_found = 500, not_ready = 600 };
enum Attribute : int {  ///< CUdevice_attribute
  multiprocessors_attribute = 16,
  compute_major = 75,
  compute_minor = 76
};
enum PointerAttribute : int { memory_type_of_pointer = 2, device_of_pointer = 9 };  ///< CUpointer_attribute
enum : unsigned { memory_of_device = 2 };                                           ///< CUmemorytype

#define TESSERA_CUDA_DRIVER_FUNCTIONS(F)                                                                         \
  F(cuInit, (unsigned flags))                                                                                    \
  F(cuDriverGetVersion, (int* version))                                                                          \
  F(cuDeviceGetCount, (int* count))                                                                              \
  F(cuDeviceGet, (CUdevice * device, int ordinal))                                                               \
  F(cuDeviceGetName, (char* name, int length, CUdevice device))                                                  \
  F(cuDeviceGetAttribute, (int* value, int attribute, CUdevice device))                                          \
  F(cuDeviceGetUuid, (CUuuid * uuid, CUdevice device))                                                           \
  F(cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device))                                            \
  F(cuDevicePrimaryCtxRelease, (CUdevice device))                                                                \
  F(cuCtxSetCurrent, (CUcontext context))                                                                        \
  F(cuGetErrorName, (Result error, const char** name))                                                           \
  F(cuMemGetInfo, (std::size_t * free, std::size_t * total))                                                     \
  F(cuMemAlloc, (CUdeviceptr * p, std::size_t bytes))                                                            \
  F(cuMemFree, (CUdeviceptr p))                                                                                  \
  F(cuMemHostAlloc, (void** p, std::size_t bytes, unsigned flags))                                               \
  F(cuMemFreeHost, (void* p))                                                                                    \
  F(cuPointerGetAttribute, (void* value, int attribute, CUdeviceptr p))                                          \
  F(cuMemcpyHtoDAsync, (CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream))                   \
  F(cuMemcpyDtoHAsync, (void* to, CUdeviceptr from, std::size_t bytes, CUstream stream))                         \
  F(cuMemcpyDtoDAsync, (CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream))                   \
  F(cuMemsetD8Async, (CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream stream))                  \
  F(cuModuleLoadData, (CUmodule * module, const void* image))                                                    \
  F(cuModuleUnload, (CUmodule module))                                                                           \
  F(cuModuleGetFunction, (CUfunction * function, CUmodule module, const char* name))                             \
  F(cuLaunchKernel, (CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, \
                     unsigned shared, CUstream stream, void** arguments, void** extra))                          \
  F(cuStreamCreate, (CUstream * stream, unsigned flags))                                                         \
  F(cuStreamDestroy, (CUstream stream))                                                                          \
  F(cuStreamSynchronize, (CUstream stream))                                                                      \
  F(cuStreamWaitEvent, (CUstream stream, CUevent event, unsigned flags))                                         \
  F(cuEventCreate, (CUevent * event, unsigned flags))                                                            \
  F(cuEventDestroy, (CUevent event))                                                                             \
  F(cuEventRecord, (CUevent event, CUstream stream))                                                             \
  F(cuEventQuery, (CUevent event))                                                                               \
  F(cuEventSynchronize, (CUevent event))

#define TESSERA_NVRTC_FUNCTIONS(F)                                                                \
  F(nvrtcVersion, (int* major, int* minor))                                                       \
  F(nvrtcCreateProgram, (nvrtcProgram * program, const char* text, const char* name, int headers, \
                         const char* const* header_texts, const char* const* header_names))       \
  F(nvrtcCompileProgram, (nvrtcProgram program, int options, const char* const* option_texts))    \
  F(nvrtcGetCUBINSize, (nvrtcProgram program, std::size_t * bytes))                               \
  F(nvrtcGetCUBIN, (nvrtcProgram program, char* image))                                           \
  F(nvrtcGetPTXSize, (nvrtcProgram program, std::size_t * bytes))                                 \
  F(nvrtcGetPTX, (nvrtcProgram program, char* text))                                              \
  F(nvrtcGetProgramLogSize, (nvrtcProgram program, std::size_t * bytes))                          \
  F(nvrtcGetProgramLog, (nvrtcProgram program, char* log))                                        \
  F(nvrtcDestroyProgram, (nvrtcProgram * program))

#define TESSERA_MEMBER(name, arguments) Result(*name) arguments = nullptr;
struct Driver {
  TESSERA_CUDA_DRIVER_FUNCTIONS(TESSERA_MEMBER)
};
struct Nvrtc {
  TESSERA_NVRTC_FUNCTIONS(TESSERA_MEMBER)
};
#undef TESSERA_MEMBER

/// Loaded once a process. null: `why` says why there is none, in a sentence for users.
const Driver* find_driver(std::string& why);
const Nvrtc* find_nvrtc(std::string& why);

/// throws IoError "cuda: WHAT: CUDA_ERROR_..." unless `result` is success.
void check(const Driver& driver, Result result, const char* what);

}  // namespace tessera::cuda
