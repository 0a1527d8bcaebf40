// Samplers that take a few integer operations an element: bounded integers, and choice by them or by cumulative
// weights.
#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/sampler.hpp>

namespace tessera::cpu {

namespace {

constexpr std::int64_t block = 1024;  // elements: their words stay in the first-level cache

/// make(word, index) for the words of type W (uint32_t: 4 a call; uint64_t: 2) of elements first, first + 1, ...
template <class W, class F>
void for_each_word(RandomKey key, std::uint64_t first, std::int64_t count, F&& make) {
  constexpr std::uint64_t per_call = 16 / sizeof(W);
  alignas(64) W words[block + per_call];
  for (std::int64_t done = 0; done < count;) {
    const std::uint64_t at = first + static_cast<std::uint64_t>(done), skip = at % per_call;
    const std::int64_t n = std::min(count - done, block - static_cast<std::int64_t>(per_call));
    const auto calls = (static_cast<std::uint64_t>(n) + skip + per_call - 1) / per_call;
    machine().words(key.seed, key.stream, at / per_call, static_cast<std::int64_t>(calls),
                    reinterpret_cast<std::uint32_t*>(words));
    for (std::int64_t i = 0; i < n; i++) make(words[skip + static_cast<std::uint64_t>(i)], done + i);
    done += n;
  }
}

/// Numbers in [0, range) from words of type W; Wide holds a product of two. range 0: all 2^bits.
template <class W, class Wide, class F>
void bounded(RandomKey key, std::uint64_t first, std::int64_t count, W range, F&& put) {
  if (range == 0) return for_each_word<W>(key, first, count, put);
  const W rejected = static_cast<W>(-range) % range;  // 2^bits mod range
  constexpr int bits = 8 * sizeof(W);
  for_each_word<W>(key, first, count, [&](W word, std::int64_t i) {
    Wide product = static_cast<Wide>(word) * range;
    for (std::uint64_t attempt = 1; static_cast<W>(product) < rejected; attempt++) {
      const auto again = philox(attempt_key(key, attempt), first + static_cast<std::uint64_t>(i));
      product = static_cast<Wide>(static_cast<W>(low_word(again))) * range;
    }
    put(static_cast<W>(product >> bits), i);
  });
}

/// put(number in [0, span], index)
template <class F>
void in_span(RandomKey key, std::uint64_t first, std::int64_t count, std::uint64_t span, F&& put) {
  if (span <= 0xffffffffu)
    bounded<std::uint32_t, std::uint64_t>(key, first, count, static_cast<std::uint32_t>(span + 1), put);
  else
    bounded<std::uint64_t, unsigned __int128>(key, first, count, span + 1, put);
}

class IntegersSampler final : public Sampler {
 public:
  explicit IntegersSampler(const IntegersLaw& law) : law_(law) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* out) const override {
    const auto low = static_cast<std::uint64_t>(law_.low);
    visit_dtype(law_.type, [&]<class T>(T) {
      if constexpr (std::is_integral_v<T>)
        in_span(key, first, count, law_.span,
                [&, to = static_cast<T*>(out)](std::uint64_t v, std::int64_t i) { to[i] = static_cast<T>(low + v); });
    });
  }

 private:
  const IntegersLaw& law_;
};

class ChoiceSampler final : public Sampler {
 public:
  explicit ChoiceSampler(const ChoiceLaw& law) : law_(law) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* out) const override {
    const auto item = static_cast<std::size_t>(law_.item);
    const auto put = [&](std::uint64_t k, std::int64_t i) {
      if (law_.values.empty())
        static_cast<std::int64_t*>(out)[i] = static_cast<std::int64_t>(k);
      else
        std::memcpy(static_cast<std::byte*>(out) + static_cast<std::size_t>(i) * item, law_.values.data() + k * item,
                    item);
    };
    const auto& below = law_.below;
    if (below.empty()) return in_span(key, first, count, static_cast<std::uint64_t>(law_.n - 1), put);
    for_each_word<std::uint64_t>(key, first, count, [&](std::uint64_t word, std::int64_t i) {
      const auto at = std::upper_bound(below.begin(), below.end(), to_unit(word));
      put(static_cast<std::uint64_t>(at - below.begin()), i);
    });
  }

 private:
  const ChoiceLaw& law_;
};

}  // namespace

SamplerPtr sampler_of(const IntegersLaw& law) { return std::make_unique<IntegersSampler>(law); }
SamplerPtr sampler_of(const ChoiceLaw& law) { return std::make_unique<ChoiceSampler>(law); }

}  // namespace tessera::cpu
