#pragma once
// Messages of object headers, checked before the library decodes them: 1.10.8 believes the sizes and counts in them and
// reads over the end of its memory. Private to io/hdf5.
#include <optional>
#include <vector>

#include <tessera/io/hdf5/bytes.hpp>

namespace tessera::io::hdf5 {

/// What messages of one header say that must fit together.
struct HeaderFacts {
  std::optional<std::vector<std::uint64_t>> most;  ///< the dataspace's largest extents; no_address: unlimited
  std::optional<std::vector<std::uint64_t>> now;   ///< its extents
  std::uint64_t chunk_index_kind = 0, chunk_index = no_address;
  std::vector<std::uint64_t> chunk;  ///< extents, the last one the bytes of an element
  bool shared_table = false;
  std::string extensible;  ///< parameters of an extensible array
};

/// `type`: the message's number in the format's specification; `data`: its bytes; `flags`: of the message.
/// throws Damaged when they do not fit the place that they have.
void check_message(const Metadata& metadata, std::uint64_t type, std::uint64_t flags, std::string_view data,
                   HeaderFacts& facts);
/// A link, an attribute: also in heaps.
void check_link(std::string_view data);
void check_attribute(const Metadata& metadata, std::string_view data);
/// What a virtual dataset is made of: object `number` of the global heap's collection at `address`.
void check_virtual(const Metadata& metadata, std::uint64_t address, std::uint64_t number);
/// A filter pipeline alone.
void check_filters(std::string_view data);

}  // namespace tessera::io::hdf5
