#include <tessera/io/hdf5/message_check.hpp>

#include <tessera/io/hdf5/header_check.hpp>

#include <hdf5.h>

namespace tessera::io::hdf5 {
namespace {

constexpr std::uint64_t dataspace = 1, datatype = 3;  // numbers of messages

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
std::uint64_t check_dataspace(Bytes& b, HeaderFacts* facts) {
  const std::uint64_t version = b.number(1), rank = b.number(1), flags = b.number(1);
  const bool null = b.number(1) == 2 && version == 2;  // version 1 has nothing here
  b.take(version == 1 ? 4 : 0);
  require(version >= 1 && version <= 2 && rank <= H5S_MAX_RANK);
  std::uint64_t n = null ? 0 : 1;
  std::vector<std::uint64_t> now, most;
  for (std::uint64_t i = 0; i < rank; i++) {
    now.push_back(b.number(8));
    n = product(n, now.back());
  }
  most = now;
  if (flags & 1)
    for (std::uint64_t i = 0; i < rank; i++) {
      most[i] = b.number(8);
      require(most[i] >= now[i]);
    }
  if (facts) facts->now = now, facts->most = most;
  return n;
}

void check_fill(Bytes b) {
  const std::uint64_t version = b.number(1);
  require(version >= 1 && version <= 3);
  const std::uint64_t flags = version == 3 ? b.number(1) : 0;
  bool has_value = flags & 0x20;
  if (version < 3) {
    b.take(2);
    has_value = b.number(1) != 0 || version == 1;
  }
  if (!has_value) return;
  const std::uint64_t bytes = b.number(4);
  if (bytes < std::uint64_t{1} << 31) b.take(bytes);  // -1: none
}

// A message that lies elsewhere: as that of a named datatype, or in the heap of shared messages.
void check_shared(const Metadata& metadata, Bytes b, std::uint64_t type) {
  const std::uint64_t version = b.number(1), kind = b.number(1);
  require(version >= 1 && version <= 3 && (version < 3 || (kind >= 1 && kind <= 3)));
  require(version < 3 || kind != 1 || metadata.shares);
  if (version == 1) b.take(6);
  const std::uint64_t where = b.number(8);
  if (version < 3 || kind == 2) check_shared_with(metadata, where, type);
}

void check_external_files(Bytes b) {
  require(b.number(1) == 1);
  b.take(3);
  const std::uint64_t allocated = b.number(2), used = b.number(2);
  require(used <= allocated);
  b.take(8);
  b.take(24 * used);
}

void check_chunk_index(Bytes& b, std::uint64_t flags, HeaderFacts& facts) {
  facts.chunk_index_kind = b.number(1);
  switch (facts.chunk_index_kind) {
    case 1:  // a single chunk, perhaps filtered
      if (flags & 2) b.take(12);
      break;
    case 2:  // implicit
      break;
    case 3: {  // fixed array
      const std::uint64_t page_bits = b.number(1);
      require(page_bits >= 1 && page_bits < 32);
      break;
    }
    case 4:  // extensible array
      facts.extensible = b.take(5);
      break;
    case 5: {  // B-tree: bytes of a node, two percentages
      const std::uint64_t node = b.number(4), split = b.number(1), merge = b.number(1);
      require(node >= 64 && split <= 100 && merge <= 100);
      break;
    }
    default:
      throw Damaged{};
  }
  facts.chunk_index = b.number(8);
}

void check_layout(const Metadata& metadata, Bytes b, HeaderFacts& facts) {
  const std::uint64_t version = b.number(1);
  require(version >= 1 && version <= 4);
  if (version < 3) {
    const std::uint64_t rank = b.number(1), kind = b.number(1);
    require(kind <= 2 && rank <= H5S_MAX_RANK + 1);
    b.take(5);
    if (kind != 0) b.take(8);
    b.take(4 * rank);
    if (kind == 0) b.take(b.number(4));
    return;
  }
  const std::uint64_t kind = b.number(1);
  if (kind == 0) return void(b.take(b.number(2)));
  if (kind == 1) return void(b.take(16));
  if (kind == 3) {
    const std::uint64_t address = b.number(8), object = b.number(4);
    if (address != no_address) check_virtual(metadata, address, object);
    return;
  }
  require(kind == 2);
  const std::uint64_t flags = version == 4 ? b.number(1) : 0, rank = b.number(1);
  require(rank >= 2 && rank <= H5S_MAX_RANK + 1);
  if (version == 3) b.take(8);
  const std::uint64_t width = version == 4 ? b.number(1) : 4;
  require(width >= 1 && width <= 8);
  std::uint64_t bytes = 1;
  for (std::uint64_t i = 0; i < rank; i++) {
    facts.chunk.push_back(b.number(width));
    bytes = product(bytes, facts.chunk.back());
  }
  require(bytes > 0 && bytes <= UINT32_MAX);
  if (version == 4) check_chunk_index(b, flags, facts);
}

// Shared messages: a table of at most 8 indices, each a list or a B-tree, and a heap.
void check_shared_table(const Metadata& metadata, Bytes b) {
  require(b.number(1) == 0);
  const std::uint64_t address = b.number(8), count = b.number(1);
  require(count >= 1 && count <= 8);
  const std::string table = metadata.read(address, 4 + 30 * count + 4);
  require(table.starts_with("SMTB"));
  Bytes entries(std::string_view(table).substr(4));
  for (std::uint64_t i = 0; i < count; i++) {
    const std::uint64_t version = entries.number(1), kind = entries.number(1);
    entries.take(6);
    const std::uint64_t most = entries.number(2);
    entries.take(2);
    const std::uint64_t messages = entries.number(2);
    entries.take(16);
    require(version == 0 && kind <= 1 && (kind == 1 || messages <= most) && most <= 5000);
  }
}

}  // namespace

void check_attribute(const Metadata& metadata, std::string_view message) {
  Bytes b(message);
  const std::uint64_t version = b.number(1), flags = b.number(1);
  const std::uint64_t name = b.number(2), type = b.number(2), space = b.number(2);
  if (version < 1 || version > 3 || name == 0) throw Damaged{};
  if (version == 3) b.take(1);
  const auto padded = [&](std::uint64_t n) { return version == 1 ? (n + 7) / 8 * 8 : n; };
  if (b.take(padded(name)).substr(0, name).find('\0') != name - 1) throw Damaged{};
  Bytes type_bytes(b.take(padded(type))), space_bytes(b.take(padded(space)));
  if (version > 1 && flags & 1)
    check_shared(metadata, type_bytes, datatype);  // a named datatype: its size is elsewhere
  if (version > 1 && flags & 2) check_shared(metadata, space_bytes, dataspace);
  if (version > 1 && flags != 0) return;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(check_datatype(type_bytes), check_dataspace(space_bytes, nullptr), &bytes) ||
      bytes > b.left())
    throw Damaged{};
}

