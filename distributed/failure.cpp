#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/together.hpp>

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

void Failure::keep_foreign(ErrorKind kind, const char* what, const std::exception_ptr& users) noexcept {
  std::lock_guard lock(mutex_);
  if (error_ == nullptr) {
    error_ = &indescribable;
    users_ = users;
    try {
      error_ = &foreign_.emplace(kind, what);
    } catch (...) {  // no memory
    }
  }
  stop();
}

void Failure::rethrow_users() const {
  std::exception_ptr users;
  {
    std::lock_guard lock(mutex_);
    users = users_;
  }
  if (users) std::rethrow_exception(users);
}

void agree(Communicator& comm, const Failure& failure, std::span<std::int64_t> values) {
  try {
    comm.agree(failure.error(), values);
  } catch (const Error&) {
    failure.rethrow_users();
    throw;
  }
}

}  // namespace tessera
