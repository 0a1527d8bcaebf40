// Failing reads, writes and flushes: the program's own pread, pwrite, fsync and ftruncate stand before the C library's
// and fail at the n-th call. Every failure is an IoError that names the file and the system's reason; no file is left
// behind.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>

#include "support.hpp"

namespace {

std::atomic<long> calls_until_failure{-1};  // of the kind that fails; negative: none fails
std::atomic<int> failure{0};                // the error number; 0: half of what was asked, -1: nothing (end of file)
std::atomic<bool> fail_reads{false}, fail_writes{false}, fail_flushes{false};
std::atomic<long> calls{0};

bool fails_now(const std::atomic<bool>& kind) {
  if (!kind) return false;
  calls++;
  return calls_until_failure >= 0 && calls_until_failure-- == 0;
}

template <class F>
F real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t pread(int fd, void* to, size_t n, off_t at) {
  static const auto next = real<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  if (fails_now(fail_reads)) {
    if (failure == 0) return next(fd, to, (n + 1) / 2, at);
    if (failure == -1) return 0;
    errno = failure;
    return -1;
  }
  return next(fd, to, n, at);
}

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void* from, size_t n, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (fails_now(fail_writes)) {
    if (failure == 0) return next(fd, from, (n + 1) / 2, at);
    if (failure == -1) return 0;
    errno = failure;
    return -1;
  }
  return next(fd, from, n, at);
}

__attribute__((visibility("default"))) int ftruncate(int fd, off_t n) {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  if (fails_now(fail_writes) && failure > 0) {
    errno = failure;
    return -1;
  }
  return next(fd, n);
}

__attribute__((visibility("default"))) int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  if (fails_now(fail_flushes) && failure > 0) {
    errno = failure;
    return -1;
  }
  return next(fd);
}

}  // extern "C"

namespace tessera::testing {
namespace {

using ::testing::IsEmpty;

/// While it lives, the n-th call of its kind fails.
class Failing {
 public:
  Failing(std::atomic<bool>& kind, long n, int error) : kind_(kind) {
    failure = error;
    calls_until_failure = n;
    calls = 0;
    kind_ = true;
  }
  ~Failing() { kind_ = false; }