void check_link(std::string_view data) {
  Bytes b(data);
  const std::uint64_t version = b.number(1), flags = b.number(1);
  require(version == 1);
  const std::uint64_t kind = flags & 8 ? b.number(1) : 0;
  if (flags & 4) b.take(8);
  if (flags & 16) b.take(1);
  const std::uint64_t length = b.number(std::size_t{1} << (flags & 3));
  require(length > 0);
  b.take(length);
  if (kind == 0) return void(b.take(8));
  const std::uint64_t value = b.number(2);
  require(value > 0 || kind >= 64);
  const std::string_view bytes = b.take(value);
  if (kind != 64) return;  // an external link: version and flags, then two names that end with a zero
  const std::size_t first = bytes.find('\0', 1);
  require(bytes.size() >= 3 && first != std::string_view::npos &&
          bytes.find('\0', first + 1) != std::string_view::npos);
}

void check_filters(std::string_view data) {
  Bytes b(data);
  const std::uint64_t version = b.number(1), count = b.number(1);
  require((version == 1 || version == 2) && count <= H5Z_MAX_NFILTERS);
  if (version == 1) b.take(6);
  for (std::uint64_t i = 0; i < count; i++) {
    const std::uint64_t id = b.number(2);
    const std::uint64_t name = version == 1 || id >= 256 ? b.number(2) : 0;
    b.take(2);
    const std::uint64_t values = b.number(2);
    require(version == 2 || name % 8 == 0);
    const std::string_view text = b.take(name);
    require(name == 0 || text.find('\0') != std::string_view::npos);
    b.take(4 * values);
    if (version == 1 && values % 2) b.take(4);
  }
}

void check_message(const Metadata& metadata, std::uint64_t type, std::uint64_t flags, std::string_view data,
                   HeaderFacts& facts) {
  Bytes b(data);
  if (flags & 2) return check_shared(metadata, b, type);
  switch (type) {
    case dataspace:
      check_dataspace(b, &facts);
      break;
    case 2:  // link info
      require(b.number(1) == 0);
      b.take(1 + 16);
      break;
    case datatype:
      check_datatype(b);
      break;
    case 4:
      b.take(b.number(4));
      break;
    case 5:
      check_fill(b);
      break;
    case 6:
      check_link(data);
      break;
    case 7:
      check_external_files(b);
      break;
    case 8:
      check_layout(metadata, b, facts);
      break;
    case 11:
      check_filters(data);
      break;
    case 12:
      check_attribute(metadata, data);
      break;
    case 15:
      check_shared_table(metadata, b);
      break;
    case 17:  // a symbol table
      b.take(16);
      break;
    case 21:  // attribute info
      require(b.number(1) == 0);
      b.take(1 + 16);
      break;
    default:
      break;
  }
}

}  // namespace tessera::io::hdf5
