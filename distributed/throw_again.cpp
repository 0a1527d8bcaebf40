#include <tessera/distributed/throw_again.hpp>

#include <array>
#include <exception>
#include <new>
#include <string>

namespace tessera {
namespace {

constexpr int kinds = static_cast<int>(ErrorKind::internal) + 1;

std::exception_ptr wordless_error(ErrorKind kind) {
  try {
    throw_error(kind, "an error, and no memory for its words");
  } catch (...) {
    return std::current_exception();
  }
}

// Made when the program starts: there may be no memory for them later.
const std::array<std::exception_ptr, kinds> wordless = [] {
  std::array<std::exception_ptr, kinds> all;
  for (int k = 0; k < kinds; k++) all[static_cast<std::size_t>(k)] = wordless_error(static_cast<ErrorKind>(k));
  return all;
}();

}  // namespace

void throw_again(ErrorKind kind, std::string_view who, std::string_view words) {
  try {
    std::string message(who);
    if (!who.empty()) message += ": ";
    throw_error(kind, message.append(words));
  } catch (const std::bad_alloc&) {
    std::rethrow_exception(wordless[static_cast<std::size_t>(kind)]);
  }
}

}  // namespace tessera
