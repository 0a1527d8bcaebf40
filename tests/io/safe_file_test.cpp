// Files under temporary names: one run writes a target at a time, only what it wrote itself gets the name, nothing that
// was planted is followed, and nobody may do more with the new file than with the old one.
#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include <tessera/io/safe_file.hpp>
#include <tessera/io/text_file.hpp>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;
namespace fs = std::filesystem;
using io::Existing;
using io::SafeFile;

void put(const SafeFile& file, const std::string& text) {
  file.file()->write(0, reinterpret_cast<const std::byte*>(text.data()), static_cast<std::int64_t>(text.size()));
}

void write_file(const std::string& path, Existing existing, const std::string& text) {
  SafeFile file(path, existing, {});
  put(file, text);
  file.commit();
}

struct stat status_of(const std::string& path) {
  struct stat s {};
  EXPECT_EQ(::lstat(path.c_str(), &s), 0) << path;
  return s;
}

class Umask {
 public:
  explicit Umask(mode_t m) : old_(::umask(m)) {}
  ~Umask() { ::umask(old_); }

 private:
  mode_t old_;
};

TEST(SafeFile, ASecondWriterIsRefusedAtItsStart) {
  const Folder folder;
  for (const Existing existing : {Existing::refused, Existing::replaced, Existing::added_to}) {
    {
      SafeFile first(folder / "y", existing, {});
      put(first, "first");
      for (const Existing also : {Existing::refused, Existing::replaced, Existing::added_to}) {
        if (existing != Existing::refused && also == Existing::refused) continue;  // the file is there
        expect_parts(error_of<IoError>([&] { SafeFile(folder / "y", also, {}); }), {folder / "y", "another run"});
      }
      EXPECT_EQ(contents(folder / ".y.tessera-part").substr(0, 5), "first");
      first.commit();
    }
    EXPECT_EQ(contents(folder / "y"), "first");
    EXPECT_THAT(folder.names(), ElementsAre("y"));
  }
}

TEST(SafeFile, OtherNamesOfOneFileAreOneTarget) {
  const Folder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink("real", folder / "folder");
  fs::create_symlink("real/y", folder / "link");
  const SafeFile first(folder / "real/y", Existing::replaced, {});
  for (const char* name : {"folder/y", "link", "real/../folder/./y"})
    expect_parts(error_of<IoError>([&] { SafeFile(folder / name, Existing::replaced, {}); }), {"another run"});
}

TEST(SafeFile, WhatAKilledRunLeftIsReplaced) {
  const Folder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const SafeFile file(folder / "y", Existing::refused, {});
    put(file, "half of");
    static_cast<void>(::write(ready[1], "x", 1) == 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_parts(error_of<IoError>([&] { SafeFile(folder / "y", Existing::refused, {}); }), {"another run"});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part"));
  write_file(folder / "y", Existing::refused, "all of it");
  EXPECT_EQ(contents(folder / "y"), "all of it");
  EXPECT_THAT(folder.names(), ElementsAre("y"));
  ::close(ready[0]), ::close(ready[1]);
}

// Many processes at once: those that are let in write the whole file and no other.
TEST(SafeFile, ManyRunsAtOnce) {
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
        SafeFile file(folder / "y", Existing::replaced, {});
        put(file, std::string(static_cast<std::size_t>(100000 + k), static_cast<char>('a' + k)));
        file.commit();
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
    ASSERT_FALSE(written.empty());  // one after another is fine, too
    const std::string text = contents(folder / "y");
    const int last = text[0] - 'a';
    EXPECT_THAT(written, ::testing::Contains(last));
    EXPECT_TRUE(text == std::string(static_cast<std::size_t>(100000 + last), text[0]));
    EXPECT_THAT(folder.names(), ElementsAre("y"));
  }
}

TEST(SafeFile, OnlyItsOwnFileGetsTheName) {
  const Folder folder;
  SafeFile file(folder / "y", Existing::refused, {});
  put(file, "ours");
  put_contents(folder / "other", "another one's");
  fs::rename(folder / "other", folder / ".y.tessera-part");
  expect_parts(error_of<IoError>([&] { file.commit(); }), {"y", "another run replaced"});
  io::TemporaryName name = file.name();
  expect_parts(error_of<IoError>([&] { io::open_temporary(name, "writing"); }), {"writing", "another run replaced"});
  // A number that was used again.
  name.mark.inode = status_of(folder / ".y.tessera-part").st_ino;
  if (name.mark.born_ns != 0) {
    expect_parts(error_of<IoError>([&] { io::open_temporary(name, "writing"); }), {"another run replaced"});
  }
  EXPECT_THAT(folder.names(), ElementsAre(".y.tessera-part"));
  EXPECT_EQ(contents(folder / ".y.tessera-part"), "another one's");
}

