// Sorted records against std::stable_sort of their elements: ties keep their order, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <tessera/core/device/host_sort.hpp>
#include <tessera/core/dtype.hpp>
#include <vector>

namespace tessera {
namespace {

// How many different elements there are, of floats also -0, and NaNs with payloads.
template <class T>
std::vector<T> elements(std::int64_t n, std::uint64_t kinds, bool special, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> x;
  for (std::int64_t i = 0; i < n; i++) {
    const std::uint64_t r = random();
    auto value = static_cast<T>(r % kinds - kinds / 2);
    if constexpr (std::is_floating_point_v<T>) {
      using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
      value = static_cast<T>(static_cast<double>(r % kinds) - static_cast<double>(kinds / 2)) / 3;
      if (special && r >> 60 == 0) value = T(-0.0);
      if (special && r >> 60 == 1) value = T(0);
      if (special && r >> 60 == 2)
        value =
            std::bit_cast<T>(static_cast<Bits>(std::bit_cast<Bits>(std::numeric_limits<T>::quiet_NaN()) | (r % 1000)));
      if (special && r >> 60 == 3) value = (r & 1 ? 1 : -1) * std::numeric_limits<T>::infinity();
    }
    x.push_back(value);
  }
  return x;
}

template <class T>
void expect_stable(const std::vector<T>& x, bool descending) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<std::int64_t> order(x.size());
  for (std::size_t i = 0; i < order.size(); i++) order[i] = static_cast<std::int64_t>(i);
  const auto before = [&](std::int64_t i, std::int64_t k) {
    const T a = x[static_cast<std::size_t>(i)], b = x[static_cast<std::size_t>(k)];
    if (descending) return (a != a && b == b) || a > b;
    return (a == a && b != b) || a < b;
  };
  std::stable_sort(order.begin(), order.end(), before);
  for (const bool indices : {false, true}) {
    const Sort sort{dtype_of<T>, descending, indices};
    const auto bytes = static_cast<std::size_t>(n * sort_record_bytes(sort) + 16);
    std::vector<std::byte> records(bytes), scratch(bytes);
    sort_load(sort, reinterpret_cast<const std::byte*>(x.data()), sizeof(T), n, 0, records.data());
    sort_records(sort, records.data(), scratch.data(), n);
    if (indices) {
      std::vector<std::int64_t> result(x.size());
      sort_store(sort, records.data(), n, reinterpret_cast<std::byte*>(result.data()), 8);
      ASSERT_EQ(result, order);
    } else {
      std::vector<T> result(x.size()), expected;
      sort_store(sort, records.data(), n, reinterpret_cast<std::byte*>(result.data()), sizeof(T));
      for (const auto i : order) expected.push_back(x[static_cast<std::size_t>(i)]);
      ASSERT_EQ(std::memcmp(result.data(), expected.data(), x.size() * sizeof(T)), 0);
    }
  }
}

template <class T>
class SortTest : public ::testing::Test {};
using Elements = ::testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                                  std::int64_t, std::uint64_t, float, double>;
TYPED_TEST_SUITE(SortTest, Elements);

TYPED_TEST(SortTest, IsStableAndHasTheBitsOfItsElements) {
  for (const std::int64_t n : {0, 1, 2, 47, 48, 49, 257, 5000})
    for (const std::uint64_t kinds : {1ull, 3ull, 1000ull, 1ull << 40})
      for (const bool descending : {false, true})
        for (const bool special : {false, true}) {
          SCOPED_TRACE(::testing::Message() << n << " of " << kinds << (descending ? ", descending" : "") << special);
          expect_stable(elements<TypeParam>(n, kinds, special, kinds + static_cast<std::uint64_t>(n)), descending);
        }
}

TYPED_TEST(SortTest, NothingButZerosAndNaN) {
  if constexpr (std::is_floating_point_v<TypeParam>) {
    const TypeParam nan = std::numeric_limits<TypeParam>::quiet_NaN();
    std::vector<TypeParam> x;
    for (int i = 0; i < 100; i++) x.push_back(i % 3 == 0 ? -nan : i % 3 == 1 ? TypeParam(-0.0) : TypeParam(0));
    for (const bool descending : {false, true}) expect_stable(x, descending);
  }
}

// Ranges by their bounds, one after another and by search, against counting.
TEST(SortRanges, CountsAndKeys) {
  const auto x = elements<std::uint16_t>(3000, 1 << 16, false, 7);
  const Sort sort{DType::uint16, false, false};
  for (const WideKey ranges : {1, 3, 8, 9, 40}) {
    std::vector<KeyRange> of;
    for (WideKey k = 0; k < ranges; k++) of.push_back({k * 1500, k * 1500 + (k % 3) * 400});
    std::vector<std::int64_t> lows(of.size() + 1), highs(of.size() + 1);
    const auto n = static_cast<std::int64_t>(x.size());
    const auto* data = reinterpret_cast<const std::byte*>(x.data());
    sort_count_ranges(sort, data, 2, n, of, lows.data(), highs.data());
    std::int64_t low = 0, high = 0, within = 0;
    for (std::size_t k = 0; k < of.size(); k++) {
      low += lows[k], high += highs[k];
      EXPECT_EQ(low, std::count_if(x.begin(), x.end(), [&](auto v) { return v < of[k].lo; }));
      EXPECT_EQ(high, std::count_if(x.begin(), x.end(), [&](auto v) { return v <= of[k].hi; }));
      within += high - low;
    }
    std::vector<WideKey> keys(x.size());
    EXPECT_EQ(sort_keys_in_ranges(sort, data, 2, n, of, keys.data()), within);
    for (std::int64_t i = 0; i < within; i++)
      EXPECT_TRUE(std::any_of(of.begin(), of.end(), [&](const KeyRange& r) {
        return r.lo <= keys[static_cast<std::size_t>(i)] && keys[static_cast<std::size_t>(i)] <= r.hi;
      }));
  }
}

}  // namespace
}  // namespace tessera
