#include <tessera/io/hdf5/index_check.hpp>

#include <bit>

namespace tessera::io::hdf5 {
namespace {

// An element of an array of chunks: an address, with filters also a size and a mask.
bool entry_fits(std::uint64_t client, std::uint64_t bytes) {
  return (client == 0 && bytes == 8) || (client == 1 && bytes >= 8 + 1 + 4 && bytes <= 8 + 8 + 4);
}

// Fixed array: the library does not compare its length with the number of chunks.
void check_fixed_array(const Metadata& metadata, const HeaderFacts& facts) {
  const std::string header = metadata.read(facts.chunk_index, 28);
  require(header.starts_with("FAHD"));
  Bytes b(std::string_view(header).substr(4));
  const std::uint64_t version = b.number(1), client = b.number(1), entry = b.number(1), page_bits = b.number(1);
  const std::uint64_t entries = b.number(8);
  require(version == 0 && entry_fits(client, entry) && page_bits >= 1 && page_bits < 32);
  std::uint64_t chunks = 1;
  for (std::size_t i = 0; i < facts.most->size(); i++) {
    const std::uint64_t most = (*facts.most)[i], chunk = facts.chunk[i];
    require(most != no_address);
    chunks = product(chunks, most / chunk + (most % chunk != 0));
  }
  require(entries == chunks);
}

// Extensible array: what the dataset's header says of it, and it itself, must be the same.
void check_extensible_array(const Metadata& metadata, const HeaderFacts& facts) {
  const std::string header = metadata.read(facts.chunk_index, 72);
  require(header.starts_with("EAHD"));
  Bytes b(std::string_view(header).substr(4)), layout(facts.extensible);
  const std::uint64_t version = b.number(1), client = b.number(1), entry = b.number(1);
  const std::uint64_t bits = b.number(1), in_index = b.number(1), least_entries = b.number(1),
                      least_pointers = b.number(1), page_bits = b.number(1);
  require(version == 0 && entry_fits(client, entry));
  require(layout.number(1) == bits && layout.number(1) == in_index && layout.number(1) == least_pointers &&
          layout.number(1) == least_entries && layout.number(1) == page_bits);
  require(bits >= 1 && bits <= 64 && page_bits >= 1 && page_bits <= bits && in_index >= 1);
  require(std::has_single_bit(least_entries) && std::has_single_bit(least_pointers) && least_pointers >= 2);
  require((std::uint64_t{1} << page_bits) >= least_entries);
}

}  // namespace

void check_chunk_index(const Metadata& metadata, const HeaderFacts& facts) {
  if (facts.chunk.empty()) return;
  const std::size_t rank = facts.chunk.size() - 1;
  if (!facts.most) return;  // the dataspace is shared with other datasets and lies elsewhere
  require(facts.most->size() == rank);
  if (facts.chunk_index == no_address || facts.chunk_index_kind == 0) return;
  for (std::size_t i = 0; i < rank; i++) require(facts.chunk[i] > 0);
  if (facts.chunk_index_kind == 3) check_fixed_array(metadata, facts);
  if (facts.chunk_index_kind == 4) check_extensible_array(metadata, facts);
  if (facts.chunk_index_kind == 5) {
    const BTree tree = check_btree(metadata, facts.chunk_index);
    const std::uint64_t offsets = 8 * rank;
    require(tree.type == 10   ? tree.record_bytes == 8 + offsets
            : tree.type == 11 ? tree.record_bytes > 8 + 4 + offsets && tree.record_bytes <= 8 + 8 + 4 + offsets
                              : false);
  }
}

}  // namespace tessera::io::hdf5
