#include <tessera/io/hdf5/index_check.hpp>

#include <algorithm>

namespace tessera::io::hdf5 {
namespace {

constexpr std::uint64_t most_tree_depth = 24, most_records = 1 << 16;
constexpr std::uint64_t node_overhead = 4 + 1 + 1 + 4;  // signature, version, type, checksum

// Bytes that hold numbers up to `n`.
std::uint64_t bytes_for(std::uint64_t n) {
  std::uint64_t bytes = 1;
  while (n >>= 8) bytes++;
  return bytes;
}

// What a node of each depth holds, as the library computes it.
struct Level {
  std::uint64_t most, most_below, pointer_bytes, total_bytes;
};

class TreeWalk {
 public:
  TreeWalk(const Metadata& metadata, const BTree& tree, const std::function<void(std::string_view)>& record)
      : metadata_(metadata), tree_(tree), record_(record) {
    Level leaf{(tree.node_bytes - node_overhead) / tree.record_bytes, 0, 0, 0};
    leaf.most_below = leaf.most;
    require(leaf.most > 0);
    levels_.push_back(leaf);
    const std::uint64_t count_bytes = bytes_for(leaf.most);
    for (std::uint64_t d = 1; d <= tree.depth; d++) {
      Level level{};
      level.total_bytes = d == 1 ? 0 : bytes_for(levels_.back().most_below);
      level.pointer_bytes = 8 + count_bytes + level.total_bytes;
      require(tree.node_bytes > node_overhead + level.pointer_bytes);
      level.most = (tree.node_bytes - node_overhead - level.pointer_bytes) / (tree.record_bytes + level.pointer_bytes);
      require(level.most > 0);
      if (__builtin_mul_overflow(level.most + 1, levels_.back().most_below, &level.most_below) ||
          __builtin_add_overflow(level.most_below, level.most, &level.most_below))
        level.most_below = ~std::uint64_t{0};
      levels_.push_back(level);
    }
    const std::uint64_t file_bytes = static_cast<std::uint64_t>(metadata.file.size());
    nodes_left_ = file_bytes / tree.node_bytes + 1;
  }

  /// returns: the records in and below the node.
  std::uint64_t node(std::uint64_t address, std::uint64_t records, std::uint64_t depth) {
    require(records <= levels_[depth].most && nodes_left_-- > 0);
    const bool listed = record_ && seen_ < most_records;
    if (depth == 0 && !listed) return records;
    const std::string bytes = metadata_.read(address, tree_.node_bytes);
    require(bytes.starts_with(depth == 0 ? "BTLF" : "BTIN"));
    Bytes b(std::string_view(bytes).substr(4));
    require(b.number(1) == 0 && b.number(1) == tree_.type);
    const std::string_view held = b.take(records * tree_.record_bytes);
    for (std::uint64_t i = 0; listed && i < records && seen_ < most_records; i++, seen_++)
      record_(held.substr(i * tree_.record_bytes, tree_.record_bytes));
    if (depth == 0) return records;
    std::uint64_t all = records;
    const Level& level = levels_[depth];
    for (std::uint64_t i = 0; i <= records; i++) {
      const std::uint64_t child = b.number(8), count = b.number(level.pointer_bytes - 8 - level.total_bytes);
      const std::uint64_t total = level.total_bytes > 0 ? b.number(level.total_bytes) : count;
      const std::uint64_t below = node(child, count, depth - 1);
      require(below == total);
      all += below;
    }
    return all;
  }

 private:
  const Metadata& metadata_;
  const BTree& tree_;
  const std::function<void(std::string_view)>& record_;
  std::vector<Level> levels_;
  std::uint64_t nodes_left_ = 0, seen_ = 0;
};

// Bytes of a record of each type in a file with addresses and lengths of 8; 0: they depend on more.
bool record_fits(std::uint64_t type, std::uint64_t bytes) {
  constexpr std::uint64_t sizes[] = {0, 24, 36, 16, 28, 11, 15, 17, 17, 13};
  if (type >= 1 && type <= 9) return sizes[type] == bytes;
  return (type == 10 || type == 11) && bytes >= 16 && bytes <= 8 + 12 + 8 * 32;
}

}  // namespace

BTree check_btree(const Metadata& metadata, std::uint64_t address,
                  const std::function<void(std::string_view)>& record) {
  const std::string header = metadata.read(address, 38);
  require(header.starts_with("BTHD"));
  Bytes b(std::string_view(header).substr(4));
  require(b.number(1) == 0);
  BTree tree;
  tree.type = b.number(1);
  tree.node_bytes = b.number(4);
  tree.record_bytes = b.number(2);
  tree.depth = b.number(2);
  const std::uint64_t split = b.number(1), merge = b.number(1), root = b.number(8), root_records = b.number(2);
  tree.records = b.number(8);
  require(record_fits(tree.type, tree.record_bytes) && tree.depth <= most_tree_depth);
  require(tree.node_bytes > node_overhead + tree.record_bytes && tree.node_bytes <= 16 << 20);
  require(split > 0 && split <= 100 && merge > 0 && merge < split);
  if (root == no_address) {
    require(root_records == 0 && tree.records == 0 && tree.depth == 0);
    return tree;
  }
  // The library makes tables of as many entries as the header says, and sorts them.
  require(TreeWalk(metadata, tree, record).node(root, root_records, tree.depth) == tree.records);
  return tree;
}

}  // namespace tessera::io::hdf5
