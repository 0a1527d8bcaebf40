#pragma once
// Many datasets as one Store: one behind the other along an axis, or side by side along a new first one.
//
// (3, 5), (0, 5) and (2, 5) along axis 0 are (5, 5): the box [2:4, 1:3] is [2:3, 1:3] of the first and [0:1, 1:3] of
// the third. The chunks are those of the parts, one behind the other, so that none holds elements of two files.
#include <memory>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/retimed_store.hpp>

namespace tessera::io {

struct Joined {
  StoreInfo info;  ///< of the whole; its grid is made of the parts'
  int axis = 0;
  bool is_new = false;                ///< the parts lack the axis; each takes one index of it
  std::vector<std::string> parts;     ///< descriptions, format byte included
  std::vector<Retiming> retimings{};  ///< one a part, or none
};

void put_joined(Writer& w, const Joined& joined);
/// Opens the file of a part when it is read first.
std::shared_ptr<const Store> open_joined(Reader& description);
/// Of parts that are packed differently: says what they are together, and can't be read (open_store_parts).
std::shared_ptr<const Store> open_joined_info(Reader& description);
StoreParts open_parts(Reader& description);
/// As open_store, in that way.
std::shared_ptr<const Store> open_part(const std::string& description);

}  // namespace tessera::io
