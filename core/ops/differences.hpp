#pragma once
// Differences along an axis, under NumPy's names and rules. Lazy, made of views, so that they fuse with what uses them.
#include <optional>

#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

struct DiffOptions {
  std::int64_t n = 1;  ///< how often differences are taken
  std::int64_t axis = -1;
  std::optional<Operand> prepend{}, append{};  ///< before and after x along the axis: arrays, or a number
};
/// x[1:] - x[:-1] along the axis, n times: n elements less. Of bools: whether they differ. throws ShapeError when the
/// axis is out of range or the shapes differ elsewhere, ValueError for a negative n.
TESSERA_API Array diff(const Array& x, const DiffOptions& options = {});
/// Differences of x as one axis, with numbers or arrays, each as one axis, before and after them, in x's dtype.
TESSERA_API Array ediff1d(const Array& x, const std::optional<Operand>& to_end = {},
                          const std::optional<Operand>& to_begin = {});

}  // namespace tessera
