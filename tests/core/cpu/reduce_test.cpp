// Reductions against a scalar walk in the order that combiner.hpp fixes: the bits must be equal, on every target.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include <tessera/core/box.hpp>
#include <tessera/core/errors.hpp>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;
using Layout = Memory::Layout;

/// A state with nothing behind it is empty.
struct State {
  std::optional<Element> value;  // or the mean
  double m2 = 0, count = 0;
};

Element fold_two(Combiner c, const Element& a, const Element& b) {
  const Op op = c == Combiner::sum   ? Op::add
                : c == Combiner::min ? Op::minimum
                : c == Combiner::max ? Op::maximum
                : c == Combiner::any ? Op::logical_or
                                     : Op::logical_and;
  if (a.type == DType::bool_ && (op == Op::minimum || op == Op::maximum))
    return apply({op == Op::minimum ? Op::logical_and : Op::logical_or, a.type, a.type}, a, b, a);
  return apply({op, a.type, a.type}, a, b, a);
}
void take(Combiner c, State& s, const Element& e) {
  if (c != Combiner::moments) {
    s.value = s.value ? fold_two(c, *s.value, e) : e;
    return;
  }
  const double x = e.as<double>(), old = s.value ? s.value->as<double>() : 0;
  s.count += 1;
  const double d = x - old, mean = old + d * (1.0 / s.count);
  s.m2 = s.m2 + d * (x - mean);
  s.value = Element::of(mean);
}
void merge(Combiner c, State& a, const State& b) {
  if (!b.value) return;
  if (!a.value) {
    a = b;
    return;
  }
  if (c != Combiner::moments) {
    a.value = fold_two(c, *a.value, *b.value);
    return;
  }
  const double n = a.count + b.count, ma = a.value->as<double>(), delta = b.value->as<double>() - ma;
  a.value = Element::of(ma + delta * (b.count / n));
  a.m2 = (a.m2 + b.m2) + (delta * delta) * (a.count * b.count / n);
  a.count = n;
}

/// The states of one call, in the layout that kernel.hpp promises.
std::vector<State> expected_states(Combiner c, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
                                   const Memory& in) {
  Dims grid = Dims::filled(extent.size(), 1), kept = extent;
  for (int a = 0; a < extent.size(); a++)
    if (reduced >> a & 1u) grid[a] = ceil_div(extent[a], leaf[a]), kept[a] = 1;
  const bool last = extent.size() > 0 && (reduced >> (extent.size() - 1) & 1u);
  std::vector<State> all;
  for_each_index(grid, [&](const Dims& g) {
    for_each_index(kept, [&](const Dims& o) {
      Dims lo = o, box = Dims::filled(extent.size(), 1);
      for (int a = 0; a < extent.size(); a++)
        if (reduced >> a & 1u) lo[a] = g[a] * leaf[a], box[a] = std::min(leaf[a], extent[a] - lo[a]);
      std::vector<State> lane(lanes);
      for_each_index(box, [&](const Dims& at) {
        Dims p = at;
        for (int a = 0; a < p.size(); a++) p[a] += lo[a];
        take(c, lane[last ? static_cast<std::size_t>(at.back() % lanes) : 0], in.get(p));
      });
      for (std::size_t half = lanes / 2; half > 0; half /= 2)
        for (std::size_t l = 0; l < half; l++) merge(c, lane[l], lane[l + half]);
      all.push_back(lane[0]);
    });
  });
  return all;
}

Program identity_program(DType t) {
  Program p;
  p.inputs = {t};
  p.outputs = {0};
  return p;
}

