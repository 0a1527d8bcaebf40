#include <tessera/io/hdf5/header_check.hpp>

#include <fmt/format.h>

#include <vector>

#include <tessera/io/hdf5/driver.hpp>
#include <tessera/io/hdf5/index_check.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr std::size_t most_blocks = 256;

struct Block {
  std::uint64_t address, bytes;
};

/// What the messages of one header say together.
struct Header {
  HeaderFacts facts;
  std::uint64_t link_heap = no_address, link_tree = no_address;
  std::uint64_t attribute_heap = no_address, attribute_tree = no_address;
};

// Link info and attribute info: version, flags, perhaps the largest index, then a heap and a B-tree.
void note_dense(std::string_view data, std::size_t index_bytes, std::uint64_t& heap, std::uint64_t& tree) {
  Bytes b(data.substr(1));
  if (b.number(1) & 1) b.take(index_bytes);
  heap = b.number(8);
  tree = b.number(8);
}

// Messages of one block: f(type, flags, data). Version 1: type (2), bytes (2), flags (1), reserved (3). Version 2: type
// (1), bytes (2), flags (1), a number (2) where their order is kept; what is left behind the last is a gap.
template <class F>
void walk_block(std::string_view bytes, bool old, bool ordered, std::vector<Block>& blocks, F&& f) {
  Bytes b(bytes);
  const std::size_t least = old ? 8 : ordered ? 6 : 4;
  while (b.left() >= least) {
    const std::uint64_t type = b.number(old ? 2 : 1), length = b.number(2), flags = b.number(1);
    b.take(old ? 3 : ordered ? 2 : 0);
    const std::string_view data = b.take(length);
    f(type, flags, data);
    if (type != 16 || (flags & 2)) continue;
    Bytes where(data);
    const std::uint64_t next = where.number(8);
    blocks.push_back({next, where.number(8)});
    require(blocks.size() <= most_blocks);
  }
}

// Version (1), reserved (1), messages (2), references (4), bytes of them (4), padding (4).
template <class F>
void walk_old(const Metadata& metadata, std::uint64_t address, F&& f) {
  const std::string head = metadata.read(address, 16);
  std::vector<Block> blocks = {{address + 16, Bytes(std::string_view(head).substr(8)).number(4)}};
  for (std::size_t k = 0; k < blocks.size(); k++)
    walk_block(metadata.read(blocks[k].address, blocks[k].bytes), true, false, blocks, f);
}

// "OHDR", version, flags, perhaps times (16) and limits (4), bytes of messages (1, 2, 4 or 8), messages, checksum;
// continuations: "OCHK", messages, checksum.
template <class F>
void walk_new(const Metadata& metadata, std::uint64_t address, F&& f) {
  const std::uint64_t flags = Bytes(std::string_view(metadata.read(address, 6)).substr(5)).number(1);
  const std::size_t width = std::size_t{1} << (flags & 3), times = flags & 32 ? 16 : 0, limits = flags & 16 ? 4 : 0;
  const std::uint64_t before = 6 + times + limits;
  const std::string length = metadata.read(address + before, width);
  const bool ordered = flags & 4;
  std::vector<Block> blocks;
  walk_block(metadata.read(address + before + width, Bytes(length).number(width)), false, ordered, blocks, f);
  for (std::size_t k = 0; k < blocks.size(); k++) {
    require(blocks[k].bytes >= 8);
    const std::string bytes = metadata.read(blocks[k].address, blocks[k].bytes);
    require(bytes.starts_with("OCHK"));
    walk_block(std::string_view(bytes).substr(4, bytes.size() - 8), false, ordered, blocks, f);
  }
}

/// returns: false when there is no header, which the library sees itself.
template <class F>
bool walk_header(const Metadata& metadata, std::uint64_t address, F&& f) {
  const std::string head = metadata.read(address, 4);
  if (head == "OHDR") return walk_new(metadata, address, f), true;
  if (head[0] == 1) return walk_old(metadata, address, f), true;
  return false;
}

// Links or attributes that have left the header for a heap. A record has the ID at `id_at`.
template <class Check>
void check_dense(const Metadata& metadata, std::uint64_t heap_at, std::uint64_t tree_at, std::size_t id_at,
                 std::size_t id_bytes, Check&& check) {
  if (heap_at == no_address || tree_at == no_address) return;
  Heap heap(metadata, heap_at);
  check_btree(metadata, tree_at, [&](std::string_view record) {
    Bytes b(record);
    b.take(id_at);
    const std::string_view id = b.take(id_bytes);
    const bool shared = id_at == 0 && (b.number(1) & 2);  // of attributes: in the heap of shared messages
    if (shared) return require(metadata.shares);
    if (const auto object = heap.read(id)) check(*object);
  });
}

}  // namespace

bool check_object(const Metadata& metadata, std::uint64_t address) {
  Header header;
  const auto check = [&](std::uint64_t type, std::uint64_t flags, std::string_view data) {
    check_message(metadata, type, flags, data, header.facts);
    if (flags & 2) return;
    if (type == 15) header.facts.shared_table = true;
    if (type == 2) note_dense(data, 8, header.link_heap, header.link_tree);
    if (type == 21) note_dense(data, 2, header.attribute_heap, header.attribute_tree);
  };
  if (!walk_header(metadata, address, check)) return false;
  check_chunk_index(metadata, header.facts);
  check_dense(metadata, header.link_heap, header.link_tree, 4, 7, check_link);
  check_dense(metadata, header.attribute_heap, header.attribute_tree, 0, 8,
              [&](std::string_view data) { check_attribute(metadata, data); });
  return header.facts.shared_table;
}

void check_shared_with(const Metadata& metadata, std::uint64_t address, std::uint64_t type) {
  walk_header(metadata, address, [&](std::uint64_t other, std::uint64_t flags, std::string_view data) {
    if (other != type || !(flags & 2)) return;
    Bytes b(data);
    require(b.number(1) == 3 && b.number(1) == 1);
  });
}

void check_header(hid_t file, haddr_t address, const std::string& name) {
  const auto metadata = metadata_of(file);
  if (!metadata) return;
  try {
    if (metadata->read(address, 1)[0] == 1) check_object(*metadata, address);
  } catch (const Damaged&) {
    throw IoError(name + ": damaged: a message of its header does not fit the place that it has");
  }
}

}  // namespace tessera::io::hdf5
