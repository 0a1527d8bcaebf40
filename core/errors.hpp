#pragma once
// The typed errors of every room. A message names the operation, the shapes or the file, and what would work.
// Each class carries the exit code that the applications return for it (docs/cli.md).
#include <stdexcept>
#include <string>

#include <tessera/core/export.hpp>

namespace tessera {

/// What kind of failure it is: it crosses ranks as this number and is thrown again as the same type.
enum class ErrorKind : int {
  value = 1,
  shape,
  dtype,
  index,
  usage,
  io,
  memory_budget,
  comm,
  mismatch,
  interrupted,
  internal
};

/// Base of all errors that Tessera throws.
class TESSERA_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

#define TESSERA_ERROR_TYPE(Name, kind_value)                                             \
  class TESSERA_API Name : public Error {                                                \
   public:                                                                               \
    explicit Name(const std::string& message) : Error(ErrorKind::kind_value, message) {} \
  };
TESSERA_ERROR_TYPE(ValueError, value)                 // a value that the operation has no answer for
TESSERA_ERROR_TYPE(ShapeError, shape)                 // shapes that don't fit, an axis out of range
TESSERA_ERROR_TYPE(DTypeError, dtype)                 // a dtype that the operation does not take
TESSERA_ERROR_TYPE(IndexError, index)                 // an index out of range
TESSERA_ERROR_TYPE(UsageError, usage)                 // wrong words: syntax, unknown names, impossible options
TESSERA_ERROR_TYPE(IoError, io)                       // a file that is missing, damaged, full, or not writable
TESSERA_ERROR_TYPE(MemoryBudgetError, memory_budget)  // the budget can't be met; the message has the smallest that can
TESSERA_ERROR_TYPE(CommError, comm)                   // a rank or the network failed
TESSERA_ERROR_TYPE(MismatchError, mismatch)           // ranks evaluate different expressions
TESSERA_ERROR_TYPE(InterruptedError, interrupted)     // stopped by a signal
TESSERA_ERROR_TYPE(InternalError, internal)           // a broken invariant of Tessera: please report
#undef TESSERA_ERROR_TYPE

/// Throws the class that belongs to `kind`: how an error that came from another rank is raised here.
[[noreturn]] TESSERA_API void throw_error(ErrorKind kind, const std::string& message);

/// The exit code of the applications for an error of this kind: 2 bad input, 3 I/O, 4 budget, 5 rank or network, 6
/// interrupted.
TESSERA_API int exit_code(ErrorKind kind) noexcept;

}  // namespace tessera
