// Reductions against a scalar walk in the order that combiner.hpp fixes: the bits must be equal, on every target.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include <tessera/core/box.hpp>
#include <tessera/core/errors.hpp>

#include "../../share.hpp"
#include "reduce_reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;
using Layout = Memory::Layout;

Program identity_program(DType t) {
  Program p;
  p.inputs = {t};
  p.outputs = {0};
  return p;
}

FoldedPositions positions_of(const Dims& extent, std::uint32_t reduced) {
  FoldedPositions p{5, Dims::filled(extent.size(), 0)};
  std::int64_t step = 1;
  for (int a = extent.size() - 1; a >= 0; a--)
    if (reduced >> a & 1u) p.strides[a] = step, step *= extent[a] + a;  // the domain is larger than the extent
  return p;
}

/// Values that the moments can say something about: around 1000, some NaN where they are skipped.
void fill_tame(Memory& m, bool with_nan) {
  std::int64_t i = 0;
  for_each_index(m.extent, [&](const Dims& at) {
    const double x = with_nan && i % 7 == 3 ? std::nan("") : 1000 + std::fmod(static_cast<double>(i) * 0.37, 11.0);
    m.set(at, m.type == DType::float32 ? Element::of(static_cast<float>(x)) : Element::of(x));
    i++;
  });
}

enum class Values { awkward, tame, tame_with_nan };

/// `widened`: float32 elements, which the program casts to float64.
void check(Combiner c, DType t, const Dims& extent, std::uint32_t reduced, const Dims& leaf, Layout layout,
           Values values = Values::awkward, bool widened = false) {
  Memory in(widened ? DType::float32 : t, extent, layout);
  if (values == Values::awkward)
    in.fill(static_cast<std::uint64_t>(num_elements(extent)) + reduced);
  else
    fill_tame(in, values == Values::tame_with_nan);
  const FoldedPositions positions = positions_of(extent, reduced);
  const auto expected = expected_states(c, extent, reduced, leaf, positions, [&](const Dims& at) {
    return widened ? Element::of(static_cast<double>(in.get(at).as<float>())) : in.get(at);
  });
  std::int64_t outputs = 1;
  for (int a = 0; a < extent.size(); a++)
    if (!(reduced >> a & 1u)) outputs *= extent[a];
  const Fold fold{c, t, nullptr};
  const StateLayout state = fold.layout();
  const auto n = static_cast<std::int64_t>(expected.size());
  const std::int64_t leaves = n / std::max<std::int64_t>(outputs, 1);
  std::vector<std::uint64_t> memory(static_cast<std::size_t>(leaves * state.bytes(outputs) / 8 + 2),
                                    0x7777777777777777u);
  auto* states = reinterpret_cast<std::byte*>(memory.data());
  const StridedInput operands[] = {in.operand()};
  Program program = identity_program(t);
  if (widened) {
    program.inputs = {DType::float32};
    program.code = {{Op::cast, DType::float32, DType::float64, 0, 0, 0}};
    program.outputs = {1};
  }
  Kernel::compile(program)->reduce(fold, extent, reduced, leaf, operands, {}, states, positions);
  for (std::int64_t k = leaves * state.bytes(outputs); k < static_cast<std::int64_t>(memory.size() * 8); k++)
    ASSERT_EQ(states[k], std::byte{0x77});
  for (std::int64_t i = 0; i < n; i++) {
    const std::int64_t l = i / std::max<std::int64_t>(outputs, 1), o = i % std::max<std::int64_t>(outputs, 1);
    const auto& e = expected[static_cast<std::size_t>(i)];
    ASSERT_EQ(static_cast<int>(e.size()), state.components);
    for (int k = 0; k < state.components; k++) {
      const Element& want = e[static_cast<std::size_t>(k)];
      Element got;
      got.type = want.type;
      const std::int64_t item = state.item[static_cast<std::size_t>(k)];
      std::memcpy(got.bytes, states + l * state.bytes(outputs) + state.offset(k, outputs) + o * item,
                  static_cast<std::size_t>(item));
      ASSERT_TRUE(same(got, want)) << name(c) << " " << to_string(t) << (widened ? " of float32 " : " ")
                                   << to_string(extent) << " axes " << reduced << " leaf " << to_string(leaf)
                                   << " layout " << static_cast<int>(layout) << " on " << to_string(target())
                                   << ": state " << i << " component " << k << " is " << show(got) << ", not "
                                   << show(want);
    }
  }
}

