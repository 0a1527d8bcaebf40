#pragma once
// An affine map from the indices of one array to those of another: what slices, strides, flips, transpositions,
// broadcasts, new and dropped axes are, and what they stay when composed.
//   input index on axis j  =  offset_j + stride_j * output index on axis `from_j`     (from_j < 0: the constant
//   offset_j)
// x[2, ::-1].T of a (4, 5, 6) array: axis 0 = 2; axis 1 = 4 - 1 * out[1]; axis 2 = 0 + 1 * out[0]; output shape (6, 5).
#include <vector>

#include <tessera/core/chunk_grid.hpp>

namespace tessera {

class TESSERA_API IndexTransform {
 public:
  /// How one input axis follows from the output index.
  struct Axis {
    int from = -1;
    std::int64_t offset = 0, stride = 0;
    bool operator==(const Axis&) const = default;
  };
  IndexTransform() = default;
  IndexTransform(Shape output, std::vector<Axis> axes) : output_(output), axes_(std::move(axes)) {}

  static IndexTransform identity(const Shape& shape);
  /// From `output` to an array of shape `input` that broadcasts to it (NumPy's rule: aligned at the last axis).
  static IndexTransform broadcast(const Shape& input, const Shape& output);
  /// Output axis i is input axis order[i].
  static IndexTransform permute(const Shape& input, const Dims& order);

  int input_rank() const { return static_cast<int>(axes_.size()); }
  int output_rank() const { return output_.size(); }
  const Shape& output() const { return output_; }
  const Axis& axis(int input_axis) const { return axes_[input_axis]; }
  const std::vector<Axis>& axes() const { return axes_; }
  bool is_identity(const Shape& input) const;
  /// True when some output axis longer than 1 does not matter to the input: the same input elements are used again.
  bool repeats() const;

  /// This map first, then `inner` (whose output is this map's input): output -> input of `inner`.
  IndexTransform then(const IndexTransform& inner) const;
  Dims map(const Dims& output_index) const;
  /// The smallest box of input indices that `output_box` needs. Extents 0 when output_box is empty.
  Box map(const Box& output_box) const;
  /// Strides in bytes per output axis over an input buffer that holds `held` (a box of input indices) with
  /// `input_strides`, and in `origin` the byte offset of output index `at` from the start of the buffer.
  Dims strides(const Dims& at, const Box& held, const Dims& input_strides, std::int64_t& origin) const;
  /// The cuts that the input's chunks make on the output; an axis that the input does not see is one chunk.
  ChunkGrid map_grid(const ChunkGrid& input) const;
  bool operator==(const IndexTransform&) const = default;

 private:
  Shape output_;
  std::vector<Axis> axes_;
};

TESSERA_API std::string to_string(const IndexTransform& t);

}  // namespace tessera
