#include "mailboxes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <set>

namespace simulated {
namespace {

/// Names that this process has made up.
struct Names {
  std::set<std::string> all;
  ~Names() {
    for (const auto& name : all) shm_unlink(name.c_str());
  }
};
Names& names() {
  static Names made;
  return made;
}

}  // namespace

std::string Mailboxes::new_name() {
  static std::atomic<int> made{0};
  return *names().all.insert("/tessera_nccl_" + std::to_string(getpid()) + "_" + std::to_string(made++)).first;
}

// Fresh memory is zeros, which is how all of it begins.
Mailboxes::Mailboxes(const std::string& name, int ranks) : name_(name), ranks_(ranks) {
  const int file = shm_open(name.c_str(), O_CREAT | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) throw std::bad_alloc();
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  shared_ = static_cast<Shared*>(memory);
  if (++shared_->arrived == ranks) shm_unlink(name.c_str());
}

Mailboxes::~Mailboxes() { munmap(shared_, sizeof(Shared)); }

bool Transfer::go_on() {
  Mailbox& box = *box_;
  while (done_ < bytes_ && !mismatch_) {
    if ((box.put == box.taken) != sends_) return false;
    const std::size_t n = std::min(part_bytes, bytes_ - done_);
    if (sends_) {
      std::memcpy(box.data, data_ + done_, n);
      box.message_bytes = bytes_;
      last_ = ++box.put;
    } else {
      mismatch_ = box.message_bytes != bytes_;
      std::memcpy(data_ + done_, box.data, n);
      ++box.taken;
    }
    done_ += n;
  }
  return mismatch_ || !sends_ || box.taken >= last_;
}

}  // namespace simulated
