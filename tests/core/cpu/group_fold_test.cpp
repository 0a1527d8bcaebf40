// Several folds in one pass against each fold on its own: the same bits, on every target.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include <tessera/core/box.hpp>
#include <tessera/core/device/host_together.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/kernel/leaves_together.hpp>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;
using Layout = Memory::Layout;

enum class Flavour { ordinary, zeros, one_nan, only_nan, infinite, infinite_first };

Element element(DType t, double v) { return t == DType::float32 ? Element::of(static_cast<float>(v)) : Element::of(v); }

double value(Flavour flavour, std::int64_t i, std::int64_t n) {
  constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const double ordinary = std::sin(static_cast<double>(i)) * 1e3 + static_cast<double>(i % 7) * 1e-9;
  switch (flavour) {
    case Flavour::zeros:
      return i % 3 == 0 ? -0.0 : i % 5 == 0 && n > 4000 ? 1e-30 : 0.0;
    case Flavour::one_nan:
      return i == n / 2 ? nan : ordinary;
    case Flavour::only_nan:
      return nan;
    case Flavour::infinite:
      return i == n / 2 ? infinity : i == n / 3 ? -infinity : ordinary;
    case Flavour::infinite_first:
      return i == 0 ? infinity : ordinary;
    default:
      return ordinary;
  }
}

Program reading(DType t) { return {{t}, {}, {}, {0}}; }
Program widening() { return {{DType::float32}, {}, {{Op::cast, DType::float32, DType::float64, 0, 0, 0}}, {1}}; }
Program square(DType t) { return {{t}, {}, {{Op::square, t, t, 0, 0, 0}}, {1}}; }

struct Case {
  Program leader;
  std::vector<Fold> folds;
};

bool takes_float64(Combiner c) {
  return c == Combiner::sum || c == Combiner::nan_sum || c == Combiner::moments || c == Combiner::nan_moments;
}

std::vector<Case> cases() {
  using C = Combiner;
  const std::vector<std::vector<C>> sets = {
      {C::nan_moments, C::fmin, C::fmax, C::nan_sum},
      {C::moments, C::sum, C::min, C::max},
      {C::fmax, C::moments},
      {C::min, C::fmin, C::moments, C::nan_sum, C::sum},
      {C::argmin, C::nanargmax, C::min, C::nan_sum},
      {C::min, C::max},
      {C::nan_moments, C::nan_moments, C::moments, C::sum, C::sum, C::max, C::max, C::min}};
  std::vector<Case> all;
  for (const DType t : {DType::float64, DType::float32})
    for (const auto& set : sets) {
      Case reads{reading(t), {}}, computes{square(t), {}};
      for (const C c : set) {
        reads.folds.push_back({c, takes_float64(c) ? DType::float64 : t});
        computes.folds.push_back({c, t});
      }
      all.push_back(reads);
      if (t == DType::float64) all.push_back(computes);
    }
  return all;
}

std::int64_t leaves(const Dims& extent, std::uint32_t reduced, const Dims& leaf) {
  std::int64_t n = 1;
  for (int a = 0; a < extent.size(); a++)
    if (reduced >> a & 1u) n *= (extent[a] + leaf[a] - 1) / leaf[a];
  return n;
}

void expect_same_states(const Fold& fold, std::int64_t states, std::int64_t outputs, const std::vector<std::byte>& want,
                        const std::vector<std::byte>& got, const std::string& what) {
  const StateLayout layout = fold.layout();
  for (std::int64_t s = 0; s < states; s++)
    for (int c = 0; c < layout.components; c++)
      for (std::int64_t i = 0; i < outputs; i++) {
        const std::int64_t item = layout.item[static_cast<std::size_t>(c)],
                           at = s * layout.bytes(outputs) + layout.offset(c, outputs) + i * item;
        Element a, b;
        a.type = b.type = is_position(fold.combiner) && c == 0 ? DType::int64
                          : item == 4                          ? DType::float32
                                                               : DType::float64;
        std::memcpy(a.bytes, want.data() + at, static_cast<std::size_t>(item));
        std::memcpy(b.bytes, got.data() + at, static_cast<std::size_t>(item));
        ASSERT_TRUE(same(a, b)) << what << ": " << name(fold.combiner) << ", component " << c << " of output " << i
                                << ": alone " << show(a) << ", together " << show(b);
      }
}

