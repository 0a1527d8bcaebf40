#include "array_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "float_format.hpp"

namespace tessera::printing {
namespace {

constexpr std::size_t line_width = 75;

template <class T>
std::vector<T> elements_of(std::span<const std::byte> bytes) {
  std::vector<T> v(bytes.size() / sizeof(T));
  if (!v.empty()) std::memcpy(v.data(), bytes.data(), v.size() * sizeof(T));
  return v;
}

template <class T>
std::vector<std::string> float_cells(const std::vector<T>& values) {
  const FloatFormat format(std::vector<double>(values.begin(), values.end()), sizeof(T) == 4);
  std::vector<std::string> cells;
  for (const T v : values) cells.push_back(format(v));
  return cells;
}

template <class T>
std::vector<std::string> complex_cells(const std::vector<std::complex<T>>& values) {
  std::vector<double> real, imaginary;
  for (const auto& v : values) real.push_back(v.real()), imaginary.push_back(v.imag());
  const FloatFormat real_format(real, sizeof(T) == 4), imaginary_format(imaginary, sizeof(T) == 4, true);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < values.size(); i++) {
    std::string text = imaginary_format(imaginary[i]);
    text.insert(text.find_last_not_of(' ') + 1, "j");
    cells.push_back(real_format(real[i]) + text);
  }
  return cells;
}

template <class T>
std::vector<std::string> integer_cells(const std::vector<T>& values) {
  std::vector<std::string> cells;
  std::size_t width = 0;
  for (const T v : values) {
    cells.push_back(std::to_string(v));
    width = std::max(width, cells.back().size());
  }
  for (auto& cell : cells) cell.insert(0, width - cell.size(), ' ');
  return cells;
}

std::vector<std::string> cells_of(DType type, std::span<const std::byte> bytes) {
  return visit_dtype(type, [&]<class T>(T) -> std::vector<std::string> {
    if constexpr (std::is_same_v<T, bool>) {
      std::vector<std::string> cells;
      for (const std::byte b : bytes) cells.push_back(b != std::byte{0} ? " True" : "False");
      return cells;
    } else if constexpr (std::is_integral_v<T>) {
      return integer_cells(elements_of<T>(bytes));
    } else if constexpr (std::is_floating_point_v<T>) {
      return float_cells(elements_of<T>(bytes));
    } else {
      return complex_cells(elements_of<T>(bytes));
    }
  });
}

/// numpy's _formatArray: `at` walks the cells in order, so indices are implicit.
class Layout {
 public:
  Layout(const Shape& shape, std::vector<std::string> cells)
      : shape_(shape), abbreviated_(is_abbreviated(shape)), cells_(std::move(cells)) {}
  std::string run() { return axis(0, " ", line_width); }

 private:
  std::string axis(int k, const std::string& indent, std::size_t width) {
    const bool summary = abbreviated_ && shape_[k] > 2 * edge;
    const std::int64_t count = summary ? 2 * edge : shape_[k];
    const bool row = k + 1 == shape_.size();
    std::string text, line = indent;
    const auto word = [&](const std::string& w) {
      if (line.size() + w.size() > width - 1 && line.size() > indent.size()) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        line = indent;
      }
      line += w;
    };
    const std::string newlines = row ? "" : std::string(static_cast<std::size_t>(shape_.size() - k - 1), '\n');
    for (std::int64_t i = 0; i < count; i++) {
      const bool last = i + 1 == count;
      if (row) {
        if (summary && i == edge) word("..."), line += " ";
        word(cells_[at_++]);
        if (!last) line += " ";
      } else {
        if (summary && i == edge) text += indent + "..." + newlines;
        text += indent + axis(k + 1, indent + " ", width - 1);
        if (!last) text += newlines;
      }
    }
    if (row) text += line;
    return "[" + text.substr(indent.size()) + "]";
  }

  Shape shape_;
  bool abbreviated_;
  std::vector<std::string> cells_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_abbreviated(const Shape& shape) { return num_elements(shape) > most_printed; }

Shape corner_shape(const Shape& shape) {
  if (!is_abbreviated(shape)) return shape;
  Shape corners = shape;
  for (std::int64_t& n : corners) n = std::min(n, 2 * edge);
  return corners;
}

std::string array_text(const Shape& shape, DType type, std::span<const std::byte> elements) {
  if (num_elements(shape) == 0) return "[]";
  if (shape.empty()) return element_text(type, elements.data());
  return Layout(shape, cells_of(type, elements)).run();
}

std::string element_text(DType type, const std::byte* element) {
  return visit_dtype(type, [&]<class T>(T v) -> std::string {
    std::memcpy(&v, element, sizeof(T));
    if constexpr (std::is_same_v<T, bool>) {
      return v ? "True" : "False";
    } else if constexpr (std::is_integral_v<T>) {
      return std::to_string(v);
    } else if constexpr (std::is_floating_point_v<T>) {
      return float_text(v, sizeof(T) == 4);
    } else {
      const bool single = sizeof(v.real()) == 4;
      const std::string imaginary = float_text(v.imag(), single, true) + "j";
      if (v.real() == 0 && !std::signbit(v.real())) return imaginary;
      const bool has_sign = imaginary[0] == '-' || imaginary[0] == '+';
      return "(" + float_text(v.real(), single, true) + (has_sign ? "" : "+") + imaginary + ")";
    }
  });
}

}  // namespace tessera::printing
