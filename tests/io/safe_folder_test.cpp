// Targets that are folders: as safe_file_test.cpp has it for files.
#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>

#include <tessera/io/remove_tree.hpp>
#include <tessera/io/safe_folder.hpp>

#include "support.hpp"

namespace {

bool has_exchange = true;  // or a file system that can't exchange two names
int renames_until_failure = -1, failing_renames = 0;

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int renameat2(int from_at, const char* from, int to_at, const char* to,
                                                     unsigned flags) noexcept {
  if (has_exchange || (flags & RENAME_EXCHANGE) == 0)
    return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, flags));
  errno = EINVAL;
  return -1;
}

__attribute__((visibility("default"))) int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  if (renames_until_failure >= 0 && renames_until_failure-- <= 0 && failing_renames-- > 0) {
    renames_until_failure = 0;
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, 0));
}

}  // extern "C"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;
using io::Existing;
using io::SafeFolder;
using io::TargetFolder;

bool is_ours(const std::string& path) { return fs::exists(path + "/ours"); }

void put(TargetFolder& folder, const std::string& path, const std::string& text) {
  folder.file(path)->write(0, reinterpret_cast<const std::byte*>(text.data()), static_cast<std::int64_t>(text.size()));
}

SafeFolder make(const std::string& path, Existing existing, const std::vector<std::string>& inputs = {}) {
  return SafeFolder(path, existing, inputs, is_ours, "one of ours");
}

void write_folder(const std::string& path, Existing existing, const std::string& text) {
  SafeFolder made = make(path, existing);
  put(made.files(), "ours", "");
  TargetFolder of_another_rank(made.name());
  put(of_another_rank, "a/b/c", text);
  of_another_rank.sync();
  made.commit();
}

mode_t mode_of(const std::string& path) {
  struct stat s {};
  EXPECT_EQ(::lstat(path.c_str(), &s), 0) << path;
  return s.st_mode & 07777;
}