TEST(GroupFold, GivesEachFoldTheBitsThatItHasAlone) {
  struct Shape {
    Dims extent;
    std::uint32_t reduced;
    Layout layout;
  };
  const std::vector<Shape> shapes = {
      {{5000}, 1, Layout::dense},   {{511}, 1, Layout::dense},       {{4096}, 1, Layout::dense},
      {{1}, 1, Layout::dense},      {{700}, 1, Layout::gaps},        {{9, 700}, 2, Layout::dense},
      {{9, 700}, 3, Layout::dense}, {{9, 700}, 3, Layout::reversed}, {{60, 70}, 1, Layout::dense},
      {{60, 70}, 1, Layout::gaps},  {{4, 20, 33}, 5, Layout::dense}, {{30, 17}, 2, Layout::fortran}};
  const auto all = cases();
  for_each_target([&](Target target) {
    for (const auto& c : all)
      for (const auto& shape : shapes)
        for (int flavour = 0; flavour <= static_cast<int>(Flavour::infinite_first); flavour++) {
          const DType t = c.leader.inputs[0];
          Memory x(t, shape.extent, shape.layout);
          std::int64_t outputs = 1, n = 0;
          for (int a = 0; a < shape.extent.size(); a++)
            if (!(shape.reduced >> a & 1u)) outputs *= shape.extent[a];
          for_each_index(shape.extent, [&](const Dims& at) {
            x.set(at, element(t, value(static_cast<Flavour>(flavour), n, num_elements(shape.extent))));
            n++;
          });
          const Dims leaf = leaf_extents(shape.extent, shape.reduced);
          const std::int64_t states = leaves(shape.extent, shape.reduced, leaf);
          const StridedInput input = x.operand();
          FoldedPositions positions{3, Dims::filled(shape.extent.size(), 0)};
          std::int64_t step = 1;
          for (int a = shape.extent.size() - 1; a >= 0; a--)
            if (shape.reduced >> a & 1u) positions.strides[a] = step, step *= shape.extent[a];

          std::vector<std::vector<std::byte>> alone, together;
          std::vector<FoldInto> folds;
          for (const auto& fold : c.folds) {
            const auto bytes = static_cast<std::size_t>(states * fold.layout().bytes(outputs));
            alone.emplace_back(bytes);
            together.emplace_back(bytes);
            const bool widens = c.leader.code.empty() && fold.element != t;
            Kernel::compile(widens ? widening() : c.leader)
                ->reduce(fold, shape.extent, shape.reduced, leaf, {&input, 1}, {}, alone.back().data(), positions);
          }
          for (std::size_t k = 0; k < c.folds.size(); k++) folds.push_back({&c.folds[k], together[k].data()});
          Kernel::compile(c.leader)->reduce(folds, shape.extent, shape.reduced, leaf, {&input, 1}, {}, positions);
          for (std::size_t k = 0; k < c.folds.size(); k++)
            expect_same_states(c.folds[k], states, outputs, alone[k], together[k],
                               to_string(target) + " " + to_string(t) + " " + to_string(shape.extent) + " reduced " +
                                   std::to_string(shape.reduced) + " flavour " + std::to_string(flavour));
          if (::testing::Test::HasFatalFailure()) return;
        }
  });
}

TEST(GroupFold, RefusesTooMany) {
  const auto kernel = Kernel::compile(reading(DType::float64));
  const double x = 1;
  const StridedInput input{reinterpret_cast<const std::byte*>(&x), {8}};
  std::vector<std::byte> state(64);
  const Fold sum{Combiner::sum, DType::float64};
  const std::vector<FoldInto> nine(most_folds_together + 1, FoldInto{&sum, state.data()});
  EXPECT_THROW(kernel->reduce(nine, {1}, 1, {1}, {&input, 1}, {}), InternalError);
  EXPECT_THROW(kernel->reduce(std::span<const FoldInto>{}, {1}, 1, {1}, {&input, 1}, {}), InternalError);
}

