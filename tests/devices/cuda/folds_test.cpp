// What the GPU folds, bit for bit what the CPU does: every combiner on every dtype, leaves along the last axis and across it, of any lengths
// and strides.
#include <gtest/gtest.h>

#include <tessera/core/cuda/fold_box.hpp>
#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/kernel/leaf.hpp>

#include "on_gpu.hpp"

namespace tessera::testing {
namespace {

/// Finite elements of many magnitudes, so that sums show the order of additions.
std::vector<std::byte> tame(DType type, std::int64_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(static_cast<std::size_t>(n * item_size(type)));
  visit_dtype(real_part(type), [&]<class T>(T) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
      const double v = std::ldexp(static_cast<double>(random() >> 11) - 0x1p52, -static_cast<int>(random() % 20) - 44);
      if constexpr (std::is_same_v<T, bool>) {
        bytes[at] = static_cast<std::byte>(v > 0);
      } else if constexpr (std::is_arithmetic_v<T>) {
        const T element = static_cast<T>(std::is_integral_v<T> ? static_cast<T>(random() % 200) : static_cast<T>(v));
        std::memcpy(bytes.data() + at, &element, sizeof element);
      }
    }
  });
  return bytes;
}
/// n elements that are all the same.
template <class T>
std::vector<std::byte> all_of(std::int64_t n, T v) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(n) * sizeof(T));
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) std::memcpy(bytes.data() + at, &v, sizeof v);
  return bytes;
}

Program reads(DType type) {
  Program p;
  p.inputs = {type};
  p.outputs = {0};
  return p;
}

struct Box {
  Dims extent;
  std::uint32_t reduced;
  Dims order;  ///< of the axes in memory, the slowest first
};
std::int64_t count_of(const Dims& extent) { return num_elements(extent); }
Dims strides_of(const Box& box, std::int64_t item) {
  Dims strides = Dims::filled(box.extent.size(), 0);
  for (int k = box.order.size() - 1; k >= 0; k--) {
    strides[static_cast<int>(box.order[k])] = item;
    item *= box.extent[static_cast<int>(box.order[k])];
  }
  return strides;
}

std::string text_of(const Box& box) {
  return to_string(box.extent) + ", axes " + std::to_string(box.reduced) + ", order " + to_string(box.order);
}

/// -0.0 and 0.0 are one extreme: which of them a position has beside it depends on the processor.
std::vector<std::byte> without_zero_signs(std::vector<std::byte> bytes, DType type) {
  if (!is_real_floating(type)) return bytes;
  visit_dtype(type, [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T v;
        std::memcpy(&v, bytes.data() + at, sizeof v);
        v += T(0);
        std::memcpy(bytes.data() + at, &v, sizeof v);
      }
  });
  return bytes;
}

void expect_same_states(const Fold& fold, std::int64_t leaves, std::int64_t outputs, const std::vector<std::byte>& got,
                        const std::vector<std::byte>& expected, const std::string& what) {
  const StateLayout layout = fold.layout();
  for (std::int64_t leaf = 0; leaf < leaves; leaf++)
    for (int c = 0; c < layout.components; c++) {
      const bool position = is_position(fold.combiner);
      const DType type = position                ? (c == 0 ? DType::int64 : fold.element)
                         : layout.components > 1 ? DType::float64
                                                 : fold.element;
      const auto part = [&](const std::vector<std::byte>& states) {
        const auto at = states.begin() + leaf * layout.bytes(outputs) + layout.offset(c, outputs);
        std::vector<std::byte> bytes(at, at + layout.item[static_cast<std::size_t>(c)] * outputs);
        return position && c == 1 ? without_zero_signs(bytes, type) : bytes;
      };
      ASSERT_EQ(difference(type, part(got), part(expected)), -1)
          << name(fold.combiner) << " of " << to_string(fold.element) << ", component " << c << ", leaf " << leaf
          << " of " << what;
    }
}

