// Keys in the order of the elements, and histograms of their bits, against counting one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tessera/core/box.hpp>
#include <tessera/core/device/host_select.hpp>
#include <tessera/core/kernel/sort_key.hpp>

namespace tessera {
namespace {

template <class T>
std::vector<T> ascending() {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr T most = std::numeric_limits<T>::max(), least = std::numeric_limits<T>::denorm_min(),
                inf = std::numeric_limits<T>::infinity();
    return {-inf, -most, T(-1.5), T(-1), -least, T(-0.0), T(0), least, T(1), T(1.5), most, inf};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {false, true};
  } else {
    using L = std::numeric_limits<T>;
    return {L::min(), T(L::min() + 1), T(L::max() / 2), T(L::max() - 1), L::max()};
  }
}

template <class T>
void expect_order() {
  const std::vector<T> x = ascending<T>();
  for (std::size_t i = 0; i < x.size(); i++) {
    EXPECT_EQ(element_of_key<T>(sort_key(x[i])), x[i]);
    if (i > 0) {
      EXPECT_LT(sort_key(x[i - 1]), sort_key(x[i])) << i;
    }
  }
  if constexpr (std::is_floating_point_v<T>) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    EXPECT_EQ(sort_key(nan), last_key<T>);
    EXPECT_EQ(sort_key(-nan), last_key<T>);
    EXPECT_GT(last_key<T>, sort_key(x.back()));
    EXPECT_TRUE(std::signbit(element_of_key<T>(sort_key(T(-0.0)))));
  }
}

TEST(SortKeys, AreInTheOrderOfTheElements) {
  expect_order<bool>();
  expect_order<std::int8_t>(), expect_order<std::int16_t>(), expect_order<std::int32_t>(), expect_order<std::int64_t>();
  expect_order<std::uint8_t>(), expect_order<std::uint16_t>(), expect_order<std::uint32_t>();
  expect_order<std::uint64_t>(), expect_order<float>(), expect_order<double>();
}

class Records final : public FoundKeys {
 public:
  std::vector<std::uint64_t> all() {
    if (!blocks_.empty()) blocks_.back().resize(static_cast<std::size_t>(next_ - blocks_.back().data()));
    std::vector<std::uint64_t> words;
    for (const auto& b : blocks_) words.insert(words.end(), b.begin(), b.end());
    next_ = end_ = nullptr;
    return words;
  }

 private:
  void take_block() override {
    blocks_.emplace_back(6);
    next_ = blocks_.back().data(), end_ = next_ + 6;
  }
  std::vector<std::vector<std::uint64_t>> blocks_;
};

// A box of 3 x 50 x 4, seen with its first and last axes exchanged or not, of which some axes are folded.
void expect_counts(std::uint32_t folded, bool turned, const std::vector<double>& x) {
  const Dims extent = turned ? Dims{4, 50, 3} : Dims{3, 50, 4};
  const Dims strides = turned ? Dims{8, 32, 1600} : Dims{1600, 32, 8};
  OutputNumbers numbers{0, Dims::filled(3, 0)};
  std::int64_t outputs = 1;
  for (int i = 2; i >= 0; i--)
    if (!(folded >> i & 1u)) numbers.strides[i] = outputs, outputs *= extent[i];
  // Of each output the beginnings of two of its elements, in 12 bits; the next 5 are counted.
  std::vector<std::vector<std::uint64_t>> keys(static_cast<std::size_t>(outputs));
  const auto key_at = [&](const Dims& at) {
    std::int64_t offset = 0;
    for (int i = 0; i < 3; i++) offset += at[i] * strides[i] / 8;
    return sort_key(x[static_cast<std::size_t>(offset)]);
  };
  const auto output_at = [&](const Dims& at) {
    std::int64_t o = 0;
    for (int i = 0; i < 3; i++) o += at[i] * numbers.strides[i];
    return static_cast<std::size_t>(o);
  };
  for_each_index(extent, [&](const Dims& at) { keys[output_at(at)].push_back(key_at(at)); });
  std::vector<std::uint64_t> prefixes;
  std::vector<std::int64_t> used;
  for (const auto& of : keys) {
    std::uint64_t a = of.front() >> 52, b = of.back() >> 52;
    used.push_back(a == b ? 1 : 2);
    prefixes.push_back(std::min(a, b)), prefixes.push_back(std::max(a, b));
  }
  const KeyPrefixes p{outputs, 2, 12, 5, prefixes.data(), used.data()};
  std::vector<std::int64_t> want(static_cast<std::size_t>(p.histogram_counts())), got(want.size()), again(want.size());
  std::size_t matching = 0;
  for_each_index(extent, [&](const Dims& at) {
    const std::uint64_t key = key_at(at);
    const std::size_t o = output_at(at);
    for (std::size_t k = 0; k < static_cast<std::size_t>(used[o]); k++)
      if (prefixes[2 * o + k] == key >> 52) want[(2 * o + k) * 32 + (key >> 47 & 31)]++, matching++;
  });
  Records found;
  count_digits(DType::float64, p, extent, {reinterpret_cast<const std::byte*>(x.data()), strides}, numbers, got.data(),
               nullptr, &found);
  EXPECT_EQ(got, want) << folded << turned;
  const std::vector<std::uint64_t> records = found.all();
  const std::size_t width = outputs > 1 ? 2 : 1;
  EXPECT_EQ(records.size(), matching * width);
  count_found(64, p, records.data(), static_cast<std::int64_t>(records.size() / width), again.data());
  EXPECT_EQ(again, want);
}

TEST(CountDigits, OfAnyAxes) {
  std::mt19937_64 random(7);
  std::vector<double> x(600);
  for (auto& v : x) v = std::ldexp(static_cast<double>(random() % 1000), static_cast<int>(random() % 3)) - 500;
  x[5] = x[77] = std::nan(""), x[300] = HUGE_VAL, x[400] = -0.0;
  for (std::uint32_t folded = 1; folded < 8; folded++)
    for (const bool turned : {false, true}) expect_counts(folded, turned, x);
}

TEST(CountDigits, OfNothingKnownCountsNaN) {
  const std::vector<float> x{1, -1, std::nanf(""), 2, -std::nanf(""), 0};
  const KeyPrefixes p{1, 1, 0, 1, nullptr, nullptr};
  std::int64_t histogram[2] = {}, nans = 0;
  count_digits(DType::float32, p, {6}, {reinterpret_cast<const std::byte*>(x.data()), {4}}, {0, {0}}, histogram, &nans,
               nullptr);
  EXPECT_EQ(histogram[0], 1);
  EXPECT_EQ(histogram[1], 5);
  EXPECT_EQ(nans, 2);
}

TEST(Neighbours, OfFewElements) {
  for (int m = 0; m <= static_cast<int>(QuantileMethod::middle); m++)
    for (const double q : {0.0, 0.3, 0.5, 1.0})
      for (std::int64_t n = 1; n < 4; n++) {
        const Neighbours at = neighbours(static_cast<QuantileMethod>(m), q, n);
        EXPECT_TRUE(0 <= at.first && at.first <= at.second && at.second < n) << m << " " << q << " " << n;
      }
}

}  // namespace
}  // namespace tessera
