#pragma once
// Attributes of variable-length elements: texts and lists of references. They lie in the file's global heap. The
// library (1.10.8) follows a damaged heap reference out of its memory, so here it hands over the references alone
// (length, address of a collection, index in it: 16 bytes) and the heap is read with checks. Private to io/hdf5; the
// caller holds the lock.
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// What read_lists throws instead of taking more memory than that.
struct TooLarge {
  std::uint64_t bytes;
};
constexpr std::uint64_t most_list_bytes = 1 << 20;

/// The bytes of each of the `count` elements of `attribute`, whose type is a variable-length one with base elements of
/// `base` bytes (1 for text). Nothing in a file with addresses of other than 8 bytes.
/// throws IoError beginning with `what` when the heap is damaged, TooLarge when they have more than most_list_bytes.
std::optional<std::vector<std::string>> read_lists(hid_t attribute, std::size_t count, std::size_t base,
                                                   const std::string& what);

}  // namespace tessera::io::hdf5
