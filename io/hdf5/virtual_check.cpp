// The parts of a virtual dataset: an object of a global heap with names and selections, which the library decodes when
// it opens the dataset, sizes and all, before it looks at the checksum behind them.
#include <hdf5.h>

#include <algorithm>

#include <tessera/io/hdf5/message_check.hpp>

namespace tessera::io::hdf5 {
namespace {

/// An object of the collection at `address`. Collection: "GCOL", version, reserved (3), its bytes (8). Objects: number
/// (2), uses (2), reserved (4), bytes (8), data padded to 8; number 0 is free space.
std::string read_object(const Metadata& metadata, std::uint64_t address, std::uint64_t number) {
  const std::string head = metadata.read(address, 16);
  require(head.starts_with("GCOL\1"));
  const std::uint64_t size = Bytes(std::string_view(head).substr(8)).number(8);
  require(size >= 16);
  const std::string all = metadata.read(address, size);
  Bytes b(std::string_view(all).substr(16));
  while (b.left() >= 16) {
    const std::uint64_t n = b.number(2);
    b.take(6);
    const std::uint64_t bytes = b.number(8);
    if (n == 0) break;
    const std::string_view data = b.take(bytes);
    if (n == number) return std::string(data);
    b.take(std::min<std::uint64_t>((8 - bytes % 8) % 8, b.left()));
  }
  throw Damaged{};
}

void check_text(Bytes& b) {
  while (b.number(1) != 0) continue;
}

/// Kind (4), version (4); nothing and all: reserved (4), length (4). Points: as well, rank (4), count (4), then indices
/// of 4 bytes. Blocks, version 1: as points, with two corners each; version 2: flags (1), length (4), rank (4), then
/// start, stride, count and block of 8 bytes an axis.
void check_selection(Bytes& b) {
  constexpr std::uint64_t none = 0, points = 1, blocks = 2, all = 3;
  const std::uint64_t kind = b.number(4), version = b.number(4);
  require(kind == none || kind == points || kind == blocks || kind == all);
  require(version == 1 || (version == 2 && kind == blocks));
  const std::uint64_t flags = version == 2 ? b.number(1) : b.number(4);
  b.take(4);
  if (kind == none || kind == all) return;
  const std::uint64_t rank = b.number(4);
  require(rank >= 1 && rank <= H5S_MAX_RANK);
  if (version == 2) {
    require(flags == 1);
    return void(b.take(4 * 8 * rank));
  }
  const std::uint64_t count = b.number(4), corners = kind == blocks ? 2 : 1;
  b.take(count * corners * rank * 4);
}

}  // namespace

void check_virtual(const Metadata& metadata, std::uint64_t address, std::uint64_t number) {
  const std::string object = read_object(metadata, address, number);
  Bytes b(object);
  require(b.number(1) == 0);
  for (std::uint64_t left = b.number(8); left > 0; left--) {
    check_text(b);
    check_text(b);
    check_selection(b);
    check_selection(b);
  }
  b.take(4);
}

}  // namespace tessera::io::hdf5
