// The C++ face: what reads like NumPy compiles, means the same, and gives values.
#include <gtest/gtest.h>

#include <tessera/tessera.hpp>

#include <filesystem>
#include <sstream>

namespace tessera::testing {
namespace {
using namespace tessera::literals;

class Interface : public ::testing::Test {
 protected:
  SessionOptions small{.memory = 64_MiB, .threads = 1};
  Session session{small};
  const Array x = arange(0, 24, 1, DType::float64, {5});
  const Array grid =
      fromfunction([](const std::vector<Array>& i) { return i[0] * 10 + i[1]; }, {4, 6}).astype<std::int64_t>();

  template <class T = std::int64_t>
  std::vector<T> values(const Array& a) {
    return session.values<T>(a);
  }
};

static_assert(4_GiB == std::int64_t{4} << 30 && 3_MiB == 3 << 20 && 1_KiB == 1024);

TEST_F(Interface, ADefaultArrayHasNoElementsAndIsAssigned) {
  Array a;
  EXPECT_EQ(a.shape(), Shape({0}));
  EXPECT_EQ(session.item<double>(a.sum()), 0);
  struct State {
    Array u, v;
  } state;
  state.u = x;
  std::vector<Array> many(3);
  many[1] = x + 1.0;
  EXPECT_EQ(session.item<double>(state.u.sum() + many[1].sum() + many[2].sum()), 276 + 300);
}

TEST_F(Interface, AssignmentOperatorsMakeNewExpressions) {
  Array a = x;
  const Array before = a;
  a += 1, a *= x, a -= a / 2, a /= 0.5;
  EXPECT_EQ(values<double>(a)[3], 12);
  EXPECT_EQ(values<double>(before)[3], 3);
  Array bits = arange(8);
  bits <<= 2, bits |= 1, bits ^= 3, bits &= 30, bits >>= 1, bits %= 5;
  EXPECT_EQ(values(bits)[7], ((((((7 << 2) | 1) ^ 3) & 30) >> 1) % 5));
}

template <class A>
concept AddsToViews = requires(A y, const A z) {
  y[Slice{0, 2}] += z;
};
template <class A>
concept TakesBoolAsIndex = requires(A y) {
  y[true];
};
template <class A>
concept TakesFractionAsIndex = requires(A y) {
  y(1.5);
};
static_assert(!AddsToViews<Array> && !TakesBoolAsIndex<Array> && !TakesFractionAsIndex<Array>);

TEST_F(Interface, IndicesAsInPython) {
  EXPECT_EQ(values(grid[1]), (std::vector<std::int64_t>{10, 11, 12, 13, 14, 15}));
  EXPECT_EQ(values(grid[-1](Slice{2})), (std::vector<std::int64_t>{30, 31}));
  EXPECT_EQ(values(grid(Slice{}, 2)), (std::vector<std::int64_t>{2, 12, 22, 32}));
  EXPECT_EQ(values(grid(ellipsis, Slice{{}, {}, -3}, newaxis)[std::size_t{3}]), (std::vector<std::int64_t>{35, 32}));
  EXPECT_EQ(grid(newaxis, 1u, Slice{4, {}}).shape(), Shape({1, 2}));
  EXPECT_EQ(values(grid(static_cast<short>(3), 5)), std::vector<std::int64_t>{35});
  EXPECT_EQ(values(grid[Slice{3}][{2, 0}]), std::vector<std::int64_t>{20}) << "slice(3) is :3";
  EXPECT_EQ(grid().shape(), grid.shape());
  EXPECT_EQ(values(grid[Slice{}]), values(grid));
  EXPECT_THROW(grid(0, 0, 0), IndexError);
  EXPECT_THROW(grid[~std::uint64_t{0}], IndexError) << "must not wrap to -1";
}

TEST_F(Interface, MethodsAreTheFunctions) {
  EXPECT_EQ(values<double>(grid.mean(0)), values<double>(mean(grid, {.axis = 0})));
  EXPECT_EQ(values<double>(grid.mean({0, 1})), values<double>(mean(grid)));
  const auto [low, high, first, last] = session.compute(grid.min(), grid.max(), grid.argmin(), grid.argmax());
  EXPECT_EQ(low.item<int>(), 0);
  EXPECT_EQ(high.item<int>(), 35);
  EXPECT_EQ(first.item<int>(), 0);
  EXPECT_EQ(last.item<int>(), 23);
  EXPECT_EQ(session.item<double>(x.var()), session.item<double>(var(x)));
  EXPECT_EQ(session.item<double>(x.std()), session.item<double>(std(x)));
  EXPECT_EQ(session.item<double>((x + 1.0)[Slice{4}].prod()), 24);
  EXPECT_TRUE(session.item<bool>((x >= 0).all()) && !session.item<bool>((x < 0).any()));
  EXPECT_EQ(x.astype<float>().dtype(), DType::float32);
  EXPECT_EQ(x.astype(DType::int8).dtype(), DType::int8);
  EXPECT_EQ(grid(newaxis).squeeze().shape(), grid.shape());
  EXPECT_EQ(values(grid.swapaxes(0, 1)), values(grid.transpose()));
  EXPECT_EQ(values(grid.transpose({1, 0})), values(grid.T()));
  EXPECT_EQ(values<double>((x / 7).round(1))[1], 0.1);
  EXPECT_EQ(values<double>(x.conj()), values<double>(x));
}

TEST_F(Interface, VectorsOfAnyIntegersAreShapesAndAxes) {
  const std::vector<int> lengths{2, 3};
  const std::vector<std::int64_t> axes{1, 0};
  const std::vector<unsigned char> first{0};
  EXPECT_EQ(ones(lengths).transpose(axes).shape(), Shape({3, 2}));
  EXPECT_EQ(ones(lengths).sum(axes).ndim(), 0);
  EXPECT_EQ(ones(lengths).sum(first).shape(), Shape({3}));
  EXPECT_EQ(sum(ones(lengths), {.axis = 0}).shape(), Shape({3}));
  EXPECT_THROW(ones(std::vector<std::uint64_t>{~std::uint64_t{0}}), ShapeError);
}

TEST_F(Interface, AnArraySaysWhatItIs) {
  EXPECT_EQ(to_string(x), "Array of shape (24,), float64, in chunks of (5,)");
  std::ostringstream out;
  out << grid.T();
  EXPECT_EQ(out.str(), to_string(grid.T()));
}

TEST_F(Interface, ComputeGivesOneResultForEachThatIsNamed) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string file = (folder / ("tessera_interface_" + std::to_string(session.size()) + ".npy")).string();
  const auto [total, held, written] = session.compute(x.sum(), persist(x * 2.0), write(x, file));
  EXPECT_EQ(total.item<double>(), 276);
  EXPECT_EQ(session.item<double>(held.array().max()), 46);
  EXPECT_THROW(written.values<double>(), UsageError);
  EXPECT_THROW(session.compute(write(x, file)), UsageError) << "exists";
  session.compute(write(x + 1.0, file, {.attributes = {}}), {.force = true});
  EXPECT_EQ(session.item<double>(session.open(file)[0]), 1);
  session.communicator().barrier();
  std::filesystem::remove(file);
  const Result all = session.compute(x);
  EXPECT_EQ(all.view<double>()[23], 23);
  EXPECT_EQ(all.view<double>().data(), reinterpret_cast<const double*>(all.bytes().data())) << "not a copy";
  EXPECT_THROW(all.view<float>(), DTypeError);
  EXPECT_THROW(session.values<float>(x), DTypeError);
}

TEST_F(Interface, HostMemoryHasItsType) {
  const std::int64_t n = session.rank() + 1, ranks = session.size();
  std::vector<float> mine(6, static_cast<float>(n));
  const Box block{{session.rank() * 2, 0}, {2, 3}};
  const Array global = session.from_local(mine.data(), {2 * ranks, 3}, block);
  EXPECT_EQ(global.dtype(), DType::float32);
  EXPECT_EQ(session.item<double>(global.sum()), 3.0 * static_cast<double>(ranks * (ranks + 1)));
  std::vector<float> back(6);
  session.compute_into(global * 2, back.data(), block);
  EXPECT_EQ(back, std::vector<float>(6, 2.0F * static_cast<float>(n)));
  EXPECT_THROW(session.compute_into(global.astype<double>(), back.data(), block), DTypeError);
  int chunks = 0;
  for (const auto& c : session.local_chunks<float>(global)) {
    chunks++;
    EXPECT_EQ(c.data, mine.data());
    EXPECT_EQ((&c[{c.box.lo[0] + 1, 2}]), mine.data() + 5);
  }
  EXPECT_EQ(chunks, 1);
  EXPECT_THROW(session.local_chunks<double>(global), DTypeError);
}

TEST_F(Interface, SmallConstants) {
  const std::array<float, 6> numbers{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(values<float>(array(numbers, {2, 3})[1]), (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(values<double>(array(std::span(numbers), {6}).astype<double>() * array({1.0, 0.0, 1.0, 0.0, 1.0, 0.0})),
            (std::vector<double>{1, 0, 3, 0, 5, 0}));
  EXPECT_THROW(array(numbers, {4}), ShapeError);
}

}  // namespace
}  // namespace tessera::testing
