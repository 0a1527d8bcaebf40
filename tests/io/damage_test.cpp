// HDF5 files with flipped bits: an error, or elements; never a crash, a hang or a huge allocation. The damaged files
// are read in child processes, whose end tells.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

#include "support.hpp"

namespace tessera::testing {
namespace {

struct Progress {
  volatile long at, read, refused, other;
};

// Reads variants first, first + step, ... of the damage, noting how far it came.
void read_damaged(const std::string& bytes, const std::string& path, const std::vector<std::string>& datasets,
                  long first, long last, long step, Progress& p) {
  for (long i = first; i < last; i += step) {
    p.at = i;
    alarm(20);
    std::string damaged = bytes;
    const auto byte = static_cast<std::size_t>(i / 8);
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1 << i % 8);
    put_contents(path, damaged);
    for (const auto& d : datasets) {
      try {
        const auto store = open_store_alone(path + ":" + d);
        if (num_elements(store->info().shape) <= 1 << 20) read_all(*store);
        p.read = p.read + 1;
      } catch (const Error& e) {
        if (e.kind() == ErrorKind::io || e.kind() == ErrorKind::usage)
          p.refused = p.refused + 1;
        else
          p.other = p.other + 1;
      } catch (const std::bad_alloc&) {
        p.other = p.other + 1;
      }
    }
  }
}

void survive(const std::string& name, const std::vector<std::string>& datasets, long step) {
  const std::string bytes = contents(made() / name);
  const long last = static_cast<long>(bytes.size()) * 8;
  auto& p =
      *new (mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Progress{};
  const Folder folder;
  int crashes = 0;
  for (long first = 0; first < last;) {
    const pid_t child = fork();
    if (child == 0) {
#ifndef __SANITIZE_ADDRESS__
      const rlimit memory{std::uint64_t{4} << 30, std::uint64_t{4} << 30};
      setrlimit(RLIMIT_AS, &memory);
#endif
      read_damaged(bytes, folder / "x.h5", datasets, first, last, step, p);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    if (++crashes <= 5)
      ADD_FAILURE() << name << ": flipping bit " << p.at % 8 << " of byte " << p.at / 8 << " ends the process with "
                    << (WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "an exit");
    first = p.at + step;
  }
  EXPECT_EQ(crashes, 0);
  EXPECT_EQ(p.other, 0);
  EXPECT_GT(p.refused, 0);
  EXPECT_GT(p.read, 0);
  ::testing::Test::RecordProperty("read", static_cast<int>(p.read));
  ::testing::Test::RecordProperty("refused", static_cast<int>(p.refused));
}

TEST(Damage, OldFormat) { survive("one.h5", {"/deep/down/x"}, 7); }
TEST(Damage, NewFormatWithFilters) { survive("masks.h5", {"/mask"}, 7); }
TEST(Damage, Attributes) { survive("named.h5", {"/t2m"}, 11); }
TEST(Damage, UserBlockAndChunks) { survive("userblock.h5", {"/gzip", "/chunks", "/lookup"}, 20011); }

}  // namespace
}  // namespace tessera::testing
