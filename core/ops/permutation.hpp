#pragma once
// Random orders: what is drawn without being put back. By random keys (ops/random.hpp), which are sorted, so a result
// depends on seed, stream and n alone: not on chunks, ranks or threads. Lazy.
#include <tessera/core/ops/random.hpp>

namespace tessera {

/// The numbers below n in a random order, each order as likely as any other (to n^2 / 2^65).
/// returns: 1-d, int64 unless an integer dtype is given. throws ValueError when n is negative, DTypeError.
TESSERA_API Array permutation(std::int64_t n, const RandomOptions& options = {});
/// The slices of x along an axis in such an order: permutation(x, axis) is take(x, permutation(n), axis). throws ShapeError
/// when the axis is out of range, DTypeError for an option `dtype`: the elements stay what they are.
TESSERA_API Array permutation(const Array& x, std::int64_t axis = 0, const RandomOptions& options = {});
/// `count` different numbers below n, in random order: the first of the same permutation. With p, one for each number,
/// each is drawn with the probabilities of those that are left, by exponential times (Efraimidis and Spirakis 2006).
/// returns: 1-d. throws ValueError when there are not as many (with probabilities above 0), and as `choice`.
TESSERA_API Array choice_without_replacement(std::int64_t count, std::int64_t n, const std::vector<double>& p = {},
                                             const RandomOptions& options = {});
/// As many different slices of `a` along axis 0.
TESSERA_API Array choice_without_replacement(std::int64_t count, const Array& a, const std::vector<double>& p = {},
                                             const RandomOptions& options = {});

/// With probabilities of an array p (as weighted_choice): those that have none come last.
TESSERA_API Array weighted_choice_without_replacement(std::int64_t count, std::int64_t n, const Array& p,
                                                      const RandomOptions& options = {});
TESSERA_API Array weighted_choice_without_replacement(std::int64_t count, const Array& a, const Array& p,
                                                      const RandomOptions& options = {});
template <class From, std::same_as<Array> P>
Array choice_without_replacement(std::int64_t count, const From& n_or_a, const P& p,
                                 const RandomOptions& options = {}) {
  return weighted_choice_without_replacement(count, n_or_a, p, options);
}

}  // namespace tessera
