#pragma once
// A Program as CUDA C++. What an operation does to an element is the CPU's own code (core/cpu/simd/functions.hpp and bits.hpp, which are
// compiled into the text, and the column `kernel` of operations.inc), so that the bits are the CPU's.
#include <string>

#include <tessera/core/kernel/program.hpp>

namespace tessera::cuda {

/// "double"; a bool is an unsigned char of 0 or 1.
const char* c_type(DType t);
/// True when all operations are exact on every processor: arithmetic, comparisons, casts, rounding, bits of every dtype; not complex
/// quotients and functions.
bool has_text(const Program& p);
/// What comes first in every text: the language's words, functions of elements, the program's operations.
std::string functions_text(const Program& p);
/// `void make_element(const Call& call, double v0, ..., double& o0, ...)`, of a Call with the scalars `call.scalar`.
std::string element_text_of(const Program& p);
/// `template <class T, int n> struct Pack`: n elements, at an address that is a multiple of their size, of 16 where that is more.
std::string pack_text();

}  // namespace tessera::cuda