/// Folds `bytes`, laid out as the box says, all at once on the GPU and each alone on the CPU.
void expect_same(const Program& program, const std::vector<Fold>& folds, const Box& box,
                 const std::vector<std::byte>& bytes, std::int64_t shift = 0) {
  const DType from = program.inputs[0];
  const Dims strides = strides_of(box, item_size(from)), leaf = leaf_extents(box.extent, box.reduced);
  std::int64_t leaves = 1, outputs = 1, position = 1;
  FoldedPositions positions{7, Dims::filled(box.extent.size(), 0)};
  for (int a = box.extent.size() - 1; a >= 0; a--) {
    if (box.reduced >> a & 1u)
      leaves *= ceil_div(box.extent[a], leaf[a]), positions.strides[a] = position, position *= box.extent[a];
    else
      outputs *= box.extent[a];
  }
  const OnGpu there(bytes);
  const StridedInput here_in[] = {{bytes.data() + shift, strides}},
                     there_in[] = {{there.data() + shift, strides, Space::device}};
  std::vector<FoldInto> into;
  std::vector<OnGpu> states;
  states.reserve(folds.size());
  for (const Fold& fold : folds) {
    states.emplace_back(
        std::vector<std::byte>(static_cast<std::size_t>(leaves * fold.layout().bytes(outputs)), std::byte{0x5A}));
    into.push_back({&fold, states.back().data()});
  }
  static std::map<std::uint64_t, std::shared_ptr<const Kernel>> kernels;
  auto& kernel = kernels[program.hash()];
  if (!kernel) kernel = gpu()->compile(program);
  kernel->reduce({1}, into, box.extent, box.reduced, leaf, there_in, {}, positions);
  gpu()->wait(Stream{1});
  for (std::size_t k = 0; k < folds.size(); k++) {
    std::vector<std::byte> expected(static_cast<std::size_t>(leaves * folds[k].layout().bytes(outputs)),
                                    std::byte{0x5A});
    const FoldInto one{&folds[k], expected.data()};
    Program alone = program;
    if (folds[k].element != program.type(program.outputs[0])) {
      alone.code = {{Op::cast, from, folds[k].element, 0, 0, 0}};
      alone.outputs = {alone.code_value(0)};
    }
    host_device().compile(alone)->reduce({}, {&one, 1}, box.extent, box.reduced, leaf, here_in, {}, positions);
    expect_same_states(folds[k], leaves, outputs, states[k].bytes(static_cast<std::int64_t>(expected.size())), expected,
                       text_of(box));
  }
}

std::vector<Box> boxes() {
  std::vector<Box> all;
  for (const std::int64_t n : {1, 2, 31, 33, 63, 64, 65, 257, 4095, 4097, 9001}) all.push_back({{n}, 1, {0}});
  for (const Dims& order : {Dims{0, 1}, Dims{1, 0}})
    for (const std::uint32_t reduced : {1u, 2u, 3u, 0u})
      for (const Dims& extent : {Dims{5, 130}, Dims{130, 3}, Dims{37, 8}}) all.push_back({extent, reduced, order});
  for (const std::uint32_t reduced : {1u, 2u, 4u, 5u, 6u, 3u, 7u})
    for (const Dims& order : {Dims{0, 1, 2}, Dims{2, 0, 1}}) all.push_back({{6, 70, 16}, reduced, order});
  all.push_back({{3, 5000, 2}, 2, {0, 1, 2}});
  all.push_back({{2, 3, 4100}, 4, {0, 1, 2}});
  all.push_back({{70, 64, 1}, 6, {0, 1, 2}});
  all.push_back({{4, 1, 9}, 2, {0, 1, 2}});
  all.push_back({{9, 1}, 1, {0, 1}});
  all.push_back({{}, 0, {}});
  return all;
}