TEST(SafeFolder, IsThereWhenItIsComplete) {
  const Folder folder;
  {
    SafeFolder made = make(folder / "y", Existing::refused);
    put(made.files(), "ours", "");
    EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
  write_folder(folder / "y", Existing::refused, "one");
  EXPECT_EQ(contents(folder / "y/a/b/c"), "one");
  write_folder(folder / "y", Existing::replaced, "two");
  EXPECT_EQ(contents(folder / "y/a/b/c"), "two");
  EXPECT_THAT(folder.names(), ElementsAre("y"));
  expect_parts(error_of<UsageError>([&] { make(folder / "y", Existing::refused); }), {"y", "exists"});
}

TEST(SafeFolder, NobodyElsesFilesAreReplaced) {
  const Folder folder;
  fs::create_directory(folder / "theirs");
  put_contents(folder / "theirs/x", "precious");
  put_contents(folder / "file", "precious");
  expect_parts(error_of<UsageError>([&] { make(folder / "theirs", Existing::replaced); }), {"not one of ours"});
  expect_parts(error_of<UsageError>([&] { make(folder / "file", Existing::replaced); }), {"no folder"});
  write_folder(folder / "y", Existing::refused, "one");
  expect_parts(error_of<UsageError>([&] { make(folder / "y", Existing::replaced, {folder / "y"}); }), {"is an input"});
  expect_parts(error_of<UsageError>([&] { make(folder / "y", Existing::replaced, {folder / "y/a/b/c"}); }),
               {"an input is in it"});
  {  // one that comes meanwhile
    SafeFolder made = make(folder / "z", Existing::replaced);
    fs::copy(folder / "theirs", folder / "z");
    expect_parts(error_of<UsageError>([&] { made.commit(); }), {"not one of ours"});
  }
  {
    SafeFolder made = make(folder / "w", Existing::refused);
    fs::create_directory(folder / "w");
    EXPECT_THROW(made.commit(), UsageError);
  }
  EXPECT_THAT(folder.names(), ElementsAre("file", "theirs", "w", "y", "z"));
}

TEST(SafeFolder, ASecondWriterIsRefusedAtItsStart) {
  const Folder folder;
  SafeFolder first = make(folder / "y", Existing::replaced);
  put(first.files(), "ours", "first");
  expect_parts(error_of<IoError>([&] { make(folder / "y", Existing::replaced); }), {folder / "y", "another run"});
  first.commit();
  EXPECT_EQ(contents(folder / "y/ours"), "first");
}

TEST(SafeFolder, WhatAKilledRunLeftGoes) {
  const Folder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    SafeFolder made = make(folder / "y", Existing::refused);
    put(made.files(), "half/of/it", "half");
    static_cast<void>(::write(ready[1], "x", 1) == 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_parts(error_of<IoError>([&] { make(folder / "y", Existing::refused); }), {"another run"});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part"));
  write_folder(folder / "y", Existing::refused, "all of it");
  EXPECT_FALSE(fs::exists(folder / "y/half"));
  EXPECT_THAT(folder.names(), ElementsAre("y"));
  ::close(ready[0]), ::close(ready[1]);
}

// Where names can't be exchanged: a run was killed when the old one had no name and the new one had none yet.
TEST(SafeFolder, WhatWasToBeReplacedIsPutBack) {
  const Folder folder;
  write_folder(folder / "y", Existing::refused, "old");
  fs::create_directories(folder / ".y.tessera-part/new");
  put_contents(folder / ".y.tessera-part/new/ours", "new");
  fs::rename(folder / "y", folder / ".y.tessera-part/old");
  expect_parts(error_of<UsageError>([&] { make(folder / "y", Existing::refused); }), {"exists"});
  EXPECT_EQ(contents(folder / "y/a/b/c"), "old");
  write_folder(folder / "y", Existing::replaced, "newer");
  EXPECT_EQ(contents(folder / "y/a/b/c"), "newer");
  EXPECT_THAT(folder.names(), ElementsAre("y"));
}

TEST(SafeFolder, WhereNamesCannotBeExchanged) {
  const Folder folder;
  write_folder(folder / "y", Existing::refused, "old");
  has_exchange = false;
  write_folder(folder / "y", Existing::replaced, "new");
  EXPECT_EQ(contents(folder / "y/a/b/c"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("y"));
  // The old one can't be moved away; the new one can't be moved there; the old one can't be moved back either.
  for (const auto& [first, count] : {std::pair(0, 1), std::pair(1, 1), std::pair(1, 3)}) {
    renames_until_failure = first, failing_renames = count;
    expect_parts(error_of<IoError>([&] { write_folder(folder / "y", Existing::replaced, "newer"); }),
                 {"y", "Input/output error"});
    renames_until_failure = -1;
    if (count == 3) {
      EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part"));
      EXPECT_EQ(contents(folder / ".y.tessera-part/old/a/b/c"), "new");
      expect_parts(error_of<UsageError>([&] { make(folder / "y", Existing::refused); }), {"exists"});
    }
    EXPECT_EQ(contents(folder / "y/a/b/c"), "new");
    EXPECT_THAT(folder.names(), ElementsAre("y"));
  }
  has_exchange = true;
}

// Many processes at once: those that are let in write the whole folder and no other.
TEST(SafeFolder, ManyRunsAtOnce) {
  const Folder folder;
  for (int round = 0; round < 20; round++) {
    std::vector<pid_t> children;
    int go[2];
    ASSERT_EQ(::pipe(go), 0);
    for (int k = 0; k < 4; k++) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ::close(go[1]);
      char byte = 0;
      static_cast<void>(::read(go[0], &byte, 1));  // until all are there
      try {
        write_folder(folder / "y", Existing::replaced, std::string(1000, static_cast<char>('a' + k)));
        ::_exit(k);
      } catch (const IoError&) {
        ::_exit(100);
      } catch (...) {
        ::_exit(101);
      }
    }
    ::close(go[0]), ::close(go[1]);
    std::vector<int> written;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 101);
      if (WEXITSTATUS(status) != 100) written.push_back(WEXITSTATUS(status));
    }
    ASSERT_FALSE(written.empty());
    const std::string text = contents(folder / "y/a/b/c");
    EXPECT_THAT(written, ::testing::Contains(text.at(0) - 'a'));
    EXPECT_TRUE(text == std::string(1000, text[0]));
    EXPECT_THAT(folder.names(), ElementsAre("y"));
  }
}