TEST(SafeFile, NothingPlantedIsFollowed) {
  const Folder folder;
  put_contents(folder / "victim", "precious");
  const auto with = [&](const std::function<void(const std::string&)>& plant) {
    plant(folder / ".y.tessera-part");
    write_file(folder / "y", Existing::replaced, "ours");
    EXPECT_EQ(contents(folder / "victim"), "precious");
    EXPECT_EQ(contents(folder / "y"), "ours");
    EXPECT_FALSE(fs::is_symlink(folder / "y"));
    plant(folder / ".y.json.tessera-part");
    TextFile text(folder / "y.json");
    text.append("{}");
    text.commit();
    EXPECT_EQ(contents(folder / "victim"), "precious");
    EXPECT_EQ(contents(folder / "y.json"), "{}");
  };
  with([&](const std::string& name) { fs::create_symlink("victim", name); });
  with([&](const std::string& name) { fs::create_symlink("nowhere", name); });
  with([&](const std::string& name) { fs::create_hard_link(folder / "victim", name); });
  with([&](const std::string& name) { ASSERT_EQ(::mkfifo(name.c_str(), 0666), 0); });
  EXPECT_THAT(folder.names(), ElementsAre("victim", "y", "y.json"));
  // One that leads there while it is written.
  SafeFile file(folder / "y", Existing::replaced, {});
  fs::remove(folder / ".y.tessera-part");
  fs::create_symlink("victim", folder / ".y.tessera-part");
  EXPECT_THROW(io::open_temporary(file.name(), "writing"), IoError);
  EXPECT_THROW(file.commit(), IoError);
  EXPECT_EQ(contents(folder / "victim"), "precious");
  // An input is none of a run's leftovers.
  put_contents(folder / ".z.tessera-part", "somebody's data");
  EXPECT_THROW(SafeFile(folder / "z", Existing::refused, {folder / ".z.tessera-part"}), UsageError);
  EXPECT_EQ(contents(folder / ".z.tessera-part"), "somebody's data");
}

TEST(SafeFile, WhoMayReadIt) {
  const Folder folder;
  const std::string y = folder / "y";
  for (const mode_t mask : {022u, 077u, 027u}) {
    const Umask umask(mask);
    write_file(y, Existing::refused, "new");
    EXPECT_EQ(status_of(y).st_mode & 07777, 0666u & ~mask);
    fs::remove(y);
  }
  const Umask umask(022);
  for (const Existing existing : {Existing::replaced, Existing::added_to})
    for (const mode_t mode : {0600u, 0640u, 0444u, 0666u, 0755u, 04755u, 02775u, 06711u, 01777u}) {
      put_contents(y, "old");
      ASSERT_EQ(::chmod(y.c_str(), mode), 0);
      {
        SafeFile file(y, existing, {});
        EXPECT_EQ(status_of(folder / ".y.tessera-part").st_mode & 07777, 0600u) << "for others before it is complete";
        put(file, "new");
        file.commit();
      }
      EXPECT_EQ(status_of(y).st_mode & 07777, mode & 0777u) << std::oct << mode;
      EXPECT_EQ(contents(y), "new");
    }
}

TEST(SafeFile, WhoOwnsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only the superuser gives files away";
  const Folder folder;
  const std::string y = folder / "y";
  for (const Existing existing : {Existing::replaced, Existing::added_to}) {
    put_contents(y, "old");
    ASSERT_EQ(::chown(y.c_str(), 12345, 23456), 0);
    ASSERT_EQ(::chmod(y.c_str(), 04755), 0);
    write_file(y, existing, "new");
    const struct stat s = status_of(y);
    EXPECT_EQ(s.st_uid, 12345u);
    EXPECT_EQ(s.st_gid, 23456u);
    EXPECT_EQ(s.st_mode & 07777, 0755u);
  }
}

