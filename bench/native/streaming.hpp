#pragma once
// Hand-written loops that Tessera's elementwise evaluation is measured against: one pass, all operations in registers,
// stores that go past the caches. All threads of OpenMP. `in` and `out` lie on 64-byte boundaries.
#include <cstdint>

namespace bench {

/// out = in + 2.
void stream_add(const double* in, double* out, std::int64_t n);
/// Ten operations: t = in * 1.1 + 2;  u = (t * in - 0.5) * in + 3;  out = |u - t| * 0.25 + in.
void stream_chain(const double* in, double* out, std::int64_t n);

}  // namespace bench
