#include <gtest/gtest.h>

#include <tessera/core/box.hpp>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;
using Layout = Memory::Layout;

TEST(Copy, BetweenAnyLayouts) {
  for (const DType t : {DType::uint8, DType::int16, DType::float32, DType::float64, DType::complex128})
    for (const Dims& extent : {Dims{}, Dims{0}, Dims{1}, Dims{7}, Dims{5000}, Dims{33, 65}, Dims{64, 64},
                               Dims{150, 300}, Dims{3, 0, 4}, Dims{5, 37, 19}, Dims{2, 3, 4, 5}})
      for (const Layout from : {Layout::dense, Layout::fortran, Layout::reversed, Layout::gaps, Layout::broadcast_last,
                                Layout::broadcast_first})
        for (const Layout to : {Layout::dense, Layout::fortran, Layout::reversed, Layout::gaps})
          for (const bool streaming : {false, true}) {
            Memory a(t, extent, from), b(t, extent, to);
            a.fill(3);
            const auto r = b.result();
            copy(extent, item_size(t), a.operand().data, a.strides, r.data, r.strides, streaming);
            bool equal = true;
            for_each_index(extent, [&](const Dims& at) { equal = equal && same(a.get(at), b.get(at)); });
            ASSERT_TRUE(equal) << to_string(t) << " " << to_string(extent) << " " << static_cast<int>(from) << " to "
                               << static_cast<int>(to);
            ASSERT_TRUE(b.gaps_untouched());
          }
}

}  // namespace
}  // namespace tessera::cpu
