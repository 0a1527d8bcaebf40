#include <tessera/core/cpu/row_samplers.hpp>

#include <algorithm>
#include <numeric>

#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/sampler.hpp>

namespace tessera::cpu {
namespace {

/// Element k of a row: its own stream.
std::int64_t drawn_of_row(const SamplerPtr& law, RandomKey key, std::size_t k, std::uint64_t row) {
  std::int64_t count = 0;
  law->draw(draw_key(key, k), row, 1, &count);
  return count;
}

}  // namespace

void multinomial_row(RandomKey key, std::uint64_t row, std::int64_t n, std::span<const double> pvals,
                     std::span<std::int64_t> out) {
  const std::size_t last = pvals.size() - 1;
  double behind = 1;  // the probability of this outcome and those behind it
  std::int64_t left = n;
  for (std::size_t k = 0; k < last; k++) {
    const double share = behind > 0 ? std::min(1.0, pvals[k] / behind) : 1;
    out[k] = left == 0 || pvals[k] == 0 ? 0 : drawn_of_row(sampler_of(BinomialLaw{left, share}), key, k, row);
    left -= out[k], behind -= pvals[k];
  }
  out[last] = left;
}

void colors_by_chain(RandomKey key, std::uint64_t row, std::span<const std::int64_t> colors, std::int64_t sample,
                     std::span<std::int64_t> out) {
  std::int64_t behind = std::accumulate(colors.begin(), colors.end(), std::int64_t{0}), left = sample;
  for (std::size_t k = 0; k < colors.size(); k++) {
    behind -= colors[k];
    if (behind == 0 || colors[k] == 0 || left == 0)
      out[k] = std::min(left, colors[k]);
    else
      out[k] = drawn_of_row(sampler_of(HypergeometricLaw{colors[k], behind, left}), key, k, row);
    left -= out[k];
  }
}

void colors_one_by_one(RandomKey key, std::uint64_t row, std::span<const std::int64_t> colors, std::int64_t sample,
                       std::span<std::int64_t> out) {
  const std::int64_t all = std::accumulate(colors.begin(), colors.end(), std::int64_t{0});
  const bool draws_sample = sample <= all - sample;
  const std::int64_t drawn = draws_sample ? sample : all - sample;
  std::copy(colors.begin(), colors.end(), out.begin());  // what is left of each color
  for (std::int64_t i = 0; i < drawn; i++) {
    const double u = to_unit(low_word(philox(attempt_key(key, static_cast<std::uint64_t>(i)), row)));
    auto place = std::min(static_cast<std::int64_t>(u * static_cast<double>(all - i)), all - i - 1);
    std::size_t k = 0;
    while (place >= out[k]) place -= out[k++];
    out[k]--;
  }
  if (!draws_sample) return;
  for (std::size_t k = 0; k < colors.size(); k++) out[k] = colors[k] - out[k];
}

}  // namespace tessera::cpu
