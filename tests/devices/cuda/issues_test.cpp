// What users of other array libraries ran into on GPUs, a test each, with what NumPy gives. Beside these: no word of what budget
// would do, and results larger than a GPU (session_test, products_test), products that are fused with sums (nvrtc_test).
#include <gtest/gtest.h>

#include <sys/mman.h>

#include <complex>
#include <cstdlib>
#include <limits>
#include <random>

#include <tessera/core/cuda/driver.hpp>
#include <tessera/core/kernel/leaf.hpp>
#include <tessera/core/ops/creation.hpp>

#include "on_gpu.hpp"
#include "simulated_driver.hpp"

namespace tessera::testing {
namespace {

// Three GPUs, of which this is the rank that takes the second, and so large that a grid may have 2^25 blocks: set before anybody asks for a
// device.
const bool second_of_three = setenv("TESSERA_SIMULATED_GPUS", "3", 1) == 0 &&
                             setenv("OMPI_COMM_WORLD_LOCAL_RANK", "4", 1) == 0 &&
                             setenv("TESSERA_SIMULATED_MULTIPROCESSORS", "4194304", 1) == 0;

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& v) {
  return std::as_bytes(std::span(v));
}

/// The elements of a program of one output; all inputs of one length.
template <class R, class... A>
std::vector<R> computed(const Program& program, const std::vector<A>&... operands) {
  const std::int64_t n = std::min({static_cast<std::int64_t>(operands.size())...});
  const OnGpu held[] = {OnGpu(bytes_of(operands))...}, result(bytes_of(std::vector<R>(static_cast<std::size_t>(n))));
  std::vector<StridedInput> in;
  const std::int64_t items[] = {static_cast<std::int64_t>(sizeof(A))...};
  for (std::size_t k = 0; k < sizeof...(A); k++) in.push_back({held[k].data(), {items[k]}, Space::device});
  const StridedOutput out{result.data(), {static_cast<std::int64_t>(sizeof(R))}, Space::device};
  gpu()->compile(program)->map({1}, {n}, in, {}, {&out, 1}, false);
  gpu()->wait(Stream{1});
  std::vector<R> elements(static_cast<std::size_t>(n));
  std::memcpy(elements.data(), result.bytes(n * static_cast<std::int64_t>(sizeof(R))).data(),
              elements.size() * sizeof(R));
  return elements;
}

/// Of one operation, or a cast.
template <class R, class A, class... B>
std::vector<R> computed(Op op, const std::vector<A>& a, const std::vector<B>&... b) {
  Program p;
  p.inputs = {dtype_of<A>, dtype_of<B>...};
  p.code = {{op, dtype_of<A>, dtype_of<R>, 0, static_cast<ValueId>(sizeof...(B)), 0}};
  p.outputs = {p.code_value(0)};
  return computed<R>(p, a, b...);
}

/// The state of the fold of all elements, as bytes.
template <class T>
std::vector<std::byte> folded(Combiner combiner, const std::vector<T>& elements, std::int64_t first = 0) {
  const auto n = static_cast<std::int64_t>(elements.size());
  const Fold fold{combiner, dtype_of<T>};
  Program p;
  p.inputs = {dtype_of<T>}, p.outputs = {0};
  const OnGpu held(bytes_of(elements));
  const std::int64_t bytes = ceil_div(n, leaf_extents({n}, 1)[0]) * fold.layout().bytes(1);
  const OnGpu states(std::vector<std::byte>(static_cast<std::size_t>(bytes)));
  const FoldInto into{&fold, states.data()};
  const StridedInput in{held.data(), {static_cast<std::int64_t>(sizeof(T))}, Space::device};
  gpu()->compile(p)->reduce({1}, {&into, 1}, {n}, 1, leaf_extents({n}, 1), {&in, 1}, {}, {first, {1}});
  gpu()->wait(Stream{1});
  return states.bytes(bytes);
}
template <class T>
T first_of(const std::vector<std::byte>& bytes) {
  T v;
  std::memcpy(&v, bytes.data(), sizeof v);
  return v;
}

/// Addresses for more elements than there is memory for: pages that are touched are there.
template <class T>
class Vast {
 public:
  explicit Vast(std::int64_t n) : bytes_(static_cast<std::size_t>(n) * sizeof(T)) {
    void* p = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    elements_ = static_cast<T*>(p);
  }
  ~Vast() { munmap(elements_, bytes_); }
  Vast(const Vast&) = delete;
  Vast& operator=(const Vast&) = delete;
  T& operator[](std::int64_t i) { return elements_[i]; }
  std::byte* at(std::int64_t i) { return reinterpret_cast<std::byte*>(elements_ + i); }

