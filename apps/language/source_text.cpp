#include "source_text.hpp"

#include <algorithm>

namespace tessera::language {
namespace {
constexpr std::size_t widest_line = 100;

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t code_points(std::string_view s) {
  return s.size() - static_cast<std::size_t>(std::count_if(s.begin(), s.end(), continues_code_point));
}
}  // namespace

std::string SourceText::marked(Place place) const {
  const std::string_view all = text_;
  place = std::min(place, all.size());
  const std::size_t before = place == 0 ? std::string_view::npos : all.rfind('\n', place - 1);
  std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  std::size_t end = std::min(all.find('\n', place), all.size());
  std::string lead;
  if (all.find('\n') != std::string_view::npos)
    lead = "line " +
           std::to_string(1 + std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(place), '\n')) + ": ";
  std::string tail;
  if (end - begin > widest_line) {
    if (place - begin > widest_line / 2) {
      begin = place - widest_line / 2;
      while (begin < place && continues_code_point(all[begin])) begin++;
      lead += "...";
    }
    if (end - begin > widest_line) {
      end = begin + widest_line;
      while (end > place && continues_code_point(all[end])) end--;
      tail = "...";
    }
  }
  std::string line(all.substr(begin, end - begin));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  const std::size_t column = lead.size() + code_points(printable(std::string_view(line).substr(0, place - begin)));
  return "  " + lead + printable(line) + tail + "\n  " + std::string(column, ' ') + "^";
}

void SourceText::fail(Place place, const std::string& message, ErrorKind kind) const {
  throw_error(kind, message + "\n" + marked(place));
}

}  // namespace tessera::language
