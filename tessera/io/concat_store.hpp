#pragma once
// Many datasets one behind the other along an axis, or side by side on a new first one, as one Store. At most 64 of
// their files are open at a time in a process: those used last.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>

namespace tessera::io {

struct ConcatPiece {
  std::string description;  ///< what open_store opens
  std::int64_t extent = 1;  ///< on the axis
  std::int64_t chunk = 1;   ///< of the grid there
};
struct Concat {
  StoreInfo info;  ///< of the whole, without its grid
  Dims chunk;      ///< of the grid on the other axes
  int axis = 0;
  bool is_new = false;                                      ///< the pieces lack the axis
  std::int64_t scratch_bytes = 0, scratch_per_element = 0;  ///< the most that a piece takes
  std::vector<ConcatPiece> pieces;
};

void put_concat(Writer& w, const Concat& concat);
std::shared_ptr<const Store> open_concat(Reader& description);

}  // namespace tessera::io
