#include <tessera/distributed/execute/wanted_keys.hpp>

#include <algorithm>

namespace tessera {

WantedKeys::WantedKeys(const CountedSelection& op, const std::shared_ptr<MemoryPool>& pool)
    : op_(op), each_(wanted_keys(op)), memory_(pool, op.memory.wanted, "the keys that are looked for") {
  const std::int64_t n = op.outputs * each_;
  auto* at = reinterpret_cast<std::uint64_t*>(memory_.data());
  std::fill_n(at, 4 * n + 2 * op.outputs, std::uint64_t{0});
  begins_ = at, prefixes_ = at + n, slots_ = at + 2 * n;
  places_ = reinterpret_cast<std::int64_t*>(at + 3 * n);
  used_ = places_ + n, numbers_ = used_ + op.outputs;
}

KeyPrefixes WantedKeys::prefixes(int pass) const {
  return {op_.outputs, pass == 0 ? 1 : each_, pass * op_.digit, digit_of(op_, pass), prefixes_, used_};
}

// Where in the order the keys of a column are: its elements are counted by now.
void WantedKeys::place(std::int64_t output, const std::int64_t* counts, const std::int64_t* nans) {
  const Quantiles& quantiles = op_.task.quantiles;
  const std::int64_t digits = std::int64_t{1} << digit_of(op_, 0), nan = nans ? nans[output] : 0;
  std::int64_t n = -nan;
  for (std::int64_t d = 0; d < digits; d++) n += counts[output * digits + d];
  if (nan > 0 && !quantiles.skip_nan) n = 0;
  numbers_[output] = n;
  used_[output] = n > 0 ? 1 : 0;
  if (n == 0) return;
  for (std::int64_t k = 0; k < quantiles.count(); k++) {
    const Neighbours at = neighbours(quantiles.method, quantiles.q[k], n);
    places_[output * each_ + 2 * k] = at.first, places_[output * each_ + 2 * k + 1] = at.second;
  }
}

std::int64_t WantedKeys::learn_of(std::int64_t output, const KeyPrefixes& before, const std::int64_t* counts,
                                  const std::int64_t* own) {
  std::uint64_t* begins = begins_ + output * each_;
  std::uint64_t* slots = slots_ + output * each_;
  std::int64_t* places = places_ + output * each_;
  for (std::int64_t k = 0; k < each_; k++) {
    const std::int64_t* of = counts + ((output * before.each + static_cast<std::int64_t>(slots[k])) << before.digit);
    std::uint64_t digit = 0;
    for (; places[k] >= of[digit]; digit++) places[k] -= of[digit];
    begins[k] = begins[k] << before.digit | digit;
  }
  // The beginnings that are there now, how many elements of this rank have them, and which key has which.
  std::int64_t matter = 0;
  std::uint64_t* prefixes = prefixes_ + output * each_;
  std::copy_n(begins, each_, prefixes);
  std::sort(prefixes, prefixes + each_);
  used_[output] = std::unique(prefixes, prefixes + each_) - prefixes;
  const std::uint64_t mask = static_cast<std::uint64_t>(before.digits() - 1);
  for (std::int64_t s = 0; s < used_[output]; s++) {
    const auto key = std::find(begins, begins + each_, prefixes[s]) - begins;
    const std::int64_t old = output * before.each + static_cast<std::int64_t>(slots[key]);
    matter += own[(old << before.digit) + static_cast<std::int64_t>(prefixes[s] & mask)];
  }
  for (std::int64_t k = 0; k < each_; k++)
    slots[k] = static_cast<std::uint64_t>(std::lower_bound(prefixes, prefixes + used_[output], begins[k]) - prefixes);
  return matter;
}

std::int64_t WantedKeys::learn(int pass, const std::int64_t* counts, const std::int64_t* own) {
  const KeyPrefixes before = prefixes(pass);
  const bool counts_nans = pass == 0 && is_inexact(op_.task.element);
  std::int64_t matter = 0;
  for (std::int64_t o = 0; o < op_.outputs; o++) {
    if (pass == 0) place(o, counts, counts_nans ? counts + before.histogram_counts() : nullptr);
    if (used_[o] > 0) matter += learn_of(o, before, counts, own);
  }
  return matter;
}

void WantedKeys::write(std::int64_t output, std::int64_t k, std::byte* to) const {
  const Quantiles& quantiles = op_.task.quantiles;
  const std::int64_t n = numbers_[output];
  if (n == 0) return write_no_quantile(op_.task.result.dtype, to);
  const std::uint64_t* keys = begins_ + output * each_ + 2 * k;
  write_quantile(quantiles.method, op_.task.element, keys[0], keys[1],
                 neighbours(quantiles.method, quantiles.q[k], n).weight, to);
}

}  // namespace tessera
