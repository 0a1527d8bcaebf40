#pragma once
// Functions of the user's own that make elements: a UserMap of single elements, a ChunkFunction of whole chunks. Name and
// version stand for the code: where they are equal, so must be what it does. Several threads call them at once.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/box.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/key.hpp>

namespace tessera {

struct UserFunction {
  std::string name{};
  std::int64_t version = 1;
  std::vector<DType> parameters{};
  DType result = DType::float64;
  /// Of an element, in additions: what is dear is kept rather than made again.
  double cost = 50;
};

struct UserMap : UserFunction {
  /// Makes n elements of n of each parameter, all dense.
  std::function<void(std::int64_t n, const std::byte* const* arguments, std::byte* to)> apply;
};

/// Elements in memory: what a call sees of an input, or writes. Strides in bytes.
struct BlockMemory {
  std::byte* data = nullptr;
  Dims shape{}, strides{};
};

/// Where a block lies.
struct BlockPlace {
  Dims chunk{};   ///< its numbers in the grid of chunks
  Box box{};      ///< its indices, without a halo
  Box seen{};     ///< with it; may begin below 0
  Shape shape{};  ///< of all blocks together
};

struct ChunkFunction : UserFunction {
  /// Writes all elements of `to`, which are 0 before.
  std::function<void(std::span<const BlockMemory> inputs, const BlockMemory& to, const BlockPlace& place)> apply;
};

/// All but the code.
TESSERA_API void add(Key& key, const UserFunction& function);

}  // namespace tessera