void check(Combiner c, DType t, const Dims& extent, std::uint32_t reduced, const Dims& leaf, Layout layout) {
  Memory in(t, extent, layout);
  in.fill(static_cast<std::uint64_t>(num_elements(extent)) + reduced);
  const auto expected = expected_states(c, extent, reduced, leaf, in);
  std::int64_t outputs = 1;
  for (int a = 0; a < extent.size(); a++)
    if (!(reduced >> a & 1u)) outputs *= extent[a];
  const std::int64_t item = item_size(t), components = state_components(c);
  const auto n = static_cast<std::int64_t>(expected.size());
  std::vector<unsigned char> states(static_cast<std::size_t>(n * components * item) + 8, 0x77);
  const Operand operands[] = {in.operand()};
  Kernel::compile(identity_program(t))
      ->reduce(c, extent, reduced, leaf, operands, {}, reinterpret_cast<std::byte*>(states.data()));
  for (std::size_t k = states.size() - 8; k < states.size(); k++) ASSERT_EQ(states[k], 0x77);
  for (std::int64_t i = 0; i < n; i++) {
    const std::int64_t l = i / std::max<std::int64_t>(outputs, 1), o = i % std::max<std::int64_t>(outputs, 1);
    const auto& e = expected[static_cast<std::size_t>(i)];
    for (std::int64_t k = 0; k < components; k++) {
      Element got;
      got.type = t;
      std::memcpy(got.bytes, states.data() + ((l * components + k) * outputs + o) * item,
                  static_cast<std::size_t>(item));
      const Element want = k ? Element::of(e.m2) : *e.value;
      ASSERT_TRUE(same(got, want)) << "combiner " << static_cast<int>(c) << " " << to_string(t) << " "
                                   << to_string(extent) << " axes " << reduced << " leaf " << to_string(leaf)
                                   << " layout " << static_cast<int>(layout) << " on " << to_string(target())
                                   << ": state " << i << " component " << k << " is " << show(got) << ", not "
                                   << show(want);
    }
  }
}

std::vector<std::pair<Combiner, DType>> combinations(bool all) {
  std::vector<std::pair<Combiner, DType>> list{{Combiner::sum, DType::float64},
                                               {Combiner::moments, DType::float64},
                                               {Combiner::min, DType::float64},
                                               {Combiner::any, DType::bool_},
                                               {Combiner::all, DType::bool_}};
  if (!all) return list;
  for (int d = 0; d < dtype_count; d++) {
    const DType t = static_cast<DType>(d);
    list.emplace_back(Combiner::sum, t);
    if (!is_complex(t)) {
      list.emplace_back(Combiner::min, t);
      list.emplace_back(Combiner::max, t);
    }
  }
  return list;
}

TEST(Reduce, EveryCombinerAndDtype) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(true))
      for (const std::int64_t n : {1, 2, 7, 63, 64, 65, 100, 4097})
        for (const Layout l : {Layout::dense, Layout::gaps, Layout::reversed, Layout::broadcast_last})
          ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{n}, 1, leaf_extents(Dims{n}, 1), l));
  });
}

TEST(Reduce, AnyAxes) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(false))
      for (const Dims& e :
           {Dims{}, Dims{1}, Dims{5, 10}, Dims{10, 5}, Dims{3, 70}, Dims{70, 3}, Dims{4, 128}, Dims{3, 4, 65},
            Dims{6, 2, 64}, Dims{2, 3, 4, 5}, Dims{100, 1}, Dims{1, 100}, Dims{7, 1, 9}, Dims{3, 1500}})
        for (std::uint32_t axes = 0; axes < 1u << e.size(); axes++)
          for (const Layout l : {Layout::dense, Layout::fortran, Layout::broadcast_first, Layout::reversed})
            ASSERT_NO_FATAL_FAILURE(check(c, t, e, axes, leaf_extents(e, axes), l));
  });
}

TEST(Reduce, ManyLeaves) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(false)) {
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{20, 1000}, 3, leaf_extents(Dims{20, 1000}, 3), Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{20, 1000}, 3, Dims{7, 128}, Layout::fortran));
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{9, 6, 70}, 5, Dims{4, 6, 64}, Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{9, 6, 70}, 3, Dims{4, 4, 70}, Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{9000, 3}, 1, leaf_extents(Dims{9000, 3}, 1), Layout::dense));
      ASSERT_NO_FATAL_FAILURE(check(c, t, Dims{9000}, 1, leaf_extents(Dims{9000}, 1), Layout::dense));
    }
  });
}

