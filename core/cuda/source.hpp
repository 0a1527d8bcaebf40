#pragma once
// The text that NVRTC compiles: CUDA C++ for a Program. What an operation does to an element is the CPU's own code
// (core/cpu/simd/functions.hpp and bits.hpp, which are compiled into the text, and the column `kernel` of operations.inc), so
// that the bits are the CPU's; around it stand the loops of map.cu.
//
// A kernel takes a Call (map.cu) by value: pointers, strides, scalars. map_packs and map_run take operands whose elements lie
// one after another, 16 bytes at a time or element by element; map_near and map_far any strides, with indices of 32 and of
// 64 bits.
#include <cstdint>
#include <string>

#include <tessera/core/kernel/program.hpp>

namespace tessera::cuda {

inline constexpr int most_axes = 6;  ///< of one launch; others are the host's loop
inline constexpr int block_threads = 256;
inline constexpr std::int64_t most_call_bytes = 4000;  ///< a kernel's arguments may take 4 KiB

/// How the Call of a program lies in memory, as the text and the host that fills it in have to agree.
struct CallLayout {
  std::int64_t inputs, outputs;                ///< offsets: pointers
  std::int64_t input_strides, output_strides;  ///< most_axes each, bytes
  std::int64_t scalars;                        ///< 16 bytes each
  std::int64_t bytes;
};
CallLayout call_layout(const Program& p);

/// True for the programs that there is a text for: operations that are exact on every processor (arithmetic, comparisons,
/// casts, rounding, bits) of every dtype but complex quotients and functions, with a Call that a launch can take.
bool has_source(const Program& p);
/// How many elements of every operand map_packs takes at a time; operands must be aligned to as many of theirs.
int elements_per_pack(const Program& p);
std::string map_source(const Program& p);
/// The same around another text with `void make_element(const Call& call, double v0, ..., double& o0, ...)`, which stands behind what Call
/// is; without the words that come first.
std::string map_loops(const Program& p, const std::string& element);

}  // namespace tessera::cuda