// A user who may not give the file away: the group's rights are not another group's.
TEST(SafeFile, WhoMayReadItWhenTheGroupIsAnother) {
  if (::geteuid() != 0) GTEST_SKIP() << "only the superuser becomes somebody else";
  const Folder folder;
  const std::string y = folder / "y";
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  put_contents(y, "old");
  ASSERT_EQ(::chown(y.c_str(), 12345, 23456), 0);
  ASSERT_EQ(::chmod(y.c_str(), 0664), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    bool good = ::setgid(34567) == 0 && ::setuid(34567) == 0;
    try {
      write_file(y, Existing::replaced, "new");
    } catch (...) {
      good = false;
    }
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  const struct stat s = status_of(y);
  EXPECT_EQ(s.st_uid, 34567u);
  EXPECT_EQ(s.st_mode & 07777, 0644u);
}

// A folder's default access list is for new files; one that replaces a private file stays private.
TEST(SafeFile, AccessLists) {
  const Folder folder;
  struct Entry {
    std::uint16_t tag, may;
    std::uint32_t id;
  };
  constexpr std::uint32_t nobody = ~std::uint32_t{0};
  // The owner, user 12345, the group, the mask, others; as <linux/posix_acl.h> numbers them.
  const Entry entries[] = {{1, 6, nobody}, {2, 6, 12345}, {4, 4, nobody}, {0x10, 6, nobody}, {0x20, 4, nobody}};
  std::string bytes("\2\0\0\0", 4);
  bytes.append(reinterpret_cast<const char*>(entries), sizeof entries);
  if (::setxattr(folder.path().c_str(), "system.posix_acl_default", bytes.data(), bytes.size(), 0) != 0)
    GTEST_SKIP() << "no access lists here";
  const auto has_list = [](const std::string& path) {
    return ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
  };
  const std::string y = folder / "y";
  write_file(y, Existing::refused, "new");
  EXPECT_TRUE(has_list(y));
  write_file(y, Existing::replaced, "again");
  EXPECT_TRUE(has_list(y));
  EXPECT_EQ(status_of(y).st_mode & 0777, 0664u);
  ASSERT_EQ(::removexattr(y.c_str(), "system.posix_acl_access"), 0);
  ASSERT_EQ(::chmod(y.c_str(), 0640), 0);
  write_file(y, Existing::replaced, "private");
  EXPECT_FALSE(has_list(y));
  EXPECT_EQ(status_of(y).st_mode & 0777, 0640u);
}

// In a program that does not ignore SIGXFSZ, which would end it.
TEST(SafeFile, TheLimitOfFileSizesIsAnError) {
  const Folder folder;
  const auto child_says = [&](const std::function<void(const SafeFile&)>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      const rlimit limit{4096, 4096};
      bool refused = false;
      try {
        const SafeFile file(folder / "y", Existing::refused, {});
        if (::setrlimit(RLIMIT_FSIZE, &limit) == 0) work(file);
      } catch (const IoError& e) {
        refused = std::string(e.what()).find("File too large") != std::string::npos;
      }
      ::_exit(refused ? 3 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  };
  EXPECT_EQ(child_says([](const SafeFile& file) { put(file, std::string(4096, 'x')); }), 0);
  EXPECT_EQ(child_says([](const SafeFile& file) { put(file, std::string(4097, 'x')); }), 3);
  EXPECT_EQ(child_says([](const SafeFile& file) { file.file()->resize(5000); }), 3);
  EXPECT_EQ(child_says([](const SafeFile& file) { file.file()->reserve(5000); }), 3);
}

TEST(SafeFile, AnInterruptRemovesWhatIsUnfinishedAndNothingElse) {
  const Folder folder;
  write_file(folder / "done", Existing::refused, "done");
  {
    const SafeFile a(folder / "a", Existing::refused, {}), b(folder / "b", Existing::refused, {});
    fs::remove(folder / ".b.tessera-part");
    put_contents(folder / ".b.tessera-part", "another run's");
    remove_unfinished_files();
    EXPECT_THAT(folder.names(), ElementsAre(".b.tessera-part", "done"));
  }
  EXPECT_THAT(folder.names(), ElementsAre(".b.tessera-part", "done"));
}

}  // namespace
}  // namespace tessera::testing
