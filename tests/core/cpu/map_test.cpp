// Programs over arrays of every layout: branches, many live values, several outputs, in place.
#include <gtest/gtest.h>

#include <tessera/core/box.hpp>

#include "../../share.hpp"
#include "reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;
using Layout = Memory::Layout;

constexpr DType f64 = DType::float64;

/// Writes Programs: inputs and scalars first, then operations by value number.
struct Builder {
  Program p;
  ValueId add(Op op, DType type, ValueId a, ValueId b = 0, ValueId c = 0) {
    return add_to(op, type, result_dtype(op, type), a, b, c);
  }
  ValueId add_to(Op op, DType type, DType to, ValueId a, ValueId b = 0, ValueId c = 0) {
    p.code.push_back({op, type, to, a, b, c});
    return p.code_value(p.code.size() - 1);
  }
};

struct ProgramCase {
  std::string name;
  Program p;
  std::vector<Element> scalars;
};

std::vector<ProgramCase> program_cases() {
  std::vector<ProgramCase> all;
  {
    Builder b;
    b.p.inputs = {f64};
    b.p.scalars = {f64};
    b.p.outputs = {b.add(Op::add, f64, b.add(Op::sqrt, f64, 0), b.add(Op::multiply, f64, 0, 1))};
    all.push_back({"sqrt(x) + x * s", b.p, {Element::of(2.5)}});
  }
  {  // every value lives until the end, then they are summed backwards
    Builder b;
    b.p.inputs = {f64, f64};
    std::vector<ValueId> v{0, 1};
    for (int i = 0; i < 20; i++)
      v.push_back(b.add(i % 2 ? Op::subtract : Op::multiply, f64, v[v.size() - 1], v[v.size() - 2]));
    ValueId sum = v.back();
    for (auto it = v.rbegin() + 1; it != v.rend(); ++it) sum = b.add(Op::add, f64, *it, sum);
    b.p.outputs = {sum};
    all.push_back({"many live values", b.p, {}});
  }
  {  // three outputs: one in the middle, one an input, one twice
    Builder b;
    b.p.inputs = {f64, DType::float32};
    b.p.scalars = {DType::float32};
    const ValueId x = b.add(Op::square, f64, 0), y = b.add(Op::subtract, DType::float32, 2, 1);
    const ValueId z = b.add_to(Op::cast, DType::float32, f64, y);
    const ValueId w = b.add(Op::divide, f64, x, z);
    b.p.outputs = {x, 1, w, w, y};
    all.push_back({"several outputs", b.p, {Element::of(3.f)}});
  }
  {  // comparisons, masks of all item sizes, where with the condition in every place
    Builder b;
    b.p.inputs = {f64, f64, DType::int16};
    b.p.scalars = {DType::int16};
    const ValueId less = b.add(Op::less, f64, 0, 1), nan = b.add(Op::isnan, f64, 0),
                  some = b.add(Op::greater_equal, DType::int16, 2, 3);
    const ValueId mask = b.add(Op::logical_and, DType::bool_, b.add(Op::logical_not, DType::bool_, nan),
                               b.add(Op::logical_or, DType::bool_, less, some));
    const ValueId chosen = b.add(Op::where, f64, mask, b.add(Op::negative, f64, 0), 1);
    const ValueId again = b.add(Op::where, f64, less, chosen, b.add(Op::add, f64, chosen, 0));
    const ValueId small = b.add(Op::where, DType::int16, mask, 2, 3);
    b.p.outputs = {again, small, mask, b.add(Op::where, DType::bool_, mask, less, some)};
    all.push_back({"masks", b.p, {Element::of(std::int16_t{5})}});
  }
  {  // complex and casts down
    Builder b;
    b.p.inputs = {DType::complex128, DType::complex64};
    const ValueId wide = b.add_to(Op::cast, DType::complex64, DType::complex128, 1);
    const ValueId product = b.add(Op::multiply, DType::complex128, 0, wide),
                  sum = b.add(Op::add, DType::complex128, product, 0);
    b.p.outputs = {sum, b.add(Op::real, DType::complex128, sum),
                   b.add_to(Op::cast, DType::complex128, DType::complex64, product), 0};
    all.push_back({"complex", b.p, {}});
  }
  {  // the same value on both sides
    Builder b;
    b.p.inputs = {f64};
    const ValueId two = b.add(Op::add, f64, 0, 0), four = b.add(Op::add, f64, two, two),
                  zero = b.add(Op::subtract, f64, four, four);
    b.p.outputs = {b.add(Op::multiply, f64, b.add(Op::minimum, f64, four, two), b.add(Op::divide, f64, two, zero))};
    all.push_back({"same operand twice", b.p, {}});
  }
  {  // values that are only names of others; scalars as outputs; dead code
    Builder b;
    b.p.inputs = {DType::int32};
    b.p.scalars = {DType::int32};
    const ValueId name = b.add_to(Op::cast, DType::int32, DType::uint32, 0),
                  same = b.add(Op::real, DType::uint32, name);
    b.add(Op::multiply, DType::uint32, same, same);
    b.p.outputs = {same, 1, b.add(Op::minimum, DType::uint32, same, b.add_to(Op::cast, DType::int32, DType::uint32, 1)),
                   b.add(Op::minimum, DType::int32, 0, 1)};
    all.push_back({"names", b.p, {Element::of(-7)}});
  }
  {  // mathematics in the middle of a chain
    Builder b;
    b.p.inputs = {f64, DType::int64};
    const ValueId q = b.add(Op::floor_divide, DType::int64, 1, b.add(Op::bitwise_or, DType::int64, 1, 1));
    const ValueId e =
        b.add(Op::floor, f64,
              b.add(Op::subtract, f64, b.add(Op::remainder, f64, 0, b.add_to(Op::cast, DType::int64, f64, q)), 0));
    b.p.outputs = {e, q};
    all.push_back({"called functions", b.p, {}});
  }
  return all;
}

