#include <tessera/core/errors.hpp>

namespace tessera {

void throw_error(ErrorKind kind, const std::string& message) {
  switch (kind) {
    case ErrorKind::value:
      throw ValueError(message);
    case ErrorKind::shape:
      throw ShapeError(message);
    case ErrorKind::dtype:
      throw DTypeError(message);
    case ErrorKind::index:
      throw IndexError(message);
    case ErrorKind::usage:
      throw UsageError(message);
    case ErrorKind::io:
      throw IoError(message);
    case ErrorKind::memory_budget:
      throw MemoryBudgetError(message);
    case ErrorKind::comm:
      throw CommError(message);
    case ErrorKind::mismatch:
      throw MismatchError(message);
    case ErrorKind::interrupted:
      throw InterruptedError(message);
    case ErrorKind::internal:
      break;
  }
  throw InternalError(message);
}

int exit_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::io:
      return 3;
    case ErrorKind::memory_budget:
      return 4;
    case ErrorKind::comm:
    case ErrorKind::mismatch:
    case ErrorKind::internal:
      return 5;
    case ErrorKind::interrupted:
      return 6;
    default:
      return 2;
  }
}

}  // namespace tessera