 private:
  std::size_t bytes_;
  T* elements_ = nullptr;
};

// Loops that count elements, or what a grid steps over, in 32 bits never end, or come to other elements. Of each loop the blocks are run that
// begin at `places`, where such numbers end, or next to them.
class BeyondThirtyTwoBits : public ::testing::Test {
 protected:
  static constexpr std::int64_t n = (std::int64_t{1} << 33) + 6;
  static constexpr std::int64_t places[] = {0, std::int64_t{1} << 31, (std::int64_t{1} << 32) - 4096,
                                            std::int64_t{1} << 32, (std::int64_t{1} << 33) - 4096};
  void SetUp() override {
    ASSERT_EQ(gpu()->name(), "cuda");
    only_ = Simulated().only_blocks;
    if (!only_) GTEST_SKIP() << "a driver that runs all blocks, of which there is more than time or memory for";
  }
  void TearDown() override {
    if (only_) only_(nullptr, 0);
  }
  /// Blocks of so many elements each, to come.
  void run_only(std::int64_t elements_of_block) {
    std::vector<unsigned> blocks;
    for (const std::int64_t first : places) blocks.push_back(static_cast<unsigned>(first / elements_of_block));
    only_(blocks.data(), static_cast<int>(blocks.size()));
  }
  /// What a block that begins there makes of `elements_of_block` elements: right(i) for element i.
  template <class T, class F>
  static void expect(Vast<T>& out, std::int64_t elements_of_block, const F& right, std::int64_t shift = 0) {
    for (const std::int64_t first : places)
      for (std::int64_t i = first; i < first + elements_of_block; i++)
        ASSERT_EQ(out[i + shift], right(i)) << "element " << i;
  }
  static Program squares() {
    Program p;
    p.inputs = {DType::float32};
    p.code = {{Op::multiply, DType::float32, DType::float32, 0, 0, 0}};
    p.outputs = {1};
    return p;
  }
  static float number(std::int64_t i) { return static_cast<float>(i % 1009); }
  void square(Vast<float>& x, std::int64_t stride, Vast<float>& y, std::int64_t shift = 0) {
    const StridedInput in{x.at(shift), {stride}, Space::device};
    const StridedOutput out{y.at(shift), {4}, Space::device};
    gpu()->compile(squares())->map({1}, {n}, {&in, 1}, {}, {&out, 1}, false);
    gpu()->wait(Stream{1});
  }
  void (*only_)(const unsigned*, int) = nullptr;
};

TEST_F(BeyondThirtyTwoBits, DenseElementsAreMade) {  // cupy 882, 854
  // In packs of four, and, where they don't begin at a pack, one by one: 4 x 256 of either for a block.
  for (const std::int64_t shift : {0, 1}) {
    const std::int64_t of_block = shift ? 1024 : 4096;
    Vast<float> x(n + shift), y(n + shift);
    for (const std::int64_t first : places)
      for (std::int64_t i = first; i < first + of_block; i++) x[i + shift] = number(i);
    run_only(of_block);
    square(x, 4, y, shift);
    expect(
        y, of_block, [](std::int64_t i) { return number(i) * number(i); }, shift);
  }
}

TEST_F(BeyondThirtyTwoBits, StridedElementsAreMade) {
  Vast<float> x(1), y(n);
  x[0] = 3;
  run_only(256);
  square(x, 0, y);
  expect(y, 256, [](std::int64_t) { return 9.0F; });
}

TEST_F(BeyondThirtyTwoBits, GeneratedElementsAreMade) {
  Vast<std::uint8_t> y(n);
  run_only(256);
  gpu()->generate({1}, ArangeSource{5, 3}, DType::uint8, {n}, Box::whole({n}), y.at(0));
  gpu()->wait(Stream{1});
  expect(y, 256, [](std::int64_t i) { return static_cast<std::uint8_t>(5 + 3 * i); });
}

TEST_F(BeyondThirtyTwoBits, ColumnsAreFolded) {
  const Fold fold{Combiner::sum, DType::float64};
  Program p;
  p.inputs = {DType::float64}, p.outputs = {0};
  Vast<double> x(n), sums(n);
  for (const std::int64_t first : places)
    for (std::int64_t i = first; i < first + 512; i++) x[i] = number(i);
  run_only(512);  // two columns of a thread
  const FoldInto into{&fold, sums.at(0)};
  const StridedInput in{x.at(0), {0, 8}, Space::device};
  gpu()->compile(p)->reduce({1}, {&into, 1}, {3, n}, 1, leaf_extents({3, n}, 1), {&in, 1}, {}, {0, {n, 1}});
  gpu()->wait(Stream{1});
  expect(sums, 512, [](std::int64_t i) { return 3.0 * number(i); });
}

TEST(Issues, PositionsGoBeyond32Bits) {  // cupy 8014, 10290
  for (const std::int64_t first : {std::int64_t{1} << 31, std::int64_t{1} << 32})
    EXPECT_EQ(first_of<std::int64_t>(folded<double>(Combiner::argmax, {1, 5, 3}, first)), first + 1);
}

TEST(Issues, ExtremesOfFewElementsAreTheirs) {  // cupy 8876, 7424
  EXPECT_EQ(first_of<double>(folded<double>(Combiner::max, {-5})), -5);
  EXPECT_EQ(first_of<std::int64_t>(folded<double>(Combiner::argmax, {-inf})), 0);
  for (const std::size_t n : {1, 31, 33, 65}) {
    EXPECT_EQ(first_of<double>(folded(Combiner::max, std::vector<double>(n, -inf))), -inf);
    EXPECT_EQ(first_of<double>(folded(Combiner::min, std::vector<double>(n, inf))), inf);
    EXPECT_EQ(first_of<std::int64_t>(folded(Combiner::argmin, std::vector<double>(n, inf))), 0);
    EXPECT_TRUE(std::isnan(first_of<double>(folded(Combiner::max, std::vector<double>(n, nan)))));
    EXPECT_EQ(first_of<std::int8_t>(folded(Combiner::max, std::vector<std::int8_t>(n, -128))), -128);
  }
}

TEST(Issues, SubnormalNumbersStay) {  // cupy 8382, 1686
  const float tiny = std::numeric_limits<float>::min(), least = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(computed<float>(Op::divide, std::vector<float>{tiny, least}, std::vector<float>{2, 1}),
            (std::vector<float>{tiny / 2, least}));
  EXPECT_EQ(computed<float>(Op::multiply, std::vector<float>{least}, std::vector<float>{2}),
            (std::vector<float>{2 * least}));
}

TEST(Issues, SignOfNanIsNan) {  // cupy 8327
  const auto signs = computed<double>(Op::sign, std::vector<double>{nan, -3, 0, -0.0});
  EXPECT_TRUE(std::isnan(signs[0]));
  EXPECT_EQ(signs[1], -1);
}

TEST(Issues, QuotientsAreNumpys) {  // cupy 7737, chainer 435
  EXPECT_EQ(computed<double>(Op::floor_divide, std::vector<double>{-4.4, -0.0}, std::vector<double>{0.1, 1}),
            (std::vector<double>{-45, -0.0}));
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  using Ints = std::vector<std::int32_t>;
  EXPECT_EQ(computed<std::int32_t>(Op::floor_divide, Ints{lowest, 3, -7}, Ints{-1, 0, 2}), (Ints{lowest, 0, -4}));
  EXPECT_EQ(computed<std::int32_t>(Op::remainder, Ints{3, lowest, -7}, Ints{0, -1, 2}), (Ints{0, 0, 1}));
}

TEST(Issues, CastsWrapAsTheProcessorsDo) {  // cupy's list of differences
  EXPECT_EQ(computed<std::uint32_t>(Op::cast, std::vector<double>{-1.0})[0], 0xffffffffu);
  EXPECT_EQ(computed<std::int32_t>(Op::cast, std::vector<double>{inf})[0], std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(computed<std::int8_t>(Op::cast, std::vector<float>{300.0F})[0], 44);
}

TEST(Issues, ComplexQuotientsDontOverflow) {  // pytorch 92539
  using C = std::complex<float>;
  EXPECT_EQ(computed<C>(Op::divide, std::vector<C>{{1e20F, 1e20F}}, std::vector<C>{{1e20F, 1e20F}})[0], C(1, 0));
}

TEST(Issues, SumsOfNegativeZerosAreOne) {  // cccl 6008
  EXPECT_TRUE(std::signbit(first_of<double>(folded<double>(Combiner::sum, {-0.0}))));
  EXPECT_TRUE(std::signbit(first_of<double>(folded(Combiner::sum, std::vector<double>(100, -0.0)))));
  EXPECT_FALSE(std::signbit(first_of<double>(folded<double>(Combiner::sum, {0.0, -0.0}))));
}

TEST(Issues, FoldsHaveTheSameBitsInEveryRun) {  // cccl 9995
  std::mt19937_64 random(1);
  std::vector<double> elements(9001);
  for (auto& e : elements) e = std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 60));
  for (const Combiner combiner : {Combiner::sum, Combiner::moments, Combiner::prod, Combiner::argmax}) {
    const auto once = folded(combiner, elements);
    for (int run = 0; run < 20; run++) EXPECT_TRUE(folded(combiner, elements) == once);
  }
}

