#pragma once
// Random orders: what is drawn without being put back. By random keys (ops/random.hpp), which are sorted, so a result
// depends on seed, stream and n alone: not on chunks, ranks or threads. Lazy.
#include <tessera/core/ops/random.hpp>

namespace tessera {

/// The numbers below n in a random order, each order as likely as any other (to n^2 / 2^65).
/// returns: 1-d, int64 unless an integer dtype is given. throws ValueError when n is negative, DTypeError.
TESSERA_API Array permutation(std::int64_t n, const RandomOptions& options = {});
/// `count` different numbers below n, in random order: the first of the same permutation. With p, one for each number,
/// each is drawn with the probabilities of those that are left, by exponential times (Efraimidis and Spirakis 2006).
/// returns: 1-d. throws ValueError when there are not as many (with probabilities above 0), and as `choice`.
TESSERA_API Array choice_without_replacement(std::int64_t count, std::int64_t n, const std::vector<double>& p = {},
                                             const RandomOptions& options = {});

}  // namespace tessera
