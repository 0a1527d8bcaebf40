#include <tessera/io/hdf5/index_check.hpp>

#include <algorithm>
#include <bit>

namespace tessera::io::hdf5 {
namespace {

constexpr std::size_t most_heap_blocks = 1 << 16;
constexpr int most_heap_depth = 64;

std::uint64_t log_of(std::uint64_t n) { return static_cast<std::uint64_t>(std::bit_width(n)) - 1; }

}  // namespace

// The doubling table: rows of `width` blocks; rows 0 and 1 have blocks of `first` bytes, each further row twice those
// of the row before. Rows of blocks up to `most_direct` hold objects, those behind it hold tables of their own.
std::uint64_t Heap::row_bytes(std::uint64_t row) const { return row == 0 ? first_ : first_ << (row - 1); }
std::uint64_t Heap::row_start(std::uint64_t row) const { return row == 0 ? 0 : width_ * row_bytes(row); }

Heap::Heap(const Metadata& metadata, std::uint64_t address) : metadata_(metadata) {
  const std::string header = metadata.read(address, 142);
  require(header.starts_with("FRHP"));
  Bytes b(std::string_view(header).substr(4));
  require(b.number(1) == 0);
  id_bytes_ = b.number(2);
  const std::uint64_t filter_bytes = b.number(2), flags = b.number(1);
  filtered_ = filter_bytes > 0;
  most_object_ = b.number(4);
  b.take(8);  // the next ID of a huge object
  huge_tree_ = b.number(8);
  b.take(10 * 8);
  width_ = b.number(2);
  first_ = b.number(8);
  most_direct_ = b.number(8);
  bits_ = b.number(2);
  const std::uint64_t first_rows = b.number(2), root = b.number(8), rows = b.number(2);
  require(std::has_single_bit(width_) && std::has_single_bit(first_) && std::has_single_bit(most_direct_));
  require(first_ <= most_direct_ && most_direct_ <= std::uint64_t{1} << 31 && bits_ <= 64);
  require(log_of(first_) + log_of(width_) <= bits_);
  const std::uint64_t most_rows = bits_ - log_of(first_) - log_of(width_) + 1;
  require(first_rows <= most_rows && rows <= most_rows && most_object_ <= most_direct_);
  const std::uint64_t offset_bytes = (bits_ + 7) / 8;
  length_bytes_ = std::min((log_of(most_direct_) + 7) / 8, log_of(std::max<std::uint64_t>(most_object_, 1)) / 8 + 1);
  require(id_bytes_ >= 1 + offset_bytes + length_bytes_ && id_bytes_ <= 4096);
  header_bytes_ = 4 + 1 + 8 + offset_bytes + (flags & 2 ? 4 : 0);
  require(first_ > header_bytes_);
  if (filtered_) {
    const std::string filters = metadata.read(address + 142 + 12, filter_bytes);
    check_filters(filters);
    return;
  }
  if (root == no_address) return;
  if (rows == 0) {
    const std::string start = metadata.read(root, header_bytes_);
    require(start.starts_with("FHDB"));
    blocks_.push_back({root, 0, first_});
    metadata.read(root, std::min<std::uint64_t>(first_, 1 << 20));
  } else {
    list(root, rows, 0, 0);
  }
  std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& c) { return a.at < c.at; });
}

// The blocks under an indirect one.
void Heap::list(std::uint64_t address, std::uint64_t rows, std::uint64_t start, int depth) {
  require(depth < most_heap_depth);
  const std::uint64_t offset_bytes = (bits_ + 7) / 8;
  const std::string bytes = metadata_.read(address, 4 + 1 + 8 + offset_bytes + rows * width_ * 8 + 4);
  require(bytes.starts_with("FHIB"));
  Bytes b(std::string_view(bytes).substr(4 + 1 + 8));
  require(b.number(offset_bytes) == start);
  for (std::uint64_t row = 0; row < rows; row++)
    for (std::uint64_t i = 0; i < width_; i++) {
      const std::uint64_t child = b.number(8), size = row_bytes(row), at = start + row_start(row) + i * size;
      if (child == no_address) continue;
      require(blocks_.size() < most_heap_blocks);
      if (size <= most_direct_) {
        require(metadata_.read(child, header_bytes_).starts_with("FHDB"));
        blocks_.push_back({child, at, size});
      } else {
        require(size >= width_ * first_);
        list(child, log_of(size) - log_of(first_) - log_of(width_) + 1, at, depth + 1);
      }
    }
}

Heap::Block Heap::find(std::uint64_t offset) {
  auto after = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                [](std::uint64_t at, const Block& b) { return at < b.at; });
  require(after != blocks_.begin());
  return *--after;
}

std::optional<std::string> Heap::read(std::string_view id) {
  require(id.size() == id_bytes_);
  Bytes b(id);
  const std::uint64_t kind = b.number(1);
  require(kind >> 6 == 0 && (kind >> 4 & 3) != 3);
  if ((kind >> 4 & 3) == 2) {  // tiny: the object is in the ID
    const std::uint64_t bytes = (kind & 15) + 1;
    return std::string(b.take(bytes));
  }
  if (filtered_) return std::nullopt;
  if ((kind >> 4 & 3) == 1) return huge(b);
  const std::uint64_t offset_bytes = (bits_ + 7) / 8;
  const std::uint64_t offset = b.number(offset_bytes), length = b.number(length_bytes_);
  const Block block = find(offset);
  const std::uint64_t in_block = offset - block.at;
  require(in_block >= header_bytes_ && in_block <= block.bytes && length <= block.bytes - in_block && length > 0);
  require(length <= most_object_);
  return metadata_.read(block.address + in_block, length);
}

// Objects too large for blocks lie elsewhere in the file: the ID has their place where it is long enough, else a number
// by which a B-tree finds it.
std::string Heap::huge(Bytes id) {
  constexpr std::uint64_t place_bytes = 16, place_and_number = 24;
  if (id_bytes_ > place_bytes) {
    const std::uint64_t address = id.number(8);
    return metadata_.read(address, id.number(8));
  }
  if (!huge_read_) {
    huge_read_ = true;
    require(huge_tree_ != no_address);
    check_btree(metadata_, huge_tree_, [&](std::string_view record) {
      require(record.size() == place_and_number);
      Bytes b(record);
      Place place{};
      place.address = b.number(8);
      place.bytes = b.number(8);
      huge_[b.number(8)] = place;
    });
  }
  const auto found = huge_.find(id.number(std::min<std::uint64_t>(id_bytes_ - 1, 8)));
  require(found != huge_.end());
  return metadata_.read(found->second.address, found->second.bytes);
}

}  // namespace tessera::io::hdf5
