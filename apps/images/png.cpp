#include "png.hpp"

#include <png.h>

#include <stdexcept>

namespace images {
namespace {

/// What libpng's simplified interface has open.
struct Image : png_image {
  Image() : png_image{} { version = PNG_IMAGE_VERSION; }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() { png_image_free(this); }
  Size size() const { return {height, width}; }
};

void open(Image& image, const std::string& path) {
  if (!png_image_begin_read_from_file(&image, path.c_str()))
    throw std::runtime_error("cannot read " + path + ": " + image.message);
}

std::string to_string(const Size& s) { return std::to_string(s.rows) + " x " + std::to_string(s.columns); }

}  // namespace

Size png_size(const std::string& path) {
  Image image;
  open(image, path);
  return image.size();
}

void read_png(const std::string& path, const Size& size, std::uint8_t* to) {
  Image image;
  open(image, path);
  if (!(image.size() == size))
    throw std::runtime_error(path + " has " + to_string(image.size()) + " pixels, others " + to_string(size));
  image.format = PNG_FORMAT_GRAY;
  constexpr png_color black{0, 0, 0};
  if (!png_image_finish_read(&image, &black, to, static_cast<png_int_32>(size.columns), nullptr))
    throw std::runtime_error("cannot read " + path + ": " + image.message);
}

void write_png(const std::string& path, const std::vector<std::uint8_t>& rgb, std::int64_t columns) {
  Image image;
  image.width = static_cast<png_uint_32>(columns);
  image.height = static_cast<png_uint_32>(static_cast<std::int64_t>(rgb.size()) / 3 / columns);
  image.format = PNG_FORMAT_RGB;
  if (!png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr))
    throw std::runtime_error("cannot write " + path + ": " + image.message);
}

}  // namespace images
