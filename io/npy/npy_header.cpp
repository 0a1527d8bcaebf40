#include <tessera/io/npy/npy_header.hpp>

#include <fmt/format.h>

#include <bit>
#include <optional>

#include <tessera/core/errors.hpp>
#include <tessera/io/npy/npy_dtype.hpp>

namespace tessera::io {
namespace {

// A cursor over the dict literal.
class Literal {
 public:
  Literal(const std::string& name, std::string_view text) : name_(name), text_(text) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(fmt::format("{}: damaged npy header: {} (at character {})", name_, what, at_));
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      at_++;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("'{}' expected", c));
  }
  bool next_is(char c) {
    skip_blanks();
    return at_ < text_.size() && text_[at_] == c;
  }
  std::string string() {
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail("a string expected");
    const char quote = text_[at_++];
    const auto end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a string without its end");
    std::string s(text_.substr(at_, end - at_));
    if (s.find('\\') != std::string::npos) fail("a backslash in a string");
    at_ = end + 1;
    return s;
  }
  bool boolean() {
    skip_blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail("True or False expected");
  }
  std::int64_t integer() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '-') fail("a negative extent");
    const std::size_t from = at_;
    std::int64_t v = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; at_++)
      if (__builtin_mul_overflow(v, std::int64_t{10}, &v) || __builtin_add_overflow(v, text_[at_] - '0', &v))
        fail("an extent beyond 2^63 - 1");
    if (at_ == from) fail("an integer expected");
    if (at_ < text_.size() && text_[at_] == 'L') at_++;  // Python 2 wrote longs so
    return v;
  }
  Shape shape() {
    expect('(');
    Shape s;
    int rank = 0;
    while (!accept(')')) {
      const std::int64_t extent = integer();
      if (s.size() < max_rank) s.push_back(extent);
      rank++;
      if (accept(',')) continue;
      if (rank == 1) fail("(n) is no tuple, (n,) is");
      expect(')');
      break;
    }
    if (rank > max_rank) throw UsageError(fmt::format("{}: {} dimensions; at most {} are read", name_, rank, max_rank));
    return s;
  }
  void end() {
    skip_blanks();
    if (at_ != text_.size()) fail("something behind the dict");
  }

 private:
  const std::string& name_;
  std::string_view text_;
  std::size_t at_ = 0;
};

std::int64_t byte_at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

}  // namespace

std::int64_t npy_header_bytes(const std::string& name, std::string_view start) {
  const auto truncated = [&] {
    throw IoError(fmt::format("{}: file is truncated: it ends inside the npy header", name));
  };
  if (start.substr(0, npy_magic.size()) != npy_magic.substr(0, start.size()))
    throw IoError(fmt::format("{}: not an npy file", name));
  if (start.size() < 10) truncated();
  const std::int64_t major = byte_at(start, 6), minor = byte_at(start, 7);
  if (major < 1 || major > 3 || minor != 0)
    throw IoError(fmt::format("{}: npy version {}.{} is not known (1.0, 2.0 and 3.0 are)", name, major, minor));
  if (major == 1) return 10 + byte_at(start, 8) + 256 * byte_at(start, 9);
  if (start.size() < 12) truncated();
  const std::int64_t length =
      byte_at(start, 8) + (byte_at(start, 9) << 8) + (byte_at(start, 10) << 16) + (byte_at(start, 11) << 24);
  if (length > (1 << 20)) throw IoError(fmt::format("{}: damaged npy header: {} bytes long", name, length));
  return 12 + length;
}

NpyHeader parse_npy_header(const std::string& name, std::string_view header) {
  NpyHeader h;
  h.data_offset = static_cast<std::int64_t>(header.size());
  const std::size_t text_at = header[6] == 1 ? 10 : 12;
  Literal in(name, header.substr(text_at));
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
  in.expect('{');
  while (!in.accept('}')) {
    const std::string key = in.string();
    in.expect(':');
    const auto once = [&](const auto& field) {
      if (field) in.fail(fmt::format("'{}' twice", key));
    };
    if (key == "descr") {
      once(descr);
      if (in.next_is('['))
        throw UsageError(fmt::format("{}: structured dtypes are not read; save each field as an array", name));
      descr = in.string();
    } else if (key == "fortran_order") {
      once(fortran_order);
      fortran_order = in.boolean();
    } else if (key == "shape") {
      once(shape);
      shape = in.shape();
    } else {
      in.fail(fmt::format("unknown key '{}'", key));
    }
    if (!in.accept(',')) {
      in.expect('}');
      break;
    }
  }
  in.end();
  if (!descr) in.fail("'descr' is missing");
  if (!fortran_order) in.fail("'fortran_order' is missing");
  if (!shape) in.fail("'shape' is missing");
  h.encoding = parse_descr(name, *descr);
  h.fortran_order = *fortran_order;
  h.shape = *shape;
  return h;
}

namespace {

// NumPy leaves room for so many digits of the length that may grow (numpy/lib/format.py, since 1.23).
constexpr std::size_t most_digits = 21;

std::string dict_of(const Shape& shape, DType dtype, bool fortran) {
  const char* order = item_size(dtype) == 1 ? "|" : is_little_endian ? "<" : ">";
  const Kind kind = kind_of(dtype);
  const char letter = kind == Kind::boolean      ? 'b'
                      : kind == Kind::real       ? 'f'
                      : kind == Kind::complex    ? 'c'
                      : is_signed_integer(dtype) ? 'i'
                                                 : 'u';
  return fmt::format("{{'descr': '{}{}{}', 'fortran_order': {}, 'shape': {}, }}", order, letter, item_size(dtype),
                     fortran ? "True" : "False", to_string(shape));
}

}  // namespace

std::string make_npy_header(const Shape& shape, DType dtype) {
  std::string text = dict_of(shape, dtype, false);
  if (!shape.empty()) text.append(most_digits - std::to_string(shape[0]).size(), ' ');
  text.append(64 - (10 + text.size() + 1) % 64, ' ');
  text += '\n';
  std::string header(npy_magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

std::optional<std::string> grown_npy_header(const std::string& header, const NpyHeader& h, std::int64_t length) {
  Shape shape = h.shape;
  if (shape.empty() || h.encoding.half || h.encoding.swapped) return std::nullopt;
  shape[h.fortran_order ? shape.size() - 1 : 0] = length;
  const std::size_t text_at = header[6] == 1 ? 10 : 12;
  std::string text = dict_of(shape, h.encoding.dtype, h.fortran_order);
  if (text_at + text.size() + 1 > header.size()) return std::nullopt;
  text.append(header.size() - text_at - text.size() - 1, ' ');
  return header.substr(0, text_at) + text + '\n';
}

}  // namespace tessera::io