/// With the values that suit the combiner, and from float32 where that is another way.
void check_all(Combiner c, DType t, const Dims& extent, std::uint32_t reduced, const Dims& leaf, Layout layout) {
  ASSERT_NO_FATAL_FAILURE(check(c, t, extent, reduced, leaf, layout));
  if (t != DType::float64) return;
  const bool moments = c == Combiner::moments || c == Combiner::nan_moments || c == Combiner::nan_sum;
  if (moments || c == Combiner::sum) {
    ASSERT_NO_FATAL_FAILURE(check(c, t, extent, reduced, leaf, layout, Values::tame));
    ASSERT_NO_FATAL_FAILURE(check(c, t, extent, reduced, leaf, layout, Values::tame, true));
  }
  if (c == Combiner::nan_moments || c == Combiner::nan_sum || c == Combiner::nanargmin) {
    ASSERT_NO_FATAL_FAILURE(check(c, t, extent, reduced, leaf, layout, Values::tame_with_nan));
    ASSERT_NO_FATAL_FAILURE(check(c, t, extent, reduced, leaf, layout, Values::tame_with_nan, true));
  }
}

std::vector<std::pair<Combiner, DType>> combinations(bool all) {
  std::vector<std::pair<Combiner, DType>> list{
      {Combiner::sum, DType::float64},         {Combiner::moments, DType::float64},
      {Combiner::nan_moments, DType::float64}, {Combiner::nan_sum, DType::float64},
      {Combiner::min, DType::float64},         {Combiner::fmax, DType::float32},
      {Combiner::any, DType::bool_},           {Combiner::all, DType::bool_},
      {Combiner::prod, DType::complex64},      {Combiner::argmin, DType::float32},
      {Combiner::nanargmin, DType::float64},   {Combiner::argmax, DType::int16}};
  if (!all) return list;
  for (int d = 0; d < dtype_count; d++) {
    const DType t = static_cast<DType>(d);
    list.emplace_back(Combiner::sum, t);
    list.emplace_back(Combiner::prod, t);
    if (is_complex(t)) continue;
    for (const Combiner c :
         {Combiner::min, Combiner::max, Combiner::argmin, Combiner::argmax, Combiner::nanargmin, Combiner::nanargmax})
      list.emplace_back(c, t);
    if (is_real_floating(t))
      for (const Combiner c : {Combiner::fmin, Combiner::fmax}) list.emplace_back(c, t);
  }
  return list;
}

TEST(Reduce, EveryCombinerAndDtype) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(true))
      for (const std::int64_t n : {1, 2, 7, 63, 64, 65, 100, 4097})
        for (const Layout l : {Layout::dense, Layout::gaps, Layout::reversed, Layout::broadcast_last})
          ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{n}, 1, leaf_extents(Dims{n}, 1), l));
  });
}

TEST(Reduce, AnyAxes) {
  testing::Share share;
  for_each_target([&](Target) {
    for (const auto& [c, t] : combinations(false))
      for (const Dims& e :
           {Dims{}, Dims{1}, Dims{5, 10}, Dims{10, 5}, Dims{3, 70}, Dims{70, 3}, Dims{4, 128}, Dims{3, 4, 65},
            Dims{6, 2, 64}, Dims{2, 3, 4, 5}, Dims{100, 1}, Dims{1, 100}, Dims{7, 1, 9}, Dims{3, 1500}})
        for (std::uint32_t axes = 0; axes < 1u << e.size(); axes++)
          for (const Layout l : {Layout::dense, Layout::fortran, Layout::broadcast_first, Layout::reversed})
            if (share.next()) {
              ASSERT_NO_FATAL_FAILURE(check_all(c, t, e, axes, leaf_extents(e, axes), l));
            }
  });
}

TEST(Reduce, ManyShortRows) {
  testing::Share share;
  for_each_target([&](Target) {
    for (const auto& [c, t] : combinations(true))
      for (const Dims& e : {Dims{300, 3}, Dims{130, 16}, Dims{8, 64}, Dims{70, 50}, Dims{5, 7, 2}, Dims{1200, 2}})
        for (const Layout l : {Layout::dense, Layout::fortran, Layout::gaps, Layout::broadcast_first})
          if (share.next()) {
            ASSERT_NO_FATAL_FAILURE(check_all(c, t, e, 1u << (e.size() - 1), leaf_extents(e, 1u << (e.size() - 1)), l));
          }
  });
}

