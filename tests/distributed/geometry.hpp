#pragma once

#include <memory>
#include <tessera/core/errors.hpp>

#include "memory_store.hpp"

namespace tessera::testing {

/// Processor seconds that planning may take on a slow machine, others working beside it.
#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
inline constexpr double slow = 20;
#else
inline constexpr double slow = 1;
#endif

/// A Store that has geometry only.
class Geometry : public MemoryStore {
 public:
  Geometry(const ChunkGrid& grid, DType t = DType::float64) : MemoryStore("geometry", t, grid, {}) {
    on_read = [](const Box&) { throw InternalError("a plan read data"); };
  }
};
/// An array of float64 that is in such a Store.
inline Array stored(const Shape& shape, const Dims& chunks) {
  return array_of(std::make_shared<Geometry>(ChunkGrid::regular(shape, chunks)));
}

}  // namespace tessera::testing
