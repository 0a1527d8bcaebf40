// Elements of the reference as bytes and back, and what differs between a result and what was expected.
#include <cmath>
#include <cstring>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

using reference::Number;

template <class T>
void put(std::vector<std::byte>& bytes, T v) {
  const auto* p = reinterpret_cast<const std::byte*>(&v);
  bytes.insert(bytes.end(), p, p + sizeof v);
}
Number element_of(const std::byte* p, DType type) {
  Number n;
  visit_dtype(type, [&]<class T>(T v) {
    std::memcpy(&v, p, sizeof v);
    if constexpr (std::is_integral_v<T>)
      n.i = v;
    else if constexpr (std::is_floating_point_v<T>)
      n.re = static_cast<double>(v);
    else
      n = {0, static_cast<double>(v.real()), static_cast<double>(v.imag())};
  });
  return n;
}

}  // namespace

Shape shape_of(const std::vector<std::int64_t>& s) {
  Shape shape;
  for (auto n : s) shape.push_back(n);
  return shape;
}

std::vector<std::byte> bytes_of(const reference::Array& x) {
  std::vector<std::byte> bytes;
  for (const auto& n : x.elements)
    visit_dtype(dtype_of(x.type), [&]<class T>(T) {
      if constexpr (std::is_integral_v<T>)
        put(bytes, static_cast<T>(n.i));
      else if constexpr (std::is_floating_point_v<T>)
        put(bytes, static_cast<T>(n.re));
      else
        put(bytes, T(static_cast<typename T::value_type>(n.re), static_cast<typename T::value_type>(n.im)));
    });
  return bytes;
}

std::string difference(const Drawn& drawn, const Result& result) {
  const reference::Array& want = drawn.expected;
  if (result.dtype() != dtype_of(want.type))
    return "dtype " + to_string(result.dtype()) + " instead of " + reference::to_string(want.type);
  if (!(result.shape() == shape_of(want.shape)))
    return "shape " + to_string(result.shape()) + " instead of " + to_string(shape_of(want.shape));
  const std::int64_t item = item_size(result.dtype());
  for (std::int64_t k = 0; k < want.size(); k++) {
    const Number have = element_of(result.bytes().data() + k * item, result.dtype()),
                 n = want.elements[static_cast<std::size_t>(k)];
    const double allowed = drawn.exact ? 0 : drawn.error;
    const auto near = [&](double a, double b) {
      return std::isnan(b) ? std::isnan(a) : a == b || std::fabs(a - b) <= allowed;
    };
    if (have.i != n.i || !near(have.re, n.re) || !near(have.im, n.im))
      return "element " + std::to_string(k) + " is " + std::to_string(static_cast<double>(have.i) + have.re) + " + " +
             std::to_string(have.im) + "j instead of " + std::to_string(static_cast<double>(n.i) + n.re) + " + " +
             std::to_string(n.im) + "j, allowed " + std::to_string(allowed);
  }
  return "";
}

}  // namespace tessera::testing