TEST(Reduce, ManyLeaves) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(false)) {
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{20, 1000}, 3, leaf_extents(Dims{20, 1000}, 3), Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{20, 1000}, 3, Dims{7, 128}, Layout::fortran));
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{9, 6, 70}, 5, Dims{4, 6, 64}, Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{9, 6, 70}, 3, Dims{4, 4, 70}, Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{9000, 3}, 1, leaf_extents(Dims{9000, 3}, 1), Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check_all(c, t, Dims{9000}, 1, leaf_extents(Dims{9000}, 1), Layout::dense));
    }
  });
}

TEST(Reduce, EmptyExtentsWriteNothing) {
  std::byte guard[8] = {};
  const StridedInput none[] = {{nullptr, Dims{8, 8}}};
  Kernel::compile(identity_program(DType::float64))
      ->reduce({Combiner::sum}, Dims{0, 5}, 1, Dims{1, 5}, none, {}, guard);
  Kernel::compile(identity_program(DType::float64))
      ->reduce({Combiner::sum}, Dims{5, 0}, 1, Dims{5, 0}, none, {}, guard);
  for (auto b : guard) EXPECT_EQ(b, std::byte{0});
}

TEST(Reduce, RefusesWhatHasNoOrder) {
  const double x[2] = {};
  std::byte state[32];
  const StridedInput in[] = {{reinterpret_cast<const std::byte*>(x), Dims{16}}};
  EXPECT_THROW(Kernel::compile(identity_program(DType::complex128))
                   ->reduce({Combiner::min, DType::complex128}, Dims{1}, 1, Dims{1}, in, {}, state),
               DTypeError);
  EXPECT_THROW(Kernel::compile(identity_program(DType::float32))
                   ->reduce({Combiner::moments, DType::float32}, Dims{1}, 1, Dims{1}, in, {}, state),
               DTypeError);
  EXPECT_THROW(Kernel::compile(identity_program(DType::float64))
                   ->reduce({Combiner::any, DType::float64}, Dims{1}, 1, Dims{1}, in, {}, state),
               DTypeError);
}

TEST(Reduce, FusedProgramKeepsTheOrder) {
  // sqrt(x) + x * s, then the sum: the same lanes as the sum of the mapped array.
  Program p;
  p.inputs = {DType::float64};
  p.scalars = {DType::float64};
  p.code = {{Op::sqrt, DType::float64, DType::float64, 0},
            {Op::multiply, DType::float64, DType::float64, 0, 1},
            {Op::add, DType::float64, DType::float64, 2, 3}};
  p.outputs = {4};
  for_each_target([&](Target) {
    for (const std::int64_t n : {1, 100, 4096, 10000}) {
      std::vector<double> x(static_cast<std::size_t>(n)), y(x.size());
      for (std::size_t i = 0; i < x.size(); i++) x[i] = std::fmod(static_cast<double>(i) * 0.37, 11.0);
      const StridedInput in[] = {{reinterpret_cast<const std::byte*>(x.data()), Dims{8}}},
                         mapped[] = {{reinterpret_cast<const std::byte*>(y.data()), Dims{8}}};
      const StridedOutput out[] = {{reinterpret_cast<std::byte*>(y.data()), Dims{8}}};
      const ScalarBits s[] = {to_bits(1.5, DType::float64)};
      double fused[3], apart[3];
      const Dims leaf = leaf_extents(Dims{n}, 1);
      Kernel::compile(p)->map(Dims{n}, in, s, out, false);
      Kernel::compile(p)->reduce({Combiner::sum}, Dims{n}, 1, leaf, in, s, reinterpret_cast<std::byte*>(fused));
      Kernel::compile(identity_program(DType::float64))
          ->reduce({Combiner::sum}, Dims{n}, 1, leaf, mapped, {}, reinterpret_cast<std::byte*>(apart));
      for (std::int64_t l = 0; l < ceil_div(n, leaf[0]); l++) ASSERT_EQ(fused[l], apart[l]) << n;
    }
  });
}

