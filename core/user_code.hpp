#pragma once
// The program's own code, called by ours: a callback, a function of a reduction. What it throws is the program's: the
// rank that it happened on throws the same exception again at the next agreement, type and all, and the other ranks
// throw a CommError that says whose it is.
#include <exception>
#include <string>
#include <utility>

#include <tessera/core/errors.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// Carries an exception of the program's own to the agreement.
class TESSERA_API UserException : public std::exception {
 public:
  UserException(std::exception_ptr original, ErrorKind kind, std::string text)
      : original_(std::move(original)), kind_(kind), text_(std::move(text)) {}
  const std::exception_ptr& original() const noexcept { return original_; }
  /// What the other ranks throw.
  ErrorKind kind() const noexcept { return kind_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::exception_ptr original_;
  ErrorKind kind_;
  std::string text_;
};

/// Inside a handler. Throws the exception in flight as it is where it is one of Tessera's (errors.hpp) or says that
/// there is no memory, else a UserException of it.
[[noreturn]] TESSERA_API void throw_user_exception();

/// Calls the program's own f.
template <class F>
decltype(auto) run_user_code(F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (...) {
    throw_user_exception();
  }
}

}  // namespace tessera