/// All outputs against the reference. `in_place`: output k uses the memory of input k where their dtypes agree.
void check(const ProgramCase& c, const Dims& extent, const std::vector<Layout>& in_layouts, Layout out_layout,
           bool streaming, bool in_place = false) {
  std::vector<Memory> in, out;
  for (std::size_t k = 0; k < c.p.inputs.size(); k++) {
    in.emplace_back(c.p.inputs[k], extent, in_layouts[k % in_layouts.size()]);
    in.back().fill(k + 11);
  }
  for (auto v : c.p.outputs) out.emplace_back(c.p.type(v), extent, out_layout);
  std::vector<std::vector<Element>> expected;
  expected.reserve(static_cast<std::size_t>(num_elements(extent)));
  for_each_index(extent, [&](const Dims& at) {
    std::vector<Element> e;
    for (const auto& m : in) e.push_back(m.get(at));
    expected.push_back(evaluate(c.p, e, c.scalars));
  });
  std::vector<StridedInput> operands;
  std::vector<StridedOutput> results;
  std::vector<ScalarBits> scalars;
  std::vector<Memory*> written;
  for (const auto& m : in) operands.push_back(m.operand());
  for (std::size_t k = 0; k < out.size(); k++) {
    const bool here = in_place && k < in.size() && in[k].type == out[k].type;
    written.push_back(here ? &in[k] : &out[k]);
    results.push_back(written.back()->result());
  }
  for (const auto& s : c.scalars) {
    scalars.emplace_back();
    std::memcpy(scalars.back().bytes, s.bytes, 16);
  }
  Kernel::compile(c.p)->map(extent, operands, scalars, results, streaming);
  std::size_t i = 0;
  for_each_index(extent, [&](const Dims& at) {
    for (std::size_t k = 0; k < written.size(); k++)
      ASSERT_TRUE(same(written[k]->get(at), expected[i][k]))
          << c.name << " " << to_string(extent) << " on " << to_string(target()) << (in_place ? " in place" : "")
          << (streaming ? " streaming" : "") << ", output " << k << " at " << to_string(at) << ": "
          << show(written[k]->get(at)) << ", not " << show(expected[i][k]);
    i++;
  });
  for (const auto* m : written) ASSERT_TRUE(m->gaps_untouched()) << c.name << " " << to_string(extent);
}

