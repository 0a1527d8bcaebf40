#pragma once
// The library behind floating and complex products, for those who only ask which it is (host_products.hpp has the products).
#include <string>

#include <tessera/core/export.hpp>

namespace tessera {

/// What `tessera doctor` says of the library behind floating and complex products.
struct ProductLibraryState {
  bool available;
  bool takes_turns;  ///< one call at a time in a process, so threads don't make products faster
  std::string text;  ///< its own description of itself, or why it is not there
};
/// Loads it.
TESSERA_API ProductLibraryState product_library_state();

}  // namespace tessera
