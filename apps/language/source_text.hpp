#pragma once
// SourceText: statements as the user wrote them, and how an error shows a place in them:
//
//   unknown function 'sqtr'; did you mean 'sqrt'?
//     y = mean(sqtr(x))
//              ^
// Columns are counted in code points, so the caret stands right under text that is not ASCII.
#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/tessera.hpp>

namespace tessera::language {

/// A byte offset into the text; its size means "at the end".
using Place = std::size_t;

class SourceText {
 public:
  explicit SourceText(std::string text) : text_(std::move(text)) {}
  std::string_view text() const { return text_; }
  /// The line of `place` and a caret under it, each indented by two; "line 3: " before it when there are several lines.
  /// A long line is cut to what stands around the place.
  std::string marked(Place place) const;
  /// Throws the error class of `kind`: the message, then the marked line.
  [[noreturn]] void fail(Place place, const std::string& message, ErrorKind kind = ErrorKind::usage) const;

 private:
  std::string text_;
};

}  // namespace tessera::language