// Boxes of one leaf each: alone, and then combined as the tree has them.
std::vector<std::byte> combined(const Fold& fold, const Program& program, std::vector<Memory>& boxes,
                                std::uint32_t reduced, std::int64_t outputs, std::int64_t count) {
  std::vector<std::vector<std::byte>> states;
  for (Memory& box : boxes) {
    const StridedInput input = box.operand();
    states.emplace_back(static_cast<std::size_t>(fold.layout().bytes(outputs)));
    Kernel::compile(program)->reduce(fold, box.extent, reduced, box.extent, {&input, 1}, {}, states.back().data());
  }
  for (std::size_t width = 1; width < states.size(); width *= 2, count *= 2)
    for (std::size_t k = 0; k < states.size(); k += 2 * width)
      combine(fold, outputs, states[k].data(), states[k + width].data(), count, count);
  return states[0];
}

TEST(ReduceTogether, GivesTheBitsOfLeavesThatAreCombined) {
  const std::vector<Fold> folds = {{Combiner::sum, DType::float64}, {Combiner::moments, DType::float64},
                                   {Combiner::min, DType::float64}, {Combiner::max, DType::float64},
                                   {Combiner::min, DType::float32}, {Combiner::max, DType::float32}};
  struct Shape {
    Dims extent;
    std::uint32_t reduced;
  };
  const std::vector<Shape> shapes = {{{2, 37}, 1}, {{1, 16}, 1}, {{3, 5}, 1},        {{4, 9, 7}, 1},
                                     {{5, 64}, 1}, {{8, 3}, 1},  {{2, 2, 1, 19}, 3}, {{1, 1}, 1}};
  for_each_target([&](Target) {
    for (const Fold& fold : folds)
      for (const DType from : {DType::float32, DType::float64})
        for (const Shape& shape : shapes)
          for (int flavour = 0; flavour <= static_cast<int>(Flavour::infinite_first); flavour++) {
            const bool widens = from != fold.element;
            if (widens && (from == DType::float64 || !takes_float64(fold.combiner))) continue;
            const Program program = widens ? widening() : reading(from);
            std::int64_t rows = 1;
            for (int a = 0; a < shape.extent.size(); a++)
              if (shape.reduced >> a & 1u) rows *= shape.extent[a];
            const std::int64_t outputs = num_elements(shape.extent) / rows, n = leaves_together(rows);
            std::vector<Memory> boxes;
            std::vector<const std::byte*> data;
            std::int64_t i = 0;
            for (std::int64_t k = 0; k < n; k++) {
              boxes.emplace_back(from, shape.extent, Layout::dense);
              for_each_index(shape.extent, [&](const Dims& at) {
                boxes.back().set(
                    at, element(from, value(static_cast<Flavour>(flavour), i++, n * num_elements(shape.extent))));
              });
            }
            for (const Memory& box : boxes) data.push_back(box.operand().data);
            std::vector<std::byte> together(static_cast<std::size_t>(fold.layout().bytes(outputs)));
            ASSERT_TRUE(
                reduce_together(program, fold, shape.extent, shape.reduced, data, boxes[0].strides, together.data()));
            expect_same_states(fold, 1, outputs, combined(fold, program, boxes, shape.reduced, outputs, rows), together,
                               to_string(shape.extent) + " " + std::to_string(flavour));
          }
  });
}

TEST(ReduceTogether, LeavesToOthersWhatItHasNoPassFor) {
  const Dims extent{2, 10};
  Memory a(DType::float64, extent, Layout::dense), gaps(DType::float64, extent, Layout::gaps);
  const std::vector<const std::byte*> two = {a.operand().data, a.operand().data}, three(3, a.operand().data);
  std::vector<std::byte> states(1000);
  const auto takes = [&](const Program& p, Combiner c, const std::vector<const std::byte*>& data, const Dims& strides) {
    return reduce_together(p, {c, DType::float64}, extent, 1, data, strides, states.data());
  };
  EXPECT_TRUE(takes(reading(DType::float64), Combiner::sum, two, a.strides));
  EXPECT_FALSE(takes(square(DType::float64), Combiner::sum, two, a.strides));
  EXPECT_FALSE(takes(reading(DType::float64), Combiner::nan_sum, two, a.strides));
  EXPECT_FALSE(takes(reading(DType::float64), Combiner::sum, three, a.strides));
  EXPECT_FALSE(takes(reading(DType::float64), Combiner::sum, two, gaps.strides));
}

}  // namespace
}  // namespace tessera::cpu
