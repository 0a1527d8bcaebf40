#include <tessera/core/printable.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

namespace tessera {
namespace {

struct Letter {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

Letter first_letter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < n) return {};
  std::uint32_t code = first & (0x7fu >> n);
  for (std::size_t i = 1; i < n; i++) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, n};
}

bool is_harmful(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  if (c < 0x600) return c == 0xad;                                     // a hyphen that is not shown
  if (c == 0x61c || c == 0x180e) return true;                          // Arabic letter mark, Mongolian vowel separator
  if (c == 0x200b || c == 0x200e || c == 0x200f) return true;          // without width; directions
  if (c >= 0x2028 && c <= 0x202e) return true;                         // line ends; directions
  if (c >= 0x2060 && c <= 0x206f) return true;                         // without width; directions
  return c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || c >= 0xe0000;  // marks, hidden tags, private planes
}

void append_escape(std::string& to, std::uint32_t code, const char* format) {
  std::array<char, 12> escape{};
  std::snprintf(escape.data(), escape.size(), format, code);
  to += escape.data();
}

template <class Keeps>
std::string escaped(std::string_view text, Keeps&& keeps) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = first_letter(text.substr(at));
    const std::uint32_t code = letter.bytes ? letter.code : static_cast<unsigned char>(text[at]);
    const std::size_t bytes = letter.bytes ? letter.bytes : 1;
    if ((letter.bytes && !is_harmful(code)) || keeps(at))
      shown.append(text.substr(at, bytes));
    else if (code == '\n' || code == '\t' || code == '\r')
      shown += code == '\n' ? "\\n" : code == '\t' ? "\\t" : "\\r";
    else
      append_escape(shown, code, !letter.bytes || code < 0x80 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x");
    at += bytes;
  }
  return shown;
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, [](std::size_t) { return false; });
}

std::string printable_lines(std::string_view text) {
  return escaped(text, [&](std::size_t at) { return text[at] == '\n'; });
}

std::string printable_message(std::string_view text) {
  return escaped(text, [&](std::size_t at) { return text[at] == '\n' && text.substr(at + 1, 2) == "  "; });
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view quoted = " !\"#$&'()*;<>?[\\]^`{|}~";
  const bool plain = !text.empty() && text.find_first_of(quoted) == std::string_view::npos;
  const bool shows = printable(text) == text;
  if (plain && shows) return std::string(text);
  std::string word;
  for (const char c : text) {
    if (c == '\'')
      word += shows ? "'\\''" : "\\'";
    else if (c == '\\' && !shows)
      word += "\\\\";
    else
      word += c;
  }
  return shows ? "'" + word + "'" : "$'" + printable(word) + "'";
}

}  // namespace tessera
