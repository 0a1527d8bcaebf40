#pragma once
// What people and programs read: results on stdout, all else on stderr. Neither ends a run when it is full, closed, or
// a pipe that nobody reads any more: what stderr does not take is lost, and what stdout does not take is said at the
// end, by finish_output.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

namespace tessera::command {

/// To be called first in main: a closed standard stream gets a descriptor that takes nothing, so that no file of ours
/// gets its number; a pipe without readers and the limit of file sizes become errors of write.
void prepare_streams();

/// Never throws for the stream's sake.
void write_text(std::FILE* to, std::string_view text) noexcept;

/// To stdout.
template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  write_text(stdout, fmt::format(format, std::forward<T>(values)...));
}
/// To stderr.
template <class... T>
void note(fmt::format_string<T...> format, T&&... values) {
  write_text(stderr, fmt::format(format, std::forward<T>(values)...));
}

/// So that they come before what stderr says next.
void flush_results() noexcept;
/// Once, after all results. returns: 0, or the exit code after a message when stdout did not take them.
int finish_output();

}  // namespace tessera::command
