#pragma once
// Shapes: up to 16 extents of int64_t, held inline so that geometry never allocates.
#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/errors.hpp>
#include <tessera/core/export.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {

inline constexpr int max_rank = 16;

/// A short list of integers, one per axis: extents, coordinates, strides or axis numbers.
class Dims {
 public:
  constexpr Dims() = default;
  constexpr Dims(std::initializer_list<std::int64_t> v) {
    for (auto e : v) push_back(e);
  }
  explicit Dims(std::span<const std::int64_t> v) {
    for (auto e : v) push_back(e);
  }
  /// A vector of any integers stands for a shape or a list of axes. throws ShapeError for a number beyond int64.
  template <std::integral T>
  Dims(const std::vector<T>& v) {  // NOLINT
    for (auto e : v) {
      if (!std::in_range<std::int64_t>(e)) throw ShapeError("a length or an axis is beyond 64 bits");
      push_back(static_cast<std::int64_t>(e));
    }
  }
  static constexpr Dims filled(int rank, std::int64_t value) {
    Dims d;
    for (int i = 0; i < rank; i++) d.push_back(value);
    return d;
  }
  constexpr int size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::int64_t& operator[](int i) { return v_[i]; }
  constexpr std::int64_t operator[](int i) const { return v_[i]; }
  constexpr std::int64_t* begin() { return v_.data(); }
  constexpr std::int64_t* end() { return v_.data() + size_; }
  constexpr const std::int64_t* begin() const { return v_.data(); }
  constexpr const std::int64_t* end() const { return v_.data() + size_; }
  constexpr std::int64_t back() const { return v_[size_ - 1]; }
  constexpr void push_back(std::int64_t e) {
    if (size_ == max_rank) throw ShapeError("arrays have at most 16 dimensions");
    v_[size_++] = e;
  }
  constexpr void insert(int at, std::int64_t e) {
    push_back(e);
    for (int i = size_ - 1; i > at; i--) std::swap((*this)[i], (*this)[i - 1]);
  }
  constexpr void erase(int at) {
    for (int i = at; i + 1 < size_; i++) (*this)[i] = (*this)[i + 1];
    size_--;
  }
  constexpr bool operator==(const Dims& o) const {
    if (size_ != o.size_) return false;
    for (int i = 0; i < size_; i++)
      if ((*this)[i] != o[i]) return false;
    return true;
  }

 private:
  int size_ = 0;
  std::array<std::int64_t, max_rank> v_{};
};
using Shape = Dims;

/// Elements of a shape; 1 for rank 0. throws ShapeError when an extent is negative, or when the product of those that
/// are not 0 exceeds 2^63 - 1: as in NumPy, (2^62, 0, 3) is too big, so that no product of some axes ever overflows.
TESSERA_API std::int64_t num_elements(const Shape& shape);
/// As NumPy prints it: "(3, 4)", "(5,)", "()".
TESSERA_API std::string to_string(const Dims& dims);
/// The common shape under NumPy's broadcasting. throws ShapeError that names `operation` and both shapes.
TESSERA_API Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation);
/// Strides in bytes of a dense row-major array.
TESSERA_API Dims row_major_strides(const Shape& shape, std::int64_t item_size);
/// throws ShapeError, naming `operation`, when the elements of a box of `extent` with these strides in bytes lie
/// further apart than addresses reach.
TESSERA_API void check_reach(const Dims& extent, const Dims& strides, const char* operation);
/// `axis` counted from the front, negative from the back. throws ShapeError naming `operation` when out of range.
TESSERA_API int normalize_axis(std::int64_t axis, int rank, const char* operation);

}  // namespace tessera
