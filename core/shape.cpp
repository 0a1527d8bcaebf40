#include <tessera/core/box.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_mul_overflow(a, b, &r))
    throw ShapeError("size overflows 64 bits: " + std::to_string(a) + " * " + std::to_string(b));
  return r;
}

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_add_overflow(a, b, &r))
    throw ShapeError("size overflows 64 bits: " + std::to_string(a) + " + " + std::to_string(b));
  return r;
}

std::int64_t num_elements(const Shape& shape) {
  std::int64_t n = 1;
  bool zero = false;
  for (auto e : shape) {
    if (e < 0) throw ShapeError("negative extent in shape " + to_string(shape));
    zero = zero || e == 0;
    if (e != 0 && __builtin_mul_overflow(n, e, &n))
      throw ShapeError("an array of shape " + to_string(shape) + " is too big: its size overflows 64 bits");
  }
  return zero ? 0 : n;
}

void check_reach(const Dims& extent, const Dims& strides, const char* operation) {
  std::int64_t first = 0, last = 0;  // offsets of the outermost elements, in bytes
  for (int i = 0; i < extent.size(); i++) {
    std::int64_t span = 0;
    std::int64_t& end = strides[i] < 0 ? first : last;
    if (extent[i] > 1 &&
        (__builtin_mul_overflow(extent[i] - 1, strides[i], &span) || __builtin_add_overflow(end, span, &end)))
      throw ShapeError(std::string(operation) + ": elements of extents " + to_string(extent) + " with strides of " +
                       to_string(strides) + " bytes lie further apart than addresses reach");
  }
}

std::string to_string(const Dims& dims) {
  std::string s = "(";
  for (int i = 0; i < dims.size(); i++) s += (i ? ", " : "") + std::to_string(dims[i]);
  return s + (dims.size() == 1 ? ",)" : ")");
}

namespace {
// Also of a box that somebody made up: 2^63 - 1 + 4.
std::string wide_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::to_string(a) + " + " + std::to_string(b) : std::to_string(sum);
}
}  // namespace

std::string to_string(const Box& box) {
  std::string s = "[";
  for (int i = 0; i < box.rank(); i++)
    s += (i ? ", " : "") + std::to_string(box.lo[i]) + ":" + wide_sum(box.lo[i], box.extent[i]);
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
    stride = (Amount(stride) * shape[i]).value();  // beyond 2^63 only where there is no element
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
