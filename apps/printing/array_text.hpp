#pragma once
// Arrays as text, as NumPy's print gives them: nested brackets, aligned columns, lines of at most 75 characters. An
// array of more than 1000 elements shows only its corners: of each axis longer than 6 the first and last 3 indices,
// with "..." between. So only those elements are ever needed:
//
//   shape (2000, 4): corner_shape is (6, 4), made of the boxes [0, 3) and [1997, 2000) of axis 0
#include <span>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::printing {

inline constexpr std::int64_t most_printed = 1000;
inline constexpr std::int64_t edge = 3;

/// True when only the corners are shown.
bool is_abbreviated(const Shape& shape);
/// The extents of what is shown: the shape itself unless it is abbreviated.
Shape corner_shape(const Shape& shape);

/// elements: those of `corner_shape(shape)`, row-major.
std::string array_text(const Shape& shape, DType type, std::span<const std::byte> elements);
/// One element on its own, with enough digits to round-trip: 0.1, True, (1+2j).
std::string element_text(DType type, const std::byte* element);

}  // namespace tessera::printing
