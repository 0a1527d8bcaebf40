#pragma once
// What has gone wrong on this rank and is not known to the others yet. Between two collective calls a rank must not
// leave alone: the others would wait for it. So whatever may throw there (an allocation is enough) runs under `guard`,
// and the next `agree` takes the failure to all ranks, who throw it together:
//
//   Failure failure;
//   failure.guard([&] { message.resize(n); });
//   agree(comm, failure);
//
// Keeping a failure allocates nothing: when the memory is gone, there is none to say so.
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include <tessera/core/errors.hpp>
#include <tessera/core/user_code.hpp>

namespace tessera {

class Failure {
 public:
  /// Runs f, of which only the first failure is kept. Any thread.
  template <class F>
  void guard(F&& f) noexcept {
    try {
      std::forward<F>(f)();
    } catch (const Error& e) {
      keep(&e);
    } catch (const std::bad_alloc&) {
      keep_out_of_memory();
    } catch (const UserException& e) {
      keep_foreign(e.kind(), e.what(), e.original());
    } catch (const std::exception& e) {
      keep_foreign(ErrorKind::internal, e.what());
    } catch (...) {
      keep_foreign(ErrorKind::internal, "an exception of unknown type");
    }
  }
  /// The same, and nothing at all once something has failed: for steps that need the ones before.
  template <class F>
  void then(F&& f) noexcept {
    if (!any()) guard(std::forward<F>(f));
  }
  /// Something failed, here or (after `stop`) on another rank. Cheap.
  bool any() const noexcept { return failed_.load(std::memory_order_relaxed); }
  /// Another rank failed: no error of this one, but no reason to go on.
  void stop() noexcept { failed_.store(true, std::memory_order_relaxed); }
  /// Null when nothing failed here. Lives as long as the Failure.
  const Error* error() const noexcept;
  /// Throws what the program's own code threw, if that was the first failure here; else returns.
  void rethrow_users() const;

 private:
  void keep(const Error* error) noexcept;  // inside a handler: the exception in flight is kept alive
  void keep_out_of_memory() noexcept;
  void keep_foreign(ErrorKind kind, const char* what, const std::exception_ptr& users = nullptr) noexcept;

  mutable std::mutex mutex_;
  const Error* error_ = nullptr;
  std::exception_ptr owner_, users_;
  std::optional<Error> foreign_;
  std::atomic<bool> failed_{false};
};

}  // namespace tessera
