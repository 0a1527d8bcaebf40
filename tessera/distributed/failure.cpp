#include <tessera/distributed/failure.hpp>

namespace tessera {
namespace {
// Made when the program starts: there may be no memory for them later.
const MemoryBudgetError out_of_memory("the system has no memory left");
const InternalError indescribable("an exception, and no memory to say which");
}  // namespace

const Error* Failure::error() const noexcept {
  std::lock_guard lock(mutex_);
  return error_;
}

void Failure::keep(const Error* error) noexcept {
  std::lock_guard lock(mutex_);
  if (error_ == nullptr) {
    error_ = error;
    owner_ = std::current_exception();
  }
  stop();
}

void Failure::keep_out_of_memory() noexcept {
  std::lock_guard lock(mutex_);
  if (error_ == nullptr) error_ = &out_of_memory;
  stop();
}

void Failure::keep_foreign(const char* what) noexcept {
  std::lock_guard lock(mutex_);
  if (error_ == nullptr) {
    error_ = &indescribable;
    try {
      error_ = &foreign_.emplace(ErrorKind::internal, what);
    } catch (...) {  // no memory
    }
  }
  stop();
}

}  // namespace tessera
