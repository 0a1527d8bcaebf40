#pragma once
// Array: a cheap immutable handle to a node of the expression graph. Nothing is computed or read until a Session
// evaluates it.
#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/core/axes.hpp>
#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

class Node;
using NodePtr = std::shared_ptr<const Node>;

/// start:stop:step as in Python; what is absent has Python's default. One number is the stop, as in Python's slice(3);
/// {} stands for None: Slice{2, {}} is 2:, Slice{{}, {}, -1} is ::-1.
struct Slice {
  std::optional<std::int64_t> start, stop, step;
  constexpr Slice() = default;
  constexpr explicit Slice(std::optional<std::int64_t> to) : stop(to) {}
  constexpr Slice(std::optional<std::int64_t> from, std::optional<std::int64_t> to, std::optional<std::int64_t> by = {})
      : start(from), stop(to), step(by) {}
};
struct Ellipsis {};
struct NewAxis {};
inline constexpr Ellipsis ellipsis{};
inline constexpr NewAxis newaxis{};
/// One item of a basic index: an integer (drops the axis), a slice, `ellipsis` or `newaxis`.
class Index {
 public:
  template <std::integral T>
  requires(!std::is_same_v<T, bool>) Index(T i)  // NOLINT: x(1, Slice{}, newaxis) is the point
      : value_(std::in_range<std::int64_t>(i) ? static_cast<std::int64_t>(i) : beyond()) {}
  Index(Slice s) : value_(s) {}     // NOLINT
  Index(Ellipsis e) : value_(e) {}  // NOLINT
  Index(NewAxis n) : value_(n) {}   // NOLINT
  const std::variant<std::int64_t, Slice, Ellipsis, NewAxis>& value() const { return value_; }

 private:
  static std::int64_t beyond() { throw IndexError("an index is beyond 64 bits"); }
  std::variant<std::int64_t, Slice, Ellipsis, NewAxis> value_;
};

class TESSERA_API Array {
 public:
  /// No elements: float64 of shape (0,). For members and arrays of Arrays that are assigned to later.
  Array();
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
  int ndim() const { return rank(); }
  std::int64_t size() const { return num_elements(shape()); }
  std::int64_t bytes() const { return checked_multiply(size(), item_size(dtype())); }
  /// How the array is cut; fixed when its node was built.
  const ChunkGrid& chunks() const;
  const NodePtr& node() const { return node_; }

  /// Basic indexing: x(3, Slice{2, 9}, newaxis, ellipsis), x[0], x[Slice{3}], x[{1, Slice{}}]. Lazy: a view. throws
  /// IndexError.
  template <std::convertible_to<Index>... I>
  Array operator()(const I&... items) const {
    return index(std::vector<Index>{Index(items)...});
  }
  Array operator[](const Index& item) const { return index(std::vector<Index>{item}); }
  Array operator[](std::initializer_list<Index> items) const { return index(std::vector<Index>(items)); }
  Array index(const std::vector<Index>& items) const;
  /// The transpose: all axes reversed.
  Array T() const;

  // NumPy's methods: the functions of the same names, over all axes or those that are given: x.mean(0), x.sum({0, 2}).
  // The functions take options, too: var(x, {.axis = 0, .correction = 1}). Lazy.
  Array sum(const Axes& axis = {}) const;
  Array prod(const Axes& axis = {}) const;
  Array mean(const Axes& axis = {}) const;
  Array var(const Axes& axis = {}) const;
  Array std(const Axes& axis = {}) const;
  Array min(const Axes& axis = {}) const;
  Array max(const Axes& axis = {}) const;
  Array any(const Axes& axis = {}) const;
  Array all(const Axes& axis = {}) const;
  Array argmin(const Axes& axis = {}) const;
  Array argmax(const Axes& axis = {}) const;
  Array astype(DType type) const;
  template <class E>
  Array astype() const {
    return astype(dtype_of<E>);
  }
  /// Without the axes of length 1, or those of `axes` alone.
  Array squeeze(const Dims& axes = {}) const;
  Array swapaxes(std::int64_t axis1, std::int64_t axis2) const;
  /// The axes in this order; reversed when empty.
  Array transpose(const Dims& axes = {}) const;
  Array conj() const;
  Array round(std::int64_t decimals = 0) const;

 private:
  NodePtr node_;
};

/// "Array of shape (3, 4), float64, in chunks of (2, 4)": what it is, not its elements, which nobody has computed.
TESSERA_API std::string to_string(const Array& x);
TESSERA_API std::ostream& operator<<(std::ostream& out, const Array& x);

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