TEST(Reduce, EmptyExtentsWriteNothing) {
  std::byte guard[8] = {};
  const Operand none[] = {{nullptr, Dims{8, 8}}};
  Kernel::compile(identity_program(DType::float64))->reduce(Combiner::sum, Dims{0, 5}, 1, Dims{1, 5}, none, {}, guard);
  Kernel::compile(identity_program(DType::float64))->reduce(Combiner::sum, Dims{5, 0}, 1, Dims{5, 0}, none, {}, guard);
  for (auto b : guard) EXPECT_EQ(b, std::byte{0});
}

TEST(Reduce, RefusesWhatHasNoOrder) {
  const double x[2] = {};
  std::byte state[32];
  const Operand in[] = {{reinterpret_cast<const std::byte*>(x), Dims{16}}};
  EXPECT_THROW(
      Kernel::compile(identity_program(DType::complex128))->reduce(Combiner::min, Dims{1}, 1, Dims{1}, in, {}, state),
      DTypeError);
  EXPECT_THROW(
      Kernel::compile(identity_program(DType::float32))->reduce(Combiner::moments, Dims{1}, 1, Dims{1}, in, {}, state),
      DTypeError);
  EXPECT_THROW(
      Kernel::compile(identity_program(DType::float64))->reduce(Combiner::any, Dims{1}, 1, Dims{1}, in, {}, state),
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
      const Operand in[] = {{reinterpret_cast<const std::byte*>(x.data()), Dims{8}}},
                    mapped[] = {{reinterpret_cast<const std::byte*>(y.data()), Dims{8}}};
      const Result out[] = {{reinterpret_cast<std::byte*>(y.data()), Dims{8}}};
      const ScalarBits s[] = {to_bits(1.5, DType::float64)};
      double fused[3], apart[3];
      const Dims leaf = leaf_extents(Dims{n}, 1);
      Kernel::compile(p)->map(Dims{n}, in, s, out, false);
      Kernel::compile(p)->reduce(Combiner::sum, Dims{n}, 1, leaf, in, s, reinterpret_cast<std::byte*>(fused));
      Kernel::compile(identity_program(DType::float64))
          ->reduce(Combiner::sum, Dims{n}, 1, leaf, mapped, {}, reinterpret_cast<std::byte*>(apart));
      for (std::int64_t l = 0; l < ceil_div(n, leaf[0]); l++) ASSERT_EQ(fused[l], apart[l]) << n;
    }
  });
}

TEST(Combine, MatchesTheReference) {
  for_each_target([](Target) {
    for (const auto& [c, t] : combinations(true))
      for (const std::int64_t n : {0, 1, 2, 7, 64, 1000})
        for (const auto& [na, nb] : {std::pair<std::int64_t, std::int64_t>{3, 5}, {0, 4}, {4, 0}, {4096, 4096}}) {
          Memory a(t, Dims{2 * n}, Layout::dense), b(t, Dims{2 * n}, Layout::dense);
          a.fill(1);
          b.fill(2);
          const Memory before = a;
          combine(c, t, n, a.result().data, b.operand().data, na, nb);
          for (std::int64_t i = 0; i < n; i++) {
            State s{before.get(Dims{i}), 0, static_cast<double>(na)}, from{b.get(Dims{i}), 0, static_cast<double>(nb)};
            if (c == Combiner::moments) {
              s.m2 = before.get(Dims{n + i}).as<double>();
              from.m2 = b.get(Dims{n + i}).as<double>();
              if (na == 0) s.value.reset();
              if (nb == 0) from.value.reset();
            }
            merge(c, s, from);
            ASSERT_TRUE(same(a.get(Dims{i}), *s.value)) << to_string(t) << " combiner " << static_cast<int>(c);
            if (c == Combiner::moments) {
              ASSERT_TRUE(same(a.get(Dims{n + i}), Element::of(s.m2)));
            }
          }
        }
  });
}

}  // namespace
}  // namespace tessera::cpu
