#pragma once
// Rows of counts that depend on one another: of how many draws each outcome came up. A row depends on the key, its number and
// the parameters, nothing else.
#include <cstdint>
#include <span>

#include <tessera/core/export.hpp>
#include <tessera/core/kernel/random_key.hpp>

namespace tessera::cpu {

/// How often each of some outcomes came up in n draws: a chain of binomial numbers, each of what those before it left. Outcome k
/// has probability pvals[k], the last what the others leave of 1. 0 <= n <= 2^53; pvals in [0, 1]; out: as long, not empty.
TESSERA_API void multinomial_row(RandomKey key, std::uint64_t row, std::int64_t n, std::span<const double> pvals,
                                 std::span<std::int64_t> out);
/// How many of each color are in a sample without replacement: a chain of hypergeometric numbers. At most 10^9 in all.
TESSERA_API void colors_by_chain(RandomKey key, std::uint64_t row, std::span<const std::int64_t> colors,
                                 std::int64_t sample, std::span<std::int64_t> out);
/// The same, the sample (or what is not in it, if that is less) drawn one by one. At most 2^53 in all.
TESSERA_API void colors_one_by_one(RandomKey key, std::uint64_t row, std::span<const std::int64_t> colors,
                                   std::int64_t sample, std::span<std::int64_t> out);

}  // namespace tessera::cpu
