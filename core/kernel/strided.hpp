#pragma once
// Strided memory that kernels read and write, and in whose space it lies.
#include <cstddef>

#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/memory/space.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

/// What is read: the first element, and bytes per axis of the loop (0 repeats, negative walks back).
struct StridedInput {
  const std::byte* data;
  Dims strides;
  Space space = Space::host;
};
/// What is written; no two loop indices share an element.
struct StridedOutput {
  std::byte* data;
  Dims strides;
  Space space = Space::host;
};

/// A fold, and where its states go.
struct FoldInto {
  const Fold* fold;
  std::byte* states;
};
inline constexpr std::size_t most_folds_together = 8;

}  // namespace tessera
