// Compressed targets: what arrives in the file is what a plain target gets, in the same bytes on any number of ranks
// and threads; chunks of the file need not be the array's; Reduces and resident arrays are written, too.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

class Compressed : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  Session own_;

 protected:
  SharedFolder folder_{own_.communicator()};
};

Sink compressed(const Array& x, const std::string& target, const std::string& filters, const Dims& chunks = {}) {
  Sink s = write(x, target);
  s.compress = filters;
  s.chunks = chunks;
  return s;
}

// A field with some structure, the same on all ranks, in chunks of its own.
Array field(const Shape& shape, DType t = DType::float64) {
  const Array x = arange(0.0, static_cast<double>(num_elements(shape)), 1.0);
  Array r = full(shape, 0.0);
  for (int i = 0; i < shape.size(); i++) {
    std::vector<Index> index(static_cast<std::size_t>(shape.size()), newaxis);
    index[static_cast<std::size_t>(i)] = Slice{0, shape[i], {}};
    r = r * 10.0 + sqrt(x.index(index));
  }
  return astype(r, t);
}

TEST_F(Compressed, AsPlain) {
  Session s;
  const Array x = field({50, 33, 20}, DType::float32);
  s.compute({write(x, file("plain.h5:/x")), [&] {
               Sink k = write(x, file("chunked.h5:/x"));
               k.chunks = {7, 33, 9};
               return k;
             }()});
  const Array y = s.open(file("plain.h5:/x")), z = s.open(file("chunked.h5:/x"));
  const auto expected = s.compute(y * 2.0f).values<float>();
  int n = 0;
  for (const Dims& chunks : std::vector<Dims>{{}, {1, 33, 20}, {50, 33, 20}, {7, 5, 3}, {60, 40, 30}, {13, 33, 1}})
    for (const Array& from : {y, z}) {
      const std::string name = file(std::to_string(n++) + ".h5:/x");
      s.compute(compressed(from * 2.0f, name, "gzip:4", chunks));
      const Array back = s.open(name);
      EXPECT_EQ(s.compute(back).values<float>(), expected) << to_string(chunks);
      const auto& info = as_source(*back.node()).store()->info();
      EXPECT_EQ(info.filters, "shuffle, gzip(4)");
      if (!chunks.empty()) {
        EXPECT_EQ(info.grid, ChunkGrid::regular(x.shape(), chunks));
      }
    }
}

TEST_F(Compressed, WhatIsNoMapOverAFile) {
  Session s;
  const Array x = field({40, 60});
  s.compute(compressed(x, file("x.h5:/x"), "gzip:1", {9, 11}));
  const Array y = s.open(file("x.h5:/x"));
  const Array held = s.persist(y + 1.0), column = mean(y, {.axis = {0}}), total = sum(y);
  // A source as it is, a view, a resident array, Reduces, a Reduce inside a Map, a scalar, an empty array.
  const std::vector<Array> all = {y,
                                  y.T(),
                                  y[{Slice{30, 2, -3}, Slice{5, 50, 7}}],
                                  held,
                                  held.T(),
                                  column,
                                  total,
                                  y - column,
                                  y[{Slice{3, 3, {}}}],
                                  astype(y, DType::int8),
                                  y > 20.0};
  std::vector<Sink> sinks;
  for (std::size_t i = 0; i < all.size(); i++) {
    sinks.push_back(
        compressed(all[i], file("all.h5:/a" + std::to_string(i)), "gzip:4", Dims::filled(all[i].rank(), 8)));
    sinks.push_back(gather(all[i]));
  }
  sinks.push_back(write(y, file("all.h5:/plain")));
  const auto results = s.compute(sinks);
  for (std::size_t i = 0; i < all.size(); i++) {
    const Result back = s.compute(s.open(file("all.h5:/a" + std::to_string(i))));
    const auto expected = results[2 * i + 1].bytes(), got = back.bytes();
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), got.begin(), got.end())) << i;
  }
  EXPECT_EQ(s.compute(s.open(file("all.h5:/plain"))).values<double>(), s.compute(y).values<double>());
}

// Tiles of a column before those of the next chunk: with a reduction beside it, chunks must not stay open.
TEST_F(Compressed, BesideAReduction) {
  SessionOptions options;
  options.memory = 24 << 20;
  options.threads = 3;
  Session s(options);
  const Array x = uniform({64, 96, 160}, 0, 1, {.seed = 3});
  Sink plain = write(x, file("x.h5:/x"));
  plain.chunks = {8, 96, 80};
  s.compute(plain);
  const Array y = s.open(file("x.h5:/x"));
  const auto r = s.compute({compressed(y + 1.0, file("y.h5:/y"), "gzip:1"), gather(mean(y, {.axis = {0}}))});
  EXPECT_EQ(r[1].values<double>(), s.compute(mean(y, {.axis = {0}})).values<double>());
  EXPECT_TRUE(s.item<bool>(all(s.open(file("y.h5:/y")) == y + 1.0)));
}

