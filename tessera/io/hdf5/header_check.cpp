#include <tessera/io/hdf5/header_check.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include <tessera/io/hdf5/driver.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr int most_blocks = 256;
constexpr std::uint64_t most_block_bytes = 4 << 20;

struct Damaged {};

// Bytes with a checked cursor, little-endian.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t n) {
    const std::string_view b = take(n);
    std::uint64_t v = 0;
    for (std::size_t i = n; i-- > 0;) v = v << 8 | static_cast<unsigned char>(b[i]);
    return v;
  }
  std::string_view take(std::size_t n) {
    if (n > bytes_.size()) throw Damaged{};
    const auto b = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return b;
  }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

// A name that ends with a zero, padded to a multiple of 8 in old versions.
void check_name(Bytes& b, bool padded) {
  std::size_t n = 1;
  while (b.number(1) != 0) n++;
  if (padded) b.take((8 - n % 8) % 8);
}

// A datatype message; returns the bytes of an element.
std::uint64_t check_datatype(Bytes& b, int depth = 0) {
  if (depth > 8) throw Damaged{};
  const std::uint64_t first = b.number(1), kind = first & 15, version = first >> 4;
  const std::uint64_t bits = b.number(3), size = b.number(4), members = bits & 0xffff;
  if (version < 1 || version > 4 || size == 0) throw Damaged{};
  switch (kind) {
    case 0:
    case 4:
      b.take(4);
      break;  // integers, bit fields
    case 1:
      b.take(12);
      break;  // floats
    case 2:
      b.take(2);
      break;  // times
    case 3:
    case 7:
      break;  // text, references
    case 5:
      b.take(bits & 255);
      break;  // opaque: a tag
    case 6:   // compounds
      for (std::uint64_t i = 0; i < members; i++) {
        check_name(b, version < 3);
        std::size_t offset_bytes = 4;
        if (version >= 3)
          for (offset_bytes = 1; offset_bytes < 4 && size >> 8 * offset_bytes; offset_bytes++) continue;
        const std::uint64_t offset = b.number(offset_bytes);
        if (version == 1) b.take(28);
        if (offset + check_datatype(b, depth + 1) > size) throw Damaged{};
      }
      break;
    case 8: {  // enumerations: names, then values
      const std::uint64_t value = check_datatype(b, depth + 1);
      if (value != size) throw Damaged{};
      for (std::uint64_t i = 0; i < members; i++) check_name(b, version < 3);
      b.take(members * value);
      break;
    }
    case 9:  // lists and texts of variable length
      check_datatype(b, depth + 1);
      if (size != 16) throw Damaged{};
      break;
    case 10: {  // arrays
      const std::uint64_t rank = b.number(1);
      if (rank > H5S_MAX_RANK) throw Damaged{};
      if (version < 3) b.take(3);
      std::uint64_t n = 1;
      for (std::uint64_t i = 0; i < rank; i++)
        if (__builtin_mul_overflow(n, b.number(4), &n)) throw Damaged{};
      if (version < 3) b.take(4 * rank);
      if (__builtin_mul_overflow(n, check_datatype(b, depth + 1), &n) || n != size) throw Damaged{};
      break;
    }
    default:
      throw Damaged{};
  }
  return size;
}

// A dataspace message; returns the number of elements.
std::uint64_t check_dataspace(Bytes& b) {
  const std::uint64_t version = b.number(1), rank = b.number(1);
  b.take(1);
  const bool null = b.number(1) == 2 && version == 2;  // version 1 has nothing here
  b.take(version == 1 ? 4 : 0);
  if (version < 1 || version > 2 || rank > H5S_MAX_RANK) throw Damaged{};
  std::uint64_t n = null ? 0 : 1;
  for (std::uint64_t i = 0; i < rank; i++)
    if (__builtin_mul_overflow(n, b.number(8), &n)) throw Damaged{};
  return n;
}

void check_attribute(std::string_view message) {
  Bytes b(message);
  const std::uint64_t version = b.number(1), flags = b.number(1);
  const std::uint64_t name = b.number(2), type = b.number(2), space = b.number(2);
  if (version < 1 || version > 3 || name == 0) throw Damaged{};
  if (version == 3) b.take(1);
  const auto padded = [&](std::uint64_t n) { return version == 1 ? (n + 7) / 8 * 8 : n; };
  if (b.take(padded(name)).substr(0, name).find('\0') != name - 1) throw Damaged{};
  Bytes type_bytes(b.take(padded(type))), space_bytes(b.take(padded(space)));
  if (version > 1 && flags != 0) return;  // a named datatype: its size is elsewhere
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(check_datatype(type_bytes), check_dataspace(space_bytes), &bytes) || bytes > b.left())
    throw Damaged{};
}

struct Block {
  std::uint64_t at, bytes;
};

std::string read_block(const PositionedFile& file, const Block& block) {
  const auto size = static_cast<std::uint64_t>(file.size());
  if (block.bytes > most_block_bytes || block.at > size || block.bytes > size - block.at) throw Damaged{};
  std::string bytes(block.bytes, '\0');
  file.read(static_cast<std::int64_t>(block.at), reinterpret_cast<std::byte*>(bytes.data()),
            static_cast<std::int64_t>(block.bytes));
  return bytes;
}

// Version (1), reserved (1), messages (2), references (4), bytes of them (4), padding (4); then messages: type (2),
// bytes (2), flags (1), reserved (3), data. Type 3 is a datatype, 12 an attribute, 16 continues elsewhere; flag 2: the
// data are elsewhere.
void check_messages(const PositionedFile& file, std::uint64_t at, std::uint64_t base) {
  const std::string head = read_block(file, {at, 16});
  if (head[0] != 1) return;  // "OHDR": with checksums
  std::vector<Block> blocks = {{at + 16, Bytes(std::string_view(head).substr(8)).number(4)}};
  for (std::size_t k = 0; k < blocks.size(); k++) {
    if (k > most_blocks) throw Damaged{};
    const std::string bytes = read_block(file, blocks[k]);
    Bytes b(bytes);
    while (b.left() >= 8) {
      const std::uint64_t type = b.number(2), length = b.number(2), flags = b.number(1);
      b.take(3);
      const std::string_view data = b.take(length);
      if (type == 3 && (flags & 2) == 0) {
        Bytes datatype(data);
        check_datatype(datatype);
      }
      if (type == 12 && (flags & 2) == 0) check_attribute(data);
      if (type == 16) {
        Bytes where(data);
        const std::uint64_t next = where.number(8) + base;
        blocks.push_back({next, where.number(8)});
      }
    }
  }
}

}  // namespace

void check_header(hid_t file, haddr_t address, const std::string& name) {
  const Id creation(H5Fget_create_plist(file), H5Pclose);
  const PositionedFile* bytes = file_behind(file);
  hsize_t base = 0;
  std::size_t address_bytes = 0, size_bytes = 0;
  if (!creation || !bytes || H5Pget_userblock(creation.get(), &base) < 0 ||
      H5Pget_sizes(creation.get(), &address_bytes, &size_bytes) < 0)
    return;
  if (address_bytes != 8 || size_bytes != 8) return;
  try {
    check_messages(*bytes, address + base, base);
  } catch (const Damaged&) {
    throw IoError(name + ": damaged: a datatype or an attribute does not fit the place that it has");
  }
}

}  // namespace tessera::io::hdf5
