#pragma once
// Indices of HDF5's new format, checked before the library follows them: B-trees of version 2, fractal heaps, arrays of
// chunks. 1.10.8 believes the counts in them, also where they do not fit the nodes. Private to io/hdf5.
// All throw Damaged.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/hdf5/message_check.hpp>

namespace tessera::io::hdf5 {

struct BTree {
  std::uint64_t type = 0, node_bytes = 0, record_bytes = 0, depth = 0, records = 0;
};
/// The tree whose header is at `address`: its header and all nodes but leaves. `record`, where it is given, gets each
/// record of the first `most_records`, leaves included.
BTree check_btree(const Metadata& metadata, std::uint64_t address,
                  const std::function<void(std::string_view record)>& record = {});

/// A fractal heap: objects found by IDs (type in the first byte; offset and length for those inside its blocks).
class Heap {
 public:
  Heap(const Metadata& metadata, std::uint64_t address);
  /// The object with this ID; nothing when it is filtered.
  std::optional<std::string> read(std::string_view id);

 private:
  struct Block {
    std::uint64_t address, at, bytes;
  };
  std::uint64_t row_bytes(std::uint64_t row) const;
  std::uint64_t row_start(std::uint64_t row) const;
  Block find(std::uint64_t offset);
  std::string huge(Bytes id);
  void list(std::uint64_t address, std::uint64_t rows, std::uint64_t start, int depth);

  const Metadata& metadata_;
  std::uint64_t id_bytes_ = 0, width_ = 0, first_ = 0, most_direct_ = 0, bits_ = 0, most_object_ = 0;
  std::uint64_t length_bytes_ = 0;  ///< of a length in an ID
  std::uint64_t header_bytes_ = 0;  ///< of a block, before its data
  bool filtered_ = false;
  std::vector<Block> blocks_;  ///< by their place in the heap
  struct Place {
    std::uint64_t address, bytes;
  };
  std::uint64_t huge_tree_ = no_address;
  bool huge_read_ = false;
  std::map<std::uint64_t, Place> huge_;  ///< by their numbers
};

/// The index of chunks that `facts` of a dataset's header name.
void check_chunk_index(const Metadata& metadata, const HeaderFacts& facts);

}  // namespace tessera::io::hdf5