TEST_F(Compressed, TheSameBytesOnAnyNumberOfRanks) {
  const char* kept = std::getenv("TESSERA_BITS");
  Hash hash;
  for (const int threads : {1, 4})
    for (const std::int64_t memory : {std::int64_t{16} << 20, std::int64_t{1} << 30}) {
      SessionOptions options;
      options.threads = threads;
      options.memory = memory;
      Session s(options);
      const Array x = field({61, 40, 50});
      const std::string name = file("b" + std::to_string(threads) + "_" + std::to_string(memory) + ".h5");
      s.compute(
          {compressed(x, name + ":/x", "gzip:4", {7, 40, 50}), compressed(x * 3.0, name + ":/y", "gzip:1", {61, 4, 7}),
           compressed(mean(x, {.axis = {1}}), name + ":/m", "gzip:9,fletcher32", {5, 50}), write(x, name + ":/p")});
      const std::string first = file("b1_" + std::to_string(std::int64_t{16} << 20) + ".h5");
      EXPECT_TRUE(contents_of(name) == contents_of(first)) << threads << " " << memory;
      if (hash.value() == Hash().value()) hash.add(std::string_view(contents_of(first)));
      s.communicator().barrier();
    }
  if (!kept) return;
  Session s;
  const std::string path = std::string(kept) + "/compressed.hash", mine = std::to_string(hash.value());
  if (s.size() == 1) {
    fs::create_directories(kept);
    std::ofstream(path) << mine;
  } else {
    EXPECT_EQ(contents_of(path), mine);
  }
}

TEST_F(Compressed, TheBudgetIsKeptOrRefused) {
  SessionOptions options;
  options.memory = 2 << 20;
  options.threads = 2;
  Session small(options);
  const Array x = field({100, 100, 100});
  try {
    small.compute(compressed(x, file("y.h5:/y"), "gzip:4", {100, 100, 100}));
    FAIL() << "8 MB chunks can't be compressed in 2 MiB";
  } catch (const MemoryBudgetError& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("needs at least"));
  }
  EXPECT_TRUE(folder_.names().empty());
  small.compute(compressed(x, file("y.h5:/y"), "gzip:4", {1, 100, 100}));
  EXPECT_LE(small.statistics().peak_bytes, 2 << 20);
  EXPECT_EQ(small.compute(sum(small.open(file("y.h5")) - x)).scalar().as<double>(), 0.0);
}

TEST_F(Compressed, SeveralNamesOfOneFile) {
  Session s;
  const Array x = field({40, 60});
  const std::string other = file("o.h5").insert(folder_.path().size(), "/.");
  s.compute({compressed(x, file("o.h5:/x"), "gzip:1", {9, 11}), write(x + 1.0, other + ":/y")});
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"o.h5"});
  EXPECT_TRUE(s.item<bool>(all(s.open(file("o.h5:/x")) + 1.0 == s.open(file("o.h5:/y")))));
  WriteOptions options;
  options.append = true;
  s.compute({compressed(x * 2.0, file("o.h5:/z"), "gzip:4", {7, 60})}, options);
  EXPECT_TRUE(s.item<bool>(all(s.open(file("o.h5:/x")) * 2.0 == s.open(file("o.h5:/z")))));
  EXPECT_THROW(s.compute({write(x, file("o.h5:/z"))}, options), UsageError);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"o.h5"});
}

TEST_F(Compressed, AFailureLeavesNothing) {
  Session s;
  const Array x = field({40, 60});
  s.compute(compressed(x, file("x.h5:/x"), "gzip:1", {9, 11}));
  // The second file can't be made: the first must not appear either.
  EXPECT_THROW(s.compute({compressed(x, file("a.h5:/a"), "gzip:4", {8, 8}),
                          compressed(x, file("nowhere/b.h5:/b"), "gzip:4", {8, 8})}),
               IoError);
  EXPECT_THROW(s.compute(compressed(x, file("c.npy"), "gzip:4")), UsageError);
  EXPECT_THROW(s.compute(compressed(x, file("c.h5:/c"), "lzma")), UsageError);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"x.h5"});
}

}  // namespace
}  // namespace tessera::testing
