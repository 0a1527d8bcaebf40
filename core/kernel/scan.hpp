#pragma once
// How a scan runs along an axis: y[i] = x[0] (+) x[1] (+) ... (+) x[i]. The axis is cut into chunks by the grid, and a
// chunk into pieces of 64 elements from its beginning, so the cuts never depend on ranks, threads or tiles. Element i is
//
//   carry (+) (within (+) local)
//
// where `local` folds the piece up to i, `within` the pieces of the chunk before it, `carry` the chunks before that one,
// each from left to right, element by element, total by total. The last element of a chunk is the next carry, bit by
// bit, so sums of what is not negative never fall (rounding is monotone), as they don't when numbers are added one after
// another; the longest chain of roundings is that of 64 + pieces of a chunk + chunks.
#include <cstdint>

#include <tessera/core/dtype.hpp>

namespace tessera {

/// last: the last element that is not NaN (forward fill).
enum class ScanKind : std::uint8_t { sum, prod, min, max, last };

constexpr const char* name(ScanKind k) {
  constexpr const char* names[] = {"sum", "prod", "min", "max", "last number"};
  return names[static_cast<int>(k)];
}

struct Scan {
  ScanKind kind = ScanKind::sum;
  DType element = DType::float64;  ///< of what is scanned, and of the result

  /// Of totals and carries. Sums and products of float32 are rounded once, at the end.
  DType state() const {
    if (kind != ScanKind::sum && kind != ScanKind::prod) return element;
    return element == DType::float32 ? DType::float64 : element == DType::complex64 ? DType::complex128 : element;
  }
  bool operator==(const Scan&) const = default;
};

inline constexpr std::int64_t scan_piece = 64;

}  // namespace tessera
