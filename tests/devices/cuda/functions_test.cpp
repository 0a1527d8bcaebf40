// Functions that CUDA has of its own, against the CPU's: as far off as docs/accuracy.md says, at most.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <tessera/core/cuda/source.hpp>

#include "on_gpu.hpp"

namespace tessera::testing {
namespace {

struct Bounds {
  double float32 = 0, float64 = 0;
};
/// The table of docs/accuracy.md: "| `exp` | 2 | 1 |".
std::map<std::string, Bounds> documented() {
  std::map<std::string, Bounds> all;
  std::ifstream file(TESSERA_ACCURACY);
  bool inside = false;
  for (std::string row; std::getline(file, row);) {
    if (row.find("<!-- device: ") == 0) inside = row.find("begin") != std::string::npos;
    if (!inside || row.find("| `") != 0) continue;
    std::replace_if(
        row.begin(), row.end(), [](char c) { return c == '|' || c == '`'; }, ' ');
    std::istringstream words(row);
    std::string name;
    Bounds b;
    words >> name >> b.float32 >> b.float64;
    all[name] = b;
  }
  return all;
}

/// A C library stands in for CUDA's functions in the simulated driver, and is up to 4 ulps off (its cbrt).
double slack() {
  const char* driver = std::getenv("TESSERA_CUDA_DRIVER");
  void* library = driver ? dlopen(driver, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  return library && dlsym(library, "simulated_mend") ? 3 : 0;
}

/// Numbers of T between two of them.
template <class T>
double distance(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : 1e300;
  using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  const auto place = [](T v) {
    const Bits bits = std::bit_cast<Bits>(v);
    return static_cast<double>(bits < 0 ? std::numeric_limits<Bits>::min() - bits : bits);
  };
  // Of numbers next to one another the difference of doubles is exact enough.
  const Bits x = std::bit_cast<Bits>(a), y = std::bit_cast<Bits>(b);
  return (x < 0) == (y < 0) ? std::fabs(static_cast<double>(x - y)) : std::fabs(place(a) - place(b));
}
/// Of sums of logarithms, which may cancel: in units of the larger operand.
template <class T>
double distance_of_sum(T a, T b, T x, T y) {
  const T large = std::max({std::fabs(x), std::fabs(y), std::fabs(b)});
  if (!std::isfinite(large) || !std::isfinite(a) || !std::isfinite(b)) return distance(a, b);
  return static_cast<double>(std::fabs(a - b)) /
         static_cast<double>(std::nextafter(large, std::numeric_limits<T>::infinity()) - large);
}

/// All functions of a dtype, an output each.
Program all_functions(DType type, std::vector<Op>& ops) {
  Program p;
  p.inputs = {type, type};
  for (int o = 0; o < op_count - 1; o++) {
    const Op op = static_cast<Op>(o);
    const KernelKind kind = info(op).kernel;
    if (kind != KernelKind::math && kind != KernelKind::math_complex && kind != KernelKind::math_rare) continue;
    p.code.push_back({op, type, type, 0, info(op).arity == 1 ? ValueId{0} : ValueId{1}, 0});
    p.outputs.push_back(p.code_value(p.code.size() - 1));
    ops.push_back(op);
  }
  return p;
}

std::vector<std::vector<std::byte>> values_of(const Program& p, DType type, const std::vector<std::byte>& x,
                                              const std::vector<std::byte>& y, std::int64_t n, bool on_gpu) {
  const std::int64_t item = item_size(type);
  std::vector<std::vector<std::byte>> results(p.outputs.size(),
                                              std::vector<std::byte>(static_cast<std::size_t>(n * item)));
  const OnGpu there[] = {OnGpu(x), OnGpu(y)};
  std::vector<OnGpu> held;
  held.reserve(results.size());
  std::vector<StridedOutput> out;
  for (auto& r : results) {
    held.emplace_back(r);
    out.push_back(on_gpu ? StridedOutput{held.back().data(), {item}, Space::device} : StridedOutput{r.data(), {item}});
  }
  const StridedInput from_gpu[] = {{there[0].data(), {item}, Space::device}, {there[1].data(), {item}, Space::device}};
  const StridedInput from_host[] = {{x.data(), {item}}, {y.data(), {item}}};
  (on_gpu ? *gpu() : host_device()).compile(p)->map({}, {n}, on_gpu ? from_gpu : from_host, {}, out, false);
  if (on_gpu)
    for (std::size_t k = 0; k < results.size(); k++) results[k] = held[k].bytes(n * item);
  return results;
}

/// The quiet NaN in place of any: C libraries tell signalling ones apart.
template <class T>
std::vector<std::byte> operands(DType type, std::int64_t n, unsigned seed) {
  auto bytes = elements(type, n, seed);
  const T quiet = std::numeric_limits<T>::quiet_NaN();
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T))
    if (is_nan(type, &bytes[at])) std::memcpy(&bytes[at], &quiet, sizeof quiet);
  return bytes;
}

template <class T>
void expect_within_bounds(DType type) {
  constexpr std::int64_t n = 20000;
  std::vector<Op> ops;
  const Program p = all_functions(type, ops);
  ASSERT_TRUE(cuda::has_source(p));
  ASSERT_GE(ops.size(), 30u);
  const auto x = operands<T>(type, n, 21), y = operands<T>(type, n, 22);
  const auto got = values_of(p, type, x, y, n, true), expected = values_of(p, type, x, y, n, false);
  const auto bounds = documented();
  const double more = slack() + 1;  // the CPU's own
  for (std::size_t k = 0; k < ops.size(); k++) {
    const std::string name(info(ops[k]).name);
    ASSERT_TRUE(bounds.count(name)) << "docs/accuracy.md has no row for " << name;
    const double bound = (sizeof(T) == 8 ? bounds.at(name).float64 : bounds.at(name).float32) + more;
    double worst = 0;
    std::string where;
    for (std::size_t i = 0; i < n; i++) {
      T v[4];
      for (int j = 0; const auto* bytes : {&got[k], &expected[k], &x, &y})
        std::memcpy(&v[j++], bytes->data() + i * sizeof(T), sizeof(T));
      const bool sum = ops[k] == Op::logaddexp || ops[k] == Op::logaddexp2;
      const double d = sum ? distance_of_sum(v[0], v[1], v[2], v[3]) : distance(v[0], v[1]);
      if (d <= worst) continue;
      worst = d;
      std::ostringstream text;
      text << std::hexfloat << name << "(" << v[2] << ", " << v[3] << ") is " << v[0] << ", not " << v[1];
      where = text.str();
    }
    EXPECT_LE(worst, bound) << where;
  }
}

TEST(Functions, OfFloat64AreWithinWhatTheTableSays) { expect_within_bounds<double>(DType::float64); }
TEST(Functions, OfFloat32AreWithinWhatTheTableSays) { expect_within_bounds<float>(DType::float32); }

TEST(Functions, OfComplexNumbersAreTheCpus) {
  for (const Op op : {Op::exp, Op::sqrt, Op::sin, Op::pow, Op::sign}) {
    Program p;
    p.inputs = {DType::complex128};
    p.code = {{op, DType::complex128, DType::complex128, 0, 0, 0}};
    p.outputs = {1};
    EXPECT_FALSE(cuda::has_source(p)) << info(op).name;
  }
}

}  // namespace
}  // namespace tessera::testing