/// What the CPU folds of a dtype, in groups that one pass may have.
std::vector<std::vector<Fold>> groups(DType type) {
  std::vector<Fold> known;
  for (int c = 0; c < static_cast<int>(Combiner::user); c++)
    if (const Fold fold{static_cast<Combiner>(c), type}; cuda::has_fold_source(fold)) known.push_back(fold);
  std::vector<std::vector<Fold>> all;
  for (const Fold& fold : known) {
    if (all.empty() || is_complex(type) || all.back().size() == most_folds_together) all.emplace_back();
    all.back().push_back(fold);
  }
  all.push_back({{Combiner::sum, type}});
  return all;
}

class Folds : public ::testing::TestWithParam<DType> {};

TEST_P(Folds, HaveTheBitsOfTheCpu) {
  const DType type = GetParam();
  std::size_t known = 0;
  for (const auto& folds : groups(type)) {
    known += folds.size();
    for (const Box& box : boxes()) {
      const std::int64_t n = count_of(box.extent);
      expect_same(reads(type), folds, box, tame(type, n, 1));
      expect_same(reads(type), folds, box, elements(type, n, 2));
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GE(known, is_complex(type) ? 3u : type == DType::float64 ? 14u : 7u);
}

/// The states of `rows` rows of n elements, as the CPU makes them.
std::vector<std::byte> states_of(const Fold& fold, const std::vector<std::byte>& elements, std::int64_t rows,
                                 std::int64_t n, std::int64_t first) {
  std::vector<std::byte> states(static_cast<std::size_t>(fold.layout().bytes(n)));
  const FoldInto into{&fold, states.data()};
  const std::int64_t item = item_size(fold.element);
  const StridedInput in{elements.data(), {n * item, item}};
  host_device()
      .compile(reads(fold.element))
      ->reduce({}, {&into, 1}, {rows, n}, 1, {rows, n}, {&in, 1}, {}, {first, {1, 0}});
  return states;
}

class StatesOf : public ::testing::TestWithParam<DType> {};

TEST_P(StatesOf, CombineAsTheCpuDoes) {
  const DType type = GetParam();
  constexpr std::int64_t n = 700;
  struct Rows {
    std::int64_t left, right;
  };
  for (const auto& folds : groups(type))
    for (const Fold& fold : folds)
      for (const bool any : {false, true})
        for (const Rows rows : {Rows{3, 5}, Rows{1, 2}}) {
          const auto make = any ? elements : tame;
          auto expected = states_of(fold, make(type, rows.left * n, 1), rows.left, n, 0);
          const auto right = states_of(fold, make(type, rows.right * n, 2), rows.right, n, rows.left);
          const OnGpu into(expected), from(right);
          gpu()->combine({1}, fold, n, into.data(), from.data(), rows.left, rows.right);
          gpu()->wait(Stream{1});
          host_device().combine({}, fold, n, expected.data(), right.data(), rows.left, rows.right);
          expect_same_states(fold, 1, n, into.bytes(static_cast<std::int64_t>(expected.size())), expected,
                             std::to_string(rows.left) + " and " + std::to_string(rows.right) + " rows");
          if (HasFatalFailure()) return;
        }
}

// The moments of no elements on either side.
TEST(FoldsOf, StatesWithoutElements) {
  const Fold fold{Combiner::moments, DType::float64};
  const auto some = states_of(fold, tame(DType::float64, 30, 1), 3, 10, 0);
  for (const bool left : {true, false}) {
    const OnGpu into(left ? some : all_of(20, 0.0)), from(left ? all_of(20, 0.0) : some);
    gpu()->combine({1}, fold, 10, into.data(), from.data(), left ? 3 : 0, left ? 0 : 3);
    gpu()->wait(Stream{1});
    EXPECT_TRUE(into.bytes(160) == some);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Folds,
                         ::testing::Values(DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64,
                                           DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::float32,
                                           DType::float64, DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

// A kernel for each combiner: of integers the narrowest and the widest.
INSTANTIATE_TEST_SUITE_P(Kernels, StatesOf,
                         ::testing::Values(DType::bool_, DType::int8, DType::uint64, DType::float32, DType::float64,
                                           DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

/// Elements that a wrong neutral element, or a lane without any, would show in.
TEST(FoldsOf, WhatIsAllTheSame) {
  using L = std::numeric_limits<double>;
  for (const std::int64_t n : {1, 31, 33, 65, 4097})
    for (const double v :
         {-0.0, 0.0, L::infinity(), -L::infinity(), L::quiet_NaN(), L::lowest(), L::max(), L::denorm_min()})
      for (const auto& folds : groups(DType::float64))
        for (const Box& box : {Box{{n}, 1, {0}}, Box{{n, 2}, 1, {0, 1}}, Box{{3, n}, 2, {0, 1}}})
          expect_same(reads(DType::float64), folds, box, all_of(count_of(box.extent), v));
  for (const std::int64_t n : {1, 33, 65})
    for (const auto& folds : groups(DType::int8))
      for (const std::int8_t v : {std::int8_t{-128}, std::int8_t{127}, std::int8_t{0}})
        expect_same(reads(DType::int8), folds, {{n}, 1, {0}}, all_of(n, v));
}

// NaN and infinities before the first finite element, which the moments subtract.
TEST(FoldsOf, MomentsWithoutAFiniteBeginning) {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Fold> folds{{Combiner::moments, DType::float64}, {Combiner::nan_moments, DType::float64}};
  for (const double first : {nan, inf, -inf})
    for (const std::int64_t bad : {1, 70, 600, 1000})
      for (const Box& box : {Box{{1000}, 1, {0}}, Box{{500, 2}, 1, {0, 1}}, Box{{100, 10}, 3, {0, 1}}}) {
        auto bytes = tame(DType::float64, 1000, 3);
        std::memcpy(bytes.data(), all_of(bad, first).data(), static_cast<std::size_t>(8 * bad));
        expect_same(reads(DType::float64), folds, box, bytes);
      }
}

// float32 that one fold takes as it is and others as float64.
TEST(FoldsOf, SinglesInDoubles) {
  const std::vector<Fold> folds{{Combiner::max, DType::float32},
                                {Combiner::sum, DType::float64},
                                {Combiner::moments, DType::float64},
                                {Combiner::nan_sum, DType::float64},
                                {Combiner::argmin, DType::float32}};
  for (const Box& box : boxes())
    expect_same(reads(DType::float32), folds, box, tame(DType::float32, count_of(box.extent), 4));
}

// Elements that begin where no pack does.
TEST(FoldsOf, WhatIsNotAligned) {
  const std::vector<Fold> sum{{Combiner::sum, DType::float32}};
  for (const Box& box :
       {Box{{1001}, 1, {0}}, Box{{9, 101}, 2, {0, 1}}, Box{{9, 101}, 1, {0, 1}}, Box{{9, 100}, 1, {0, 1}}})
    expect_same(reads(DType::float32), sum, box, tame(DType::float32, count_of(box.extent) + 1, 5), 4);
}

TEST(FoldBoxes, JoinAxesThatLeavesHaveWhole) {
  const auto box = cuda::fold_box({4, 6, 64}, 0b111, {4, 6, 64}, {{3072, 512, 8}});
  EXPECT_TRUE(box.along);
  EXPECT_EQ(box.reduced.extent, (Dims{1536}));
  EXPECT_EQ(box.kept.extent, (Dims{1}));
  // Rows of 60 elements begin in lane 0 each.
  EXPECT_EQ(cuda::fold_box({4, 6, 60}, 0b111, {4, 6, 60}, {{2880, 480, 8}}).reduced.extent, (Dims{24, 60}));
  // Across, the order of rows is all that counts; leaves cut the outer axis.
  const auto across = cuda::fold_box({100, 60, 5}, 0b011, {68, 60, 5}, {{2400, 40, 8}});
  EXPECT_FALSE(across.along);
  EXPECT_EQ(across.reduced.extent, (Dims{6000}));
  EXPECT_EQ(across.reduced.leaf, (Dims{4080}));
  EXPECT_EQ(across.leaves, 2);
  EXPECT_EQ(across.outputs, 5);
}

}  // namespace
}  // namespace tessera::testing
