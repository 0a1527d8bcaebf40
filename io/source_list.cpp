// What a glob or a list stands for.
#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <tessera/core/errors.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits at the start of `text`, which are cut off it.
std::string_view take_number(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, end - text.begin());
  text.remove_prefix(digits.size());
  return digits;
}

/// As people count: "run_9" before "run_10". Numbers of any length; "007" and "7" are then told apart as texts.
bool in_natural_order(const std::string& left, const std::string& right) {
  std::string_view a = left, b = right;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      std::string_view m = take_number(a), n = take_number(b);
      m.remove_prefix(std::min(m.find_first_not_of('0'), m.size()));
      n.remove_prefix(std::min(n.find_first_not_of('0'), n.size()));
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
    } else {
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.empty() != b.empty() ? a.empty() : left < right;
}

std::string trimmed(const std::string& s) {
  const auto from = s.find_first_not_of(" \t\r");
  return from == std::string::npos ? std::string() : s.substr(from, s.find_last_not_of(" \t\r") - from + 1);
}

// A # within a name is none.
std::string without_comment(const std::string& line) {
  for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1))
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  return line;
}

std::vector<std::string> listed(const SourceName& list) {
  std::ifstream in(list.file);
  if (!in || std::filesystem::is_directory(list.file)) throw IoError(fmt::format("@{}: can't be read", list.file));
  std::vector<std::string> sources;
  for (std::string line; std::getline(in, line);) {
    const std::string source = trimmed(without_comment(line));
    if (source.empty()) continue;
    const bool bare = list.dataset.empty() || !parse_source(source).dataset.empty();
    sources.push_back(bare ? source : source + ":" + list.dataset);
  }
  if (in.bad()) throw IoError(fmt::format("@{}: can't be read", list.file));
  if (sources.empty()) throw UsageError(fmt::format("@{}: names no file", list.file));
  return sources;
}

std::vector<std::string> matched(const SourceName& pattern) {
  glob_t found{};
  const int error = ::glob(pattern.file.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> files;
  if (error == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (error == GLOB_NOMATCH || (error == 0 && files.empty()))
    throw IoError(fmt::format("{}: no file matches", pattern.file));
  if (error != 0) throw IoError(fmt::format("{}: a folder can't be read", pattern.file));
  std::sort(files.begin(), files.end(), in_natural_order);
  if (!pattern.dataset.empty())
    for (auto& file : files) file += ":" + pattern.dataset;
  return files;
}

}  // namespace

bool names_many(const std::string& source) {
  if (source.starts_with('@')) return true;
  const SourceName name = parse_source(source);
  std::error_code ignored;
  return name.file.find_first_of("*?[") != std::string::npos && !std::filesystem::exists(name.file, ignored);
}

std::vector<std::string> expand_source(const std::string& source) {
  if (!names_many(source)) return {source};
  return source.starts_with('@') ? listed(parse_source(source.substr(1))) : matched(parse_source(source));
}

}  // namespace tessera