TEST(Map, OneAxis) {
  for_each_target([](Target) {
    for (const auto& c : program_cases())
      for (const std::int64_t n : {0, 1, 7, 63, 64, 65, 100, 600})
        for (const Layout in : {Layout::dense, Layout::reversed, Layout::gaps, Layout::broadcast_last})
          for (const Layout out : {Layout::dense, Layout::gaps, Layout::reversed})
            ASSERT_NO_FATAL_FAILURE(check(c, Dims{n}, {in, Layout::dense}, out, false));
  });
}

TEST(Map, ManyAxes) {
  testing::Share share;
  for_each_target([&](Target) {
    for (const auto& c : program_cases())
      for (const Dims& e : {Dims{}, Dims{1, 1}, Dims{5, 7}, Dims{37, 70}, Dims{3, 0, 2}, Dims{2, 2, 130},
                            Dims{2, 2, 3, 5}, Dims{130, 1, 6}, Dims{34, 140}})
        for (const Layout in :
             {Layout::dense, Layout::fortran, Layout::broadcast_first, Layout::broadcast_last, Layout::reversed})
          for (const Layout other : {Layout::dense, Layout::broadcast_last})
            for (const Layout out : {Layout::dense, Layout::fortran})
              if (share.next()) {
                ASSERT_NO_FATAL_FAILURE(check(c, e, {in, other}, out, false));
              }
  });
}

TEST(Map, LongRows) {
  for_each_target([](Target) {
    for (const auto& c : program_cases())
      for (const Layout in : {Layout::dense, Layout::gaps})
        ASSERT_NO_FATAL_FAILURE(check(c, Dims{4097}, {in, Layout::dense}, Layout::dense, false));
  });
}

TEST(Map, Streaming) {
  testing::Share share;
  for_each_target([&](Target) {
    for (const auto& c : program_cases())
      for (const std::int64_t n : {1, 1000, 1024, 1031, 5000, 70001})
        if (share.next()) {
          ASSERT_NO_FATAL_FAILURE(check(c, Dims{n}, {Layout::dense}, Layout::dense, true));
        }
  });
}

TEST(Map, InPlace) {
  testing::Share share;
  for_each_target([&](Target) {
    for (const auto& c : program_cases())
      for (const Dims& e : {Dims{1}, Dims{100}, Dims{3000}, Dims{20, 33}})
        for (const Layout l : {Layout::dense, Layout::gaps, Layout::reversed, Layout::fortran})
          for (const bool streaming : {false, true})
            if (share.next()) {
              ASSERT_NO_FATAL_FAILURE(check(c, e, {l}, l, streaming, true));
            }
  });
}

TEST(Map, AnUnalignedStartStreamsToo) {
  for_each_target([](Target) {
    Builder b;
    b.p.inputs = {f64};
    b.p.scalars = {f64};
    b.p.outputs = {b.add(Op::add, f64, 0, 1)};
    std::vector<double> x(6000), y(6000);
    for (std::size_t i = 0; i < x.size(); i++) x[i] = static_cast<double>(i);
    for (std::size_t at = 0; at < 17; at++) {
      std::fill(y.begin(), y.end(), -1);
      const StridedInput in[] = {{reinterpret_cast<const std::byte*>(x.data() + 1), Dims{8}}};
      const StridedOutput out[] = {{reinterpret_cast<std::byte*>(y.data() + at), Dims{8}}};
      const ScalarBits s[] = {to_bits(2.0, f64)};
      Kernel::compile(b.p)->map(Dims{5000}, in, s, out, true);
      for (std::size_t i = 0; i < y.size(); i++) {
        const bool inside = i >= at && i < at + 5000;
        ASSERT_EQ(y[i], inside ? x[i - at + 1] + 2 : -1) << at << " " << i;
      }
    }
  });
}

}  // namespace
}  // namespace tessera::cpu
