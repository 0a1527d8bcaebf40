#pragma once
// Text from files and file names, as it may be shown on a terminal: what would move the cursor, hide text or start a
// command of the terminal is written as an escape. Letters of any language stay.
#include <string>
#include <string_view>

#include <tessera/core/export.hpp>

namespace tessera {

/// One line. "a\x1b[2J\n" -> "a\x1b[2J\n" with the escape character written as backslash, x, 1, b. Escaped are control
/// characters (C0, DEL, C1), line ends (also U+2028 and U+2029), marks that change the direction of text, and bytes
/// that are not UTF-8.
TESSERA_API std::string printable(std::string_view text);
/// The same of a text of several lines: '\n' stays.
TESSERA_API std::string printable_lines(std::string_view text);
/// The same of a message: '\n' stays where an indented line follows, as under a caret; elsewhere it is escaped, so that
/// no name can look like a message of its own.
TESSERA_API std::string printable_message(std::string_view text);
/// Text as one word of a shell (bash, zsh): as it is, 'in quotes', or $'with\x1bescapes' where it is not printable.
TESSERA_API std::string shell_word(std::string_view text);

}  // namespace tessera
