#pragma once
// Arrays as sets, under NumPy's names and rules: of any shape, as if they had one axis; results are 1-d and in order, in the
// common dtype. NaN is no element of anything: not found, and never common to two arrays. As in unique.hpp elements are
// counted at once, and the rest is lazy.
#include <tessera/core/ops/unique.hpp>

namespace tessera {

/// What is in a or in b, each once; NaN once.
TESSERA_API Array union1d(const Array& a, const Array& b, const CountMask& count);

struct IntersectOptions {
  ByName by_name{};
  bool assume_unique = false;  ///< nothing is in a twice, nor in b: neither is sorted by itself
  bool indices = false;        ///< where the elements are first in a and b
};
struct Intersection {
  Array values;
  std::optional<Array> in_a{}, in_b{};  ///< int64
};
/// What is in both, each once.
TESSERA_API Intersection intersect1d(const Array& a, const Array& b, const IntersectOptions& options,
                                     const CountMask& count);
/// What is in a but not in b. With assume_unique elements stay in the order of a. Every rank gets a copy of b.
TESSERA_API Array setdiff1d(const Array& a, const Array& b, bool assume_unique, const CountMask& count);
/// What is in one of the two only.
TESSERA_API Array setxor1d(const Array& a, const Array& b, bool assume_unique, const CountMask& count);

}  // namespace tessera