 private:
  std::atomic<bool>& kind_;
};

// "y.h5" plain chunks, "z.h5" compressed ones, "y.npy".
void write_and_commit(const std::string& path) {
  const DatasetSpec spec{.path = "/y",
                         .shape = {64, 100},
                         .chunk = path.ends_with(".npy") ? Dims{} : Dims{16, 30},
                         .attributes = {{"units", std::string("K")}},
                         .dimensions = {"a", "b"},
                         .compress = path.ends_with("z.h5") ? "gzip:4" : ""};
  std::vector<double> values(6400, 1.5);
  NewTarget made(path, {spec}, {.file_attributes = {{"title", std::string("a file")}}});
  auto writers = open_writers(made.layout());
  (*writers)[0].write({{0, 0}, {64, 100}}, reinterpret_cast<const std::byte*>(values.data()), {800, 8});
  complete(made, {writers.get()});
}

long count_calls(std::atomic<bool>& kind, const std::function<void()>& work) {
  const Failing none(kind, -1, 0);
  work();
  return calls;
}

class Faults : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, Faults, ::testing::Values("y.h5", "z.h5", "y.npy"));

TEST_P(Faults, EveryWriteThatFails) {
  const Folder counted;
  const long writes = count_calls(fail_writes, [&] { write_and_commit(counted / GetParam()); });
  ASSERT_GT(writes, 1);
  for (const auto& [error, text] :
       {std::pair(ENOSPC, "No space left on device"), std::pair(EIO, "Input/output error"), std::pair(-1, "error")})
    for (long n = 0; n < writes; n++) {
      SCOPED_TRACE(std::string(text) + " at call " + std::to_string(n));
      const Folder folder;
      const Failing failing(fail_writes, n, error);
      if (error == -1) {  // a write of no bytes; ftruncate knows none
        try {
          write_and_commit(folder / GetParam());
        } catch (const IoError&) {
          EXPECT_THAT(folder.names(), IsEmpty());
        }
        continue;
      }
      expect_parts(error_of<IoError>([&] { write_and_commit(folder / GetParam()); }), {folder / GetParam(), text});
      EXPECT_THAT(folder.names(), IsEmpty());
    }
}

TEST_P(Faults, ShortAndInterruptedCallsGoOn) {
  for (const int kind : {0, EINTR}) {
    const Folder folder;
    const Folder counted;
    const long writes = count_calls(fail_writes, [&] { write_and_commit(counted / GetParam()); });
    for (long n = 0; n < writes; n++) {
      const std::string path = folder / std::to_string(n) + GetParam();
      {
        const Failing failing(fail_writes, n, kind);
        write_and_commit(path);
      }
      const auto bytes = read_all(*open_store_alone(path));
      EXPECT_TRUE(bytes == read_all(*open_store_alone(counted / GetParam())));
      const long reads = count_calls(fail_reads, [&] { read_all(*open_store_alone(path)); });
      for (long r = 0; n == 0 && r < reads; r++) {
        const Failing failing(fail_reads, r, kind);
        EXPECT_TRUE(bytes == read_all(*open_store_alone(path)));
      }
    }
  }
}

TEST_P(Faults, EveryReadThatFails) {
  const Folder folder;
  const std::string path = folder / GetParam();
  write_and_commit(path);
  const long reads = count_calls(fail_reads, [&] { read_all(*open_store_alone(path)); });
  ASSERT_GT(reads, 1);
  for (long n = 0; n < reads; n++) {
    SCOPED_TRACE("read " + std::to_string(n));
    {
      const Failing failing(fail_reads, n, EIO);
      expect_parts(error_of<IoError>([&] { read_all(*open_store_alone(path)); }), {path, "Input/output error"});
    }
    const Failing failing(fail_reads, n, -1);
    expect_parts(error_of<IoError>([&] { read_all(*open_store_alone(path)); }), {path, "truncated"});
  }
}

TEST_P(Faults, EveryReadWhileWriting) {
  const Folder counted;
  const long reads = count_calls(fail_reads, [&] { write_and_commit(counted / GetParam()); });
  if (std::string(GetParam()) != "y.npy") {
    ASSERT_GT(reads, 1);
  }
  for (long n = 0; n < reads; n++) {
    SCOPED_TRACE("read " + std::to_string(n));
    const Folder folder;
    const Failing failing(fail_reads, n, EIO);
    expect_parts(error_of<IoError>([&] { write_and_commit(folder / GetParam()); }),
                 {folder / GetParam(), "Input/output error"});
    EXPECT_THAT(folder.names(), IsEmpty());
  }
}

// What is added to a file that can't be written leaves the file as it was.
TEST(Appended, EveryWriteThatFails) {
  const Folder folder;
  const std::string path = folder / "z.h5";
  write_and_commit(path);
  const std::string before = contents(path);
  const auto append = [&] {
    const DatasetSpec spec{.path = "/more", .shape = {64}, .chunk = {16}, .dimensions = {"a"}, .compress = "gzip:4"};
    const std::vector<double> values(64, 2);
    NewTarget made(path, {spec}, {.append = true, .history = "more"});
    auto writers = open_writers(made.layout());
    (*writers)[0].write({{0}, {64}}, reinterpret_cast<const std::byte*>(values.data()), {8});
    complete(made, {writers.get()});
  };
  for (long n = 0;; n++) {
    SCOPED_TRACE("write " + std::to_string(n));
    bool failed = true;
    {
      const Failing failing(fail_writes, n, ENOSPC);
      try {
        append();
        failed = false;
      } catch (const IoError& e) {
        EXPECT_NE(std::string(e.what()).find("No space left on device"), std::string::npos) << e.what();
      }
    }
    EXPECT_EQ(folder.names(), std::vector<std::string>{"z.h5"});
    if (!failed) {
      EXPECT_GT(n, 5);
      break;
    }
    ASSERT_TRUE(contents(path) == before);
  }
  EXPECT_EQ(open_store_alone(path + ":/more")->info().shape, Shape{64});
  EXPECT_EQ(open_store_alone(path + ":/y")->info().shape, (Shape{64, 100}));
}

TEST_P(Faults, EveryFlushThatFails) {
  const Folder counted;
  const long flushes = count_calls(fail_flushes, [&] { write_and_commit(counted / GetParam()); });
  ASSERT_EQ(flushes, 3);  // the writer's, the file's before the rename, the folder's after it
  for (long n = 0; n < 2; n++) {
    const Folder folder;
    const Failing failing(fail_flushes, n, EIO);
    expect_parts(error_of<IoError>([&] { write_and_commit(folder / GetParam()); }),
                 {folder / GetParam(), "Input/output error"});
    EXPECT_THAT(folder.names(), IsEmpty());
  }
  const Folder folder;
  const Failing failing(fail_flushes, 2, EIO);
  expect_parts(error_of<IoError>([&] { write_and_commit(folder / GetParam()); }),
               {folder.path(), "Input/output error"});
}

}  // namespace
}  // namespace tessera::testing