TEST(SafeFolder, OnlyItsOwnFolderGetsTheName) {
  const Folder folder;
  {
    SafeFolder made = make(folder / "y", Existing::refused);
    const io::TemporaryName name = made.name();
    fs::rename(folder / ".y.tessera-part", folder / "aside");
    fs::create_directories(folder / ".y.tessera-part/new");
    expect_parts(error_of<IoError>([&] { made.commit(); }), {"another run replaced"});
    expect_parts(error_of<IoError>([&] { TargetFolder other(name); }), {"another run replaced"});
  }
  EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part", "aside"));
}

TEST(SafeFolder, NothingPlantedIsFollowed) {
  const Folder folder;
  fs::create_directory(folder / "victim");
  put_contents(folder / "victim/x", "precious");
  const auto with = [&](const std::function<void()>& plant) {
    plant();
    write_folder(folder / "y", Existing::replaced, "ours");
    EXPECT_EQ(contents(folder / "victim/x"), "precious");
    EXPECT_FALSE(fs::is_symlink(folder / "y"));
  };
  with([&] { fs::create_directory_symlink("victim", folder / ".y.tessera-part"); });
  with([&] {
    fs::create_directory(folder / ".y.tessera-part");
    fs::create_directory_symlink("../victim", folder / ".y.tessera-part/new");
    fs::create_directory_symlink("../victim", folder / ".y.tessera-part/old");
  });
  EXPECT_THAT(folder.names(), ElementsAre("victim", "y"));
}

TEST(SafeFolder, WhoMayReadIt) {
  const Folder folder;
  for (const mode_t mode : {0700u, 0750u, 0755u, 02775u}) {
    fs::remove_all(folder / "y");
    write_folder(folder / "y", Existing::refused, "old");
    ASSERT_EQ(::chmod((folder / "y").c_str(), mode), 0);
    SafeFolder made = make(folder / "y", Existing::replaced);
    EXPECT_EQ(mode_of(folder / ".y.tessera-part"), 0700u) << "for others before it is complete";
    put(made.files(), "ours", "new");
    made.commit();
    EXPECT_EQ(mode_of(folder / "y"), mode & 0777u) << std::oct << mode;
  }
}

TEST(SafeFolder, AnInterruptRemovesWhatIsUnfinishedAndNothingElse) {
  const Folder folder;
  write_folder(folder / "done", Existing::refused, "done");
  {
    SafeFolder made = make(folder / "a", Existing::refused);
    for (int i = 0; i < 300; i++) put(made.files(), "deep/er/" + std::string(100, 'x') + std::to_string(i), "part");
    remove_unfinished_files();
    EXPECT_THAT(folder.names(), ElementsAre("done"));
    EXPECT_THROW(put(made.files(), "late", "part"), IoError);
    EXPECT_THROW(made.commit(), IoError);
  }
  EXPECT_THAT(folder.names(), ElementsAre("done"));
}

TEST(RemoveTree, LeavesWhatLinksLeadTo) {
  const Folder folder;
  fs::create_directories(folder / "t/a/b");
  fs::create_directory(folder / "kept");
  put_contents(folder / "kept/x", "precious");
  fs::create_directory_symlink("../../kept", folder / "t/a/link");
  put_contents(folder / "t/a/b/x", "x");
  EXPECT_TRUE(io::remove_tree(AT_FDCWD, (folder / "t").c_str()));
  EXPECT_TRUE(io::remove_tree(AT_FDCWD, (folder / "nothing").c_str()));
  EXPECT_THAT(folder.names(), ElementsAre("kept"));
  EXPECT_EQ(contents(folder / "kept/x"), "precious");
}

}  // namespace
}  // namespace tessera::testing
