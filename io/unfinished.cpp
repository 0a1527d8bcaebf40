#include <tessera/io/unfinished.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include <tessera/io/files.hpp>
#include <tessera/io/remove_tree.hpp>

namespace tessera {
namespace io {
namespace {

/// Only a `watched` entry is read by a handler, which makes it `removed`, so that nobody fills it again meanwhile.
enum class State { unused, taken, watched, removed };

}  // namespace

struct Unfinished::Entry {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
  std::atomic<State> state{State::taken};
  Entry* next = nullptr;
};

namespace {

std::atomic<Unfinished::Entry*> first{nullptr};  // entries are used again and never freed

Unfinished::Entry* unused_entry() {
  for (auto* e = first.load(); e != nullptr; e = e->next) {
    State state = State::unused;
    if (e->state.compare_exchange_strong(state, State::taken)) return e;
  }
  auto* e = new Unfinished::Entry;
  e->next = first.load();
  while (!first.compare_exchange_weak(e->next, e)) {
  }
  return e;
}

}  // namespace

Unfinished::Unfinished(const std::string& path) {
  std::string copy = path;  // may throw, when no entry is taken yet
  entry_ = unused_entry();
  entry_->path = std::move(copy);
}

void Unfinished::watch(dev_t device, ino_t inode) noexcept {
  entry_->device = device;
  entry_->inode = inode;
  entry_->state = State::watched;
}

void Unfinished::forget() noexcept {
  if (entry_ == nullptr) return;
  State state = State::watched;
  if (!entry_->state.compare_exchange_strong(state, State::unused) && state == State::taken)
    entry_->state = State::unused;
  entry_ = nullptr;
}

}  // namespace io

void remove_unfinished_files() noexcept {
  for (auto* e = io::first.load(); e != nullptr; e = e->next) {
    io::State state = io::State::watched;
    if (!e->state.compare_exchange_strong(state, io::State::removed)) continue;
    struct stat s {};
    if (::lstat(e->path.c_str(), &s) == 0 && s.st_dev == e->device && s.st_ino == e->inode)
      io::remove_tree(AT_FDCWD, e->path.c_str());
  }
}

}  // namespace tessera
