#pragma once
// A dataset that is longer than what of it is in its file: a NetCDF variable with fewer records than its unlimited
// dimension has. What is missing reads as `value`.
#include <memory>

#include <tessera/core/store.hpp>
#include <tessera/io/elements.hpp>

namespace tessera::io {

/// `shape`: at least that of `stored` on every axis. `chunk`: of the storage, empty where it has none. `value`: as
/// memory holds it.
std::shared_ptr<const Store> make_padded_store(std::shared_ptr<const Store> stored, const Shape& shape,
                                               const Dims& chunk, const RawElement& value);
/// The StoreInfo of that: the grid of the storage goes on.
StoreInfo padded_info(StoreInfo stored, const Shape& shape, const Dims& chunk);

}  // namespace tessera::io
