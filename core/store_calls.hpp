#pragma once
// Calls of a Store or StoreWriter. It may be a class of the program's own: what it throws is the program's, as what its
// callbacks throw is (user_code.hpp). Ours throw only Tessera's errors, which pass as they are.
//
//   run_store_code(*store, [&] { store->read(box, to, strides); });
#include <utility>

#include <tessera/core/store.hpp>
#include <tessera/core/user_code.hpp>

namespace tessera {

/// Inside a handler: as throw_user_exception, and the text says which store it was.
[[noreturn]] TESSERA_API void throw_store_exception(const Store& store);
[[noreturn]] TESSERA_API void throw_store_exception(const StoreWriter& writer);

/// `f` calls `store`, a Store or a StoreWriter.
template <class S, class F>
decltype(auto) run_store_code(const S& store, F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (...) {
    throw_store_exception(store);
  }
}

}  // namespace tessera
