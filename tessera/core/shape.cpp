#include <tessera/core/box.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_mul_overflow(a, b, &r))
    throw ShapeError("size overflows 64 bits: " + std::to_string(a) + " * " + std::to_string(b));
  return r;
}

std::int64_t num_elements(const Shape& shape) {
  bool zero = false;
  for (auto e : shape) {
    if (e < 0) throw ShapeError("negative extent in shape " + to_string(shape));
    zero = zero || e == 0;
  }
  if (zero) return 0;
  std::int64_t n = 1;
  for (auto e : shape) n = checked_multiply(n, e);
  return n;
}

std::string to_string(const Dims& dims) {
  std::string s = "(";
  for (int i = 0; i < dims.size(); i++) s += (i ? ", " : "") + std::to_string(dims[i]);
  return s + (dims.size() == 1 ? ",)" : ")");
}

std::string to_string(const Box& box) {
  std::string s = "[";
  for (int i = 0; i < box.rank(); i++)
    s += (i ? ", " : "") + std::to_string(box.lo[i]) + ":" + std::to_string(box.lo[i] + box.extent[i]);
  return s + "]";
}

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation) {
  const int rank = std::max(a.size(), b.size());
  Shape r = Dims::filled(rank, 1);
  for (int i = 0; i < rank; i++) {
    const int ia = i - (rank - a.size()), ib = i - (rank - b.size());
    const std::int64_t ea = ia < 0 ? 1 : a[ia], eb = ib < 0 ? 1 : b[ib];
    if (ea != eb && ea != 1 && eb != 1)
      throw ShapeError(std::string(operation) + ": shapes " + to_string(a) + " and " + to_string(b) +
                       " don't broadcast: " + std::to_string(ea) + " and " + std::to_string(eb) + " differ on axis " +
                       std::to_string(i) + " (extents must be equal or 1)");
    r[i] = ea == 1 ? eb : ea;
  }
  return r;
}

Dims row_major_strides(const Shape& shape, std::int64_t item_size) {
  Dims s = Dims::filled(shape.size(), 0);
  std::int64_t stride = item_size;
  for (int i = shape.size() - 1; i >= 0; i--) {
    s[i] = stride;
    stride *= shape[i];
  }
  return s;
}

int normalize_axis(std::int64_t axis, int rank, const char* operation) {
  const std::int64_t a = axis < 0 ? axis + rank : axis;
  if (a < 0 || a >= rank)
    throw ShapeError(std::string(operation) + ": axis " + std::to_string(axis) + " is out of range for an array of " +
                     std::to_string(rank) + " dimension" + (rank == 1 ? "" : "s") +
                     (rank == 0 ? "" : " (" + std::to_string(-rank) + " to " + std::to_string(rank - 1) + ")"));
  return static_cast<int>(a);
}

}  // namespace tessera
