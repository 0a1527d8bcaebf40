#pragma once
// A box of a resized array: along one axis after another sums of weighted elements, in float64, in pieces whose sums stay in
// the nearest caches; rounded once, integers to the nearest, halves to even.
#include <tessera/core/box.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/export.hpp>
#include <tessera/core/kernel/resampling.hpp>

namespace tessera::cpu {

struct ResampledPart {
  DType type;
  const std::byte* from;  ///< the elements of `source`
  Dims from_strides;      ///< in bytes
  Box source;             ///< in the array's indices; has all taps of `box`
  std::byte* to;
  Dims to_strides;
  Box box;  ///< in the result's indices
};

/// axes: one for each axis. Sums are taken along those axes first that shrink most; bits don't depend on the part.
/// type: any for nearest, else real and not bool. Allocates about 0.2 MiB for each axis, more where an
/// element has thousands of taps.
TESSERA_API void resample(const std::vector<ResampledAxis>& axes, const ResampledPart& part);

/// Loops for a processor.
struct ResampleLoops {
  /// sums[j] = the sum of weights times element j of `count` rows, `between` bytes apart; `stride` bytes from an element to
  /// the next.
  void (*weigh)(const std::byte* rows, std::int64_t between, std::int64_t stride, const double* weights,
                std::int64_t count, double* sums, std::int64_t n);
  /// sums[i] = the sum of counts[i] weights times elements of the row from firsts[i] on; weights lie one behind the other.
  void (*weigh_along)(const std::byte* row, std::int64_t stride, const std::int64_t* firsts, const std::int64_t* counts,
                      const double* weights, double* sums, std::int64_t n);
  void (*store)(const double* sums, std::byte* to, std::int64_t stride, std::int64_t n);
};
ResampleLoops resample_loops_of_baseline(DType type);
ResampleLoops resample_loops_of_avx2(DType type);
ResampleLoops resample_loops_of_avx512(DType type);

}  // namespace tessera::cpu