TEST(Issues, MemoryInPiecesIsStillThere) {  // rmm 1245, pytorch 110194
  constexpr std::int64_t mib = 1 << 20, limit = 8 * mib;
  const auto pool = MemoryPool::create(limit, gpu()->memory());
  std::mt19937_64 random(2);
  for (int round = 0; round < 20; round++) {
    std::vector<Buffer> held;
    for (std::int64_t all = 0; all < 6 * mib;) {
      const auto bytes = static_cast<std::int64_t>(1 + random() % mib);
      held.emplace_back(pool, bytes, "a piece");
      all += bytes;
      if (random() % 3 == 0) {
        const auto k = random() % held.size();
        std::swap(held[k], held.back());
        held.pop_back();
      }
    }
    held.clear();
    EXPECT_NO_THROW(Buffer(pool, limit, "all of it"));
  }
}

TEST(Issues, NobodyTakesMemoryOrGpusBeforehand) {  // cupynumeric 1160, legate 978; dask-cuda 719, 137
  ASSERT_TRUE(second_of_three);
  ASSERT_EQ(gpu()->name(), "cuda");
  const auto contexts = Simulated().contexts;
  if (!contexts) GTEST_SKIP() << "a driver that does not count contexts";
  EXPECT_EQ(contexts(0), 0);
  EXPECT_EQ(contexts(1), 1);
  EXPECT_EQ(contexts(2), 0);
  const auto fresh = MemoryPool::create(1 << 20, gpu()->memory());
  EXPECT_EQ(fresh->statistics().in_use, 0);
}

TEST(Issues, SizesBeyond64BitsAreRefused) {  // cupy 5737
  EXPECT_THROW(full({std::int64_t{1} << 33, std::int64_t{1} << 33}, 1.0), Error);
}

TEST(Issues, ProductsAreRoundedBeforeTheyAreSubtracted) {  // numba-cuda 118, warp 379
  Program p;
  p.inputs = {DType::float64, DType::float64};
  p.code = {{Op::multiply, DType::float64, DType::float64, 0, 1, 0},
            {Op::multiply, DType::float64, DType::float64, 1, 0, 0},
            {Op::subtract, DType::float64, DType::float64, 2, 3, 0}};
  p.outputs = {4};
  EXPECT_EQ(computed<double>(p, std::vector<double>{1.1, 1e-3 / 3}, std::vector<double>{1.3, 7e5 / 9}),
            (std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace tessera::testing
