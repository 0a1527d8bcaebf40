#pragma once
// Programs on the CPU: one thread, strided operands, SIMD chosen at run time. A kernel knows no array, chunk or plan.
#include <cstddef>
#include <memory>
#include <span>

#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera::cpu {

/// A compiled Program. Immutable; any number of threads may run it at the same time.
class TESSERA_API Kernel {
 public:
  /// From a cache keyed by the Program's structure and the current target and math family.
  static std::shared_ptr<const Kernel> compile(const Program& program);
  virtual ~Kernel();

  /// outputs[k][i] = program(inputs[...][i]) for all i in `extent`. `streaming` writes past the caches where alignment
  /// allows (for outputs that won't be read soon). Outputs may be the very memory of an input (same strides), not
  /// overlap otherwise.
  virtual void map(const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                   std::span<const StridedOutput> outputs, bool streaming) const = 0;

  /// Folds the program's only output, in every way of `folds`, over the axes of `reduced` (bit i: axis i), leaf by leaf
  /// (combiner.hpp has the order inside a leaf, which fixes the bits). `extent` is a box of whole leaves of at most
  /// `leaf` each, starting at a leaf's edge. states: for each leaf (row-major over the grid of leaves, ceil(extent /
  /// leaf) on the reduced axes, kept axes undivided), states of the outputs (row-major over the kept axes) as
  /// `fold.layout()` says, overwritten. The program gives fold.element; of several folds, each may also take float64
  /// from a program that gives float32 by reading alone. `positions` matters to the arg- combiners alone. At most
  /// most_folds_together folds, and of several none that is the user's or of complex numbers. Each fold's bits are
  /// those that it has alone.
  virtual void reduce(std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
                      std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                      const FoldedPositions& positions = {}) const = 0;
  void reduce(const Fold& fold, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
              std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars, std::byte* states,
              const FoldedPositions& positions = {}) const {
    const FoldInto one{&fold, states};
    reduce({&one, 1}, extent, reduced, leaf, inputs, scalars, positions);
  }
};

/// into[i] = into[i] (+) from[i], `into` being the left operand, for the states of `n` outputs. The counts (elements
/// behind each state) matter where fold.counts(). Same bits on every target.
TESSERA_API void combine(const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
                         std::int64_t into_count, std::int64_t from_count);
/// The states of `n` outputs behind which there is no element.
TESSERA_API void empty_states(const Fold& fold, std::int64_t n, std::byte* states);

/// Copies `extent` elements of `item` bytes between strided memories, cache-blocked when their fast axes differ.
TESSERA_API void copy(const Dims& extent, std::int64_t item, const std::byte* from, const Dims& from_strides,
                      std::byte* to, const Dims& to_strides, bool streaming = false);

}  // namespace tessera::cpu
