#pragma once
// Machine code of a GPU as NVIDIA's disassembler prints it, and what ptxas says of a kernel: what can be known of its speed without a GPU.
#include <map>
#include <string>
#include <vector>

namespace tessera::testing {

struct MachineInstruction {
  std::string name;      ///< "LDG.E.128.CONSTANT"
  std::string operands;  ///< "R4, desc[UR4][R2.64]"
};
/// Instructions between two places where the order of execution may go on elsewhere.
using BasicBlock = std::vector<MachineInstruction>;

/// By kernel, what `nvdisasm -c` prints.
std::map<std::string, std::vector<BasicBlock>> disassembled(const std::string& text);
/// The most bytes that a thread has asked memory for and waits for when it first needs one of them: loads given before in the same block
/// whose registers nothing has used yet.
int bytes_in_flight(const std::vector<BasicBlock>& blocks);
/// How many instructions have a name that begins so and contains `part`.
int count_of(const std::vector<BasicBlock>& blocks, const std::string& begin, const std::string& part = {});

/// What ptxas says with -v.
struct Resources {
  int registers = 0, stack = 0, spilled = 0, shared = 0;  ///< of a thread; bytes; bytes; bytes of a block
};
std::map<std::string, Resources> resources_in(const std::string& log);

/// A generation of GPUs: its multiprocessor, and the bytes that must be under way in it to keep its memory busy (what CUB asks for:
/// cub/device/dispatch/tuning/tuning_transform.cuh).
struct Generation {
  const char* architecture;
  int registers, warps, blocks, shared, wanted_bytes;
};
inline constexpr Generation generations[] = {{"sm_80", 65536, 64, 32, 164 << 10, 16 << 10},
                                             {"sm_90", 65536, 64, 32, 228 << 10, 32 << 10},
                                             {"sm_100", 65536, 64, 32, 228 << 10, 64 << 10}};
/// Threads that a multiprocessor runs at once, in blocks of so many: registers are given to warps in units of 256, shared memory to
/// blocks in units of 128 bytes, with 1 KiB for each.
int resident_threads(const Generation& g, int threads, const Resources& r);

}  // namespace tessera::testing
