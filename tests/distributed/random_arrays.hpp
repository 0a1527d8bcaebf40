#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <tessera/tessera.hpp>
#include <vector>

namespace tessera::testing {

/// Tests of random arrays: a session of all ranks.
class RandomArrays : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{256} << 20, .threads = 2}};
  template <class T>
  std::vector<T> values(const Array& x) {
    return session.compute(x).values<T>();
  }
};

/// The largest distance of the sample from the law, in units of its standard deviation: Kolmogorov's statistic. Of a true sample it passes 2.7 once in a million.
inline double kolmogorov(std::vector<double> v, const std::function<double(double)>& below) {
  std::sort(v.begin(), v.end());
  const auto n = static_cast<double>(v.size());
  double worst = 0;
  for (std::size_t i = 0; i < v.size(); i++) {
    const double p = below(v[i]), k = static_cast<double>(i);
    worst = std::max({worst, p - k / n, (k + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

}  // namespace tessera::testing
