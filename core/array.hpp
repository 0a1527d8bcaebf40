#pragma once
// Array: a cheap immutable handle to a node of the expression graph. Nothing is computed or read until a Session
// evaluates it.
#include <initializer_list>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

class Node;
using NodePtr = std::shared_ptr<const Node>;

/// start:stop:step as in Python; what is absent has Python's default.
struct Slice {
  std::optional<std::int64_t> start{}, stop{}, step{};
};
struct Ellipsis {};
struct NewAxis {};
inline constexpr Ellipsis ellipsis{};
inline constexpr NewAxis newaxis{};
/// One item of a basic index: an integer (drops the axis), a slice, `ellipsis` or `newaxis`.
class Index {
 public:
  Index(std::int64_t i) : value_(i) {}       // NOLINT: x[{1, Slice{}, newaxis}] is the point
  Index(int i) : value_(std::int64_t{i}) {}  // NOLINT
  Index(Slice s) : value_(s) {}              // NOLINT
  Index(Ellipsis e) : value_(e) {}           // NOLINT
  Index(NewAxis n) : value_(n) {}            // NOLINT
  const std::variant<std::int64_t, Slice, Ellipsis, NewAxis>& value() const { return value_; }

 private:
  std::variant<std::int64_t, Slice, Ellipsis, NewAxis> value_;
};

class TESSERA_API Array {
 public:
  explicit Array(NodePtr node) : node_(std::move(node)) {}
  Array(const Array&) = default;
  Array(Array&&) noexcept = default;
  ~Array() = default;
  Array& operator=(const Array&) & = default;
  Array& operator=(Array&&) & noexcept = default;
  /// An assignment to a view, y[{Slice{0, 2}}] = z, would change nothing: arrays are immutable. where() and concat()
  /// make the new array.
  Array& operator=(const Array&) && = delete;
  Array& operator=(Array&&) && = delete;
  const Shape& shape() const;
  DType dtype() const;
  int rank() const { return shape().size(); }
  std::int64_t size() const { return num_elements(shape()); }
  std::int64_t bytes() const { return checked_multiply(size(), item_size(dtype())); }
  /// How the array is cut; fixed when its node was built.
  const ChunkGrid& chunks() const;
  const NodePtr& node() const { return node_; }

  /// Basic indexing. Lazy: a view. throws IndexError.
  Array operator[](std::initializer_list<Index> items) const { return index(std::vector<Index>(items)); }
  Array index(const std::vector<Index>& items) const;
  /// The transpose: all axes reversed.
  Array T() const;

 private:
  NodePtr node_;
};

/// An operand of an elementwise function: an array, or a weak scalar.
class TESSERA_API Operand {
 public:
  Operand(const Array& a) : value_(a) {}   // NOLINT
  Operand(const Scalar& s) : value_(s) {}  // NOLINT
  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_convertible_v<T, std::complex<double>>) Operand(T v)
      : value_(Scalar(v)) {}  // NOLINT
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Scalar* scalar() const { return std::get_if<Scalar>(&value_); }

 private:
  std::variant<Array, Scalar> value_;
};

}  // namespace tessera
