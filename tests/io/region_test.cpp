// Boxes of dense arrays between file and memory, against element by element arithmetic.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/io/region.hpp>

#include "support.hpp"

namespace tessera::testing {
namespace {

using io::Region;

struct Layout {
  Region region;
  std::vector<std::byte> file;
};

// A file with a random array at a random offset; long axes now and then, so that runs take every path.
Layout random_layout(std::mt19937& random) {
  Layout l;
  const int rank = static_cast<int>(random() % 5);
  for (int i = 0; i < rank; i++) {
    const bool last = i == rank - 1;
    l.region.shape.push_back(static_cast<std::int64_t>(random() % (last && random() % 2 ? 6000
                                                                   : rank > 3           ? 6
                                                                                        : 15) +
                                                       1));
  }
  l.region.item = std::int64_t{1} << random() % 5;
  l.region.offset = static_cast<std::int64_t>(random() % 1000);
  l.file.resize(static_cast<std::size_t>(l.region.offset + num_elements(l.region.shape) * l.region.item));
  for (auto& b : l.file) b = static_cast<std::byte>(random());
  return l;
}

RC_GTEST_PROP(Region, ReadsWhatArithmeticSays, (unsigned seed)) {
  std::mt19937 random(seed);
  const Folder folder;
  const Layout l = random_layout(random);
  put_contents(folder / "x", std::string(reinterpret_cast<const char*>(l.file.data()), l.file.size()));
  const auto file = io::PositionedFile::open(folder / "x");
  const Dims dense = row_major_strides(l.region.shape, l.region.item);
  for (int k = 0; k < 5; k++) {
    const Box box = random_box(l.region.shape, random);
    Strided memory(box.extent, l.region.item, random);
    read_region(*file, l.region, box, memory.data(), memory.strides());
    for_each_index(box.extent, [&](const Dims& i) {
      std::int64_t offset = l.region.offset;
      for (int a = 0; a < i.size(); a++) offset += (box.lo[a] + i[a]) * dense[a];
      RC_ASSERT(std::memcmp(memory.at(i), l.file.data() + offset, static_cast<std::size_t>(l.region.item)) == 0);
    });
    RC_ASSERT(memory.only_elements_changed());
    RC_ASSERT(region_bytes(l.region, box) >= box.size() * l.region.item);
    RC_ASSERT(prefetch_region(*file, l.region, box, 8) <= 8);
  }
}

RC_GTEST_PROP(Region, WritesNothingElse, (unsigned seed)) {
  std::mt19937 random(seed);
  const Folder folder;
  Layout l = random_layout(random);
  put_contents(folder / "x", std::string(reinterpret_cast<const char*>(l.file.data()), l.file.size()));
  const auto file = io::PositionedFile::adopt("x", io::Opened(io::open_descriptor(folder / "x", O_RDWR)));
  const Dims dense = row_major_strides(l.region.shape, l.region.item);
  for (int k = 0; k < 5; k++) {
    const Box box = random_box(l.region.shape, random);
    Strided memory(box.extent, l.region.item, random);
    for_each_index(box.extent, [&](const Dims& i) {
      std::int64_t offset = l.region.offset;
      for (int a = 0; a < i.size(); a++) offset += (box.lo[a] + i[a]) * dense[a];
      for (std::int64_t b = 0; b < l.region.item; b++)
        l.file[static_cast<std::size_t>(offset + b)] = memory.at(i)[b] = static_cast<std::byte>(random());
    });
    write_region(*file, l.region, box, memory.data(), memory.strides());
  }
  const std::string now = contents(folder / "x");
  RC_ASSERT(now.size() == l.file.size());
  RC_ASSERT(std::memcmp(now.data(), l.file.data(), now.size()) == 0);
}

TEST(Region, GapsAreReadOnlyWhereTheyAreSmall) {
  const Region rows{0, {1000, 1000}, 8};
  EXPECT_EQ(region_bytes(rows, {{0, 0}, {1000, 10}}), 1000 * 10 * 8);      // gaps of 7920 bytes: each run alone
  EXPECT_EQ(region_bytes(rows, {{0, 0}, {1000, 1000}}), 1000 * 1000 * 8);  // one piece
  const std::int64_t narrow = region_bytes(rows, {{0, 0}, {1000, 900}});   // gaps of 800 bytes
  EXPECT_GT(narrow, 1000 * 900 * 8);
  EXPECT_LE(narrow, 1000 * 1000 * 8);
}

}  // namespace
}  // namespace tessera::testing
