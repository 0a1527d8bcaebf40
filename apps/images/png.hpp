#pragma once
// PNG files, through libpng. What fails throws std::runtime_error naming the file.
#include <cstdint>
#include <string>
#include <vector>

namespace images {

struct Size {
  std::int64_t rows = 0, columns = 0;
  bool operator==(const Size&) const = default;
};

Size png_size(const std::string& path);
/// The image in shades of grey, 8 bits each, row-major into `to`; colours are weighed by their luminance, and what is
/// transparent stands on black. Its size must be `size`.
void read_png(const std::string& path, const Size& size, std::uint8_t* to);
/// rgb: three bytes a pixel, row-major in rows of `columns` pixels.
void write_png(const std::string& path, const std::vector<std::uint8_t>& rgb, std::int64_t columns);

}  // namespace images
