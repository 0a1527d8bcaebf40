#pragma once
// Elements of a block in memory, as functions of the user's own see them.
#include <concepts>
#include <span>

#include <tessera/core/kernel/user_function.hpp>

namespace tessera {

/// As std::mdspan with strides: view(i, j), view.extent(0), view.data(). T: const of an input. Cheap to copy; valid during
/// the call.
template <class T>
class BlockView {
 public:
  using Element = T;
  explicit BlockView(const BlockMemory& memory) : memory_(memory) {}

  int rank() const { return memory_.shape.size(); }
  const Shape& shape() const { return memory_.shape; }
  std::int64_t extent(int axis) const { return memory_.shape[axis]; }
  std::int64_t size() const { return num_elements(memory_.shape); }
  /// From an element to the next along an axis, in elements.
  std::int64_t stride(int axis) const { return memory_.strides[axis] / static_cast<std::int64_t>(sizeof(T)); }
  /// True where the elements lie one behind the other, in row-major order.
  bool is_dense() const {
    const Dims dense = row_major_strides(memory_.shape, sizeof(T));
    for (int i = 0; i < rank(); i++)
      if (memory_.shape[i] > 1 && memory_.strides[i] != dense[i]) return false;
    return true;
  }
  T* data() const { return reinterpret_cast<T*>(memory_.data); }
  /// One index for each axis; not checked.
  template <std::integral... I>
  T& operator()(I... index) const {
    std::int64_t offset = 0;
    int axis = 0;
    ((offset += static_cast<std::int64_t>(index) * memory_.strides[axis++]), ...);
    return *reinterpret_cast<T*>(memory_.data + offset);
  }
  /// Of a 1-d block.
  T& operator[](std::int64_t index) const { return (*this)(index); }
  /// All of a dense block. throws UsageError of another.
  std::span<T> elements() const {
    if (!is_dense())
      throw UsageError("elements: the block of shape " + to_string(shape()) + " is not dense; use view(i, j)");
    return {data(), static_cast<std::size_t>(size())};
  }

 private:
  BlockMemory memory_;
};

}  // namespace tessera