TEST(Reduce, ShortRowsOfAProgram) {
  // (x - row) * column, of a row that all outputs share and a column of one element each: as of the mapped array.
  Program p;
  p.inputs = {DType::float64, DType::float64, DType::float64};
  p.code = {{Op::subtract, DType::float64, DType::float64, 0, 1}, {Op::multiply, DType::float64, DType::float64, 3, 2}};
  p.outputs = {4};
  for_each_target([&](Target) {
    for (const std::int64_t length : {2, 16, 33, 64}) {
      const std::int64_t rows = 517;
      const auto all = static_cast<std::size_t>(rows * length);
      std::vector<double> x(all), mapped(all), row(static_cast<std::size_t>(length)),
          column(static_cast<std::size_t>(rows));
      for (std::size_t i = 0; i < all; i++) x[i] = std::fmod(static_cast<double>(i) * 0.37, 11.0);
      for (std::size_t i = 0; i < row.size(); i++) row[i] = std::sqrt(static_cast<double>(i));
      for (std::size_t i = 0; i < column.size(); i++) column[i] = std::cos(static_cast<double>(i));
      const auto at = [](const std::vector<double>& v) { return reinterpret_cast<const std::byte*>(v.data()); };
      const StridedInput in[] = {{at(x), {8 * length, 8}}, {at(row), {0, 8}}, {at(column), {8, 0}}},
                         whole[] = {{at(mapped), {8 * length, 8}}};
      const StridedOutput out[] = {{reinterpret_cast<std::byte*>(mapped.data()), {8 * length, 8}}};
      const Dims extent{rows, length};
      Kernel::compile(p)->map(extent, in, {}, out, false);
      for (const Fold& fold : {Fold{Combiner::sum}, Fold{Combiner::argmin}, Fold{Combiner::moments}}) {
        std::vector<double> fused(2 * column.size()), apart(fused.size());
        const FoldedPositions positions{0, Dims{0, 1}};
        Kernel::compile(p)->reduce(fold, extent, 2, extent, in, {}, reinterpret_cast<std::byte*>(fused.data()),
                                   positions);
        Kernel::compile(identity_program(DType::float64))
            ->reduce(fold, extent, 2, extent, whole, {}, reinterpret_cast<std::byte*>(apart.data()), positions);
        ASSERT_EQ(std::memcmp(fused.data(), apart.data(), fused.size() * 8), 0) << name(fold.combiner) << " " << length;
      }
    }
  });
}

/// n states of a combiner, component by component; `step` draws other values.
std::vector<std::byte> sample_states(const Fold& fold, std::int64_t n, std::uint64_t seed) {
  const StateLayout layout = fold.layout();
  std::vector<std::byte> bytes(static_cast<std::size_t>(layout.bytes(n)));
  for (int k = 0; k < layout.components; k++)
    for (std::int64_t i = 0; i < n; i++) {
      Element e = sample(fold.element, seed + static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(i));
      if (is_position(fold.combiner) && k == 0) {  // a NaN is never the element of a nan form
        const Element value = sample(fold.element, seed + 1, static_cast<std::uint64_t>(i));
        const bool nothing = i % 5 == 2 || (fold.combiner >= Combiner::nanargmin && is_nan(value));
        e = Element::of(std::int64_t{nothing ? -1 : i % 7});
      }
      if (fold.combiner == Combiner::nan_moments && k == 0)
        e = Element::of(static_cast<double>((i + static_cast<std::int64_t>(seed)) % 4));
      const std::int64_t item = layout.item[static_cast<std::size_t>(k)];
      std::memcpy(bytes.data() + layout.offset(k, n) + i * item, e.bytes, static_cast<std::size_t>(item));
    }
  return bytes;
}
State state_at(const Fold& fold, const std::vector<std::byte>& bytes, std::int64_t n, std::int64_t i) {
  const StateLayout layout = fold.layout();
  State s;
  for (int k = 0; k < layout.components; k++) {
    Element e;
    e.type = is_position(fold.combiner) && k == 0 ? DType::int64 : fold.element;
    const std::int64_t item = layout.item[static_cast<std::size_t>(k)];
    std::memcpy(e.bytes, bytes.data() + layout.offset(k, n) + i * item, static_cast<std::size_t>(item));
    s.push_back(e);
  }
  return s;
}

TEST(Combine, MatchesTheReference) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(true))
      for (const std::int64_t n : {0, 1, 2, 7, 64, 1000})
        for (const auto& [na, nb] : {std::pair<std::int64_t, std::int64_t>{3, 5}, {0, 4}, {4, 0}, {4096, 4096}}) {
          const Fold fold{c, t, nullptr};
          const auto before = sample_states(fold, n, 1), from = sample_states(fold, n, 4);
          auto into = before;
          combine(fold, n, into.data(), from.data(), na, nb);
          for (std::int64_t i = 0; i < n; i++) {
            const State want = merged(c, state_at(fold, before, n, i), state_at(fold, from, n, i),
                                      static_cast<double>(na), static_cast<double>(nb)),
                        got = state_at(fold, into, n, i);
            for (std::size_t k = 0; k < want.size(); k++)
              ASSERT_TRUE(same(got[k], want[k])) << name(c) << " " << to_string(t) << " component " << k << ": "
                                                 << show(got[k]) << ", not " << show(want[k]);
          }
        }
  });
}

}  // namespace
}  // namespace tessera::cpu
