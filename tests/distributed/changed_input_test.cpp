// Files that are read must stay as they were: an evaluation that has read from one that changed fails on all ranks,
// also when its results are kept in memory, and the error names the file.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ChangedInput : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{64} << 20, .threads = 2}};
  SharedFolder folder{session.communicator()};

  void SetUp() override {
    for (const char* name : {"x.h5", "p.h5", "x.npy", "a_0.npy", "a_1.npy"}) make(name);
  }
  std::string file(const std::string& name) const { return folder.file(name); }
  template <class F>
  void on_first(F&& f) {
    session.communicator().barrier();
    if (session.rank() == 0) f();
    session.communicator().barrier();
  }
  /// Of 2000 ones.
  void make(const std::string& name) {
    Sink sink = write(full({40, 50}, 1.0), file(name) + (name.ends_with(".h5") ? ":/x" : ""));
    if (name[0] == 'p') sink.compress = "gzip:1";
    session.compute({sink}, {.force = true});
  }
  // The clock of files is a coarse one.
  static void pass_time() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }
  void overwrite(const std::string& name) {
    pass_time();
    on_first([&] {
      std::fstream f(file(name), std::ios::in | std::ios::out | std::ios::binary);
      f.seekp(static_cast<std::streamoff>(fs::file_size(file(name)) / 2));
      f << "other bytes";
    });
  }
  template <class F>
  void expect_changed(const std::string& name, F&& f) {
    try {
      f();
      ADD_FAILURE() << name << ": nothing was noticed";
    } catch (const IoError& e) {
      EXPECT_THAT(e.what(), AllOf(HasSubstr(name), HasSubstr("changed since it was opened")));
    }
    session.communicator().barrier();
  }
};

TEST_F(ChangedInput, BeforeItIsReadAgain) {
  for (const char* name : {"x.h5", "p.h5", "x.npy"})
    for (const bool kept : {false, true}) {
      make(name);
      const Array x = session.open(file(name));
      EXPECT_EQ(session.item<double>(sum(x)), 2000);
      overwrite(name);
      expect_changed(name, [&] {
        if (kept)
          session.persist(x * 2.0);
        else
          session.compute(sum(x * 2.0));
      });
    }
}

TEST_F(ChangedInput, OneOfManyFiles) {
  const Array x = session.open_many({file("a_0.npy"), file("a_1.npy")}, "0");
  EXPECT_EQ(session.item<double>(sum(x)), 4000);
  overwrite("a_1.npy");
  expect_changed("a_1.npy", [&] { session.compute({write(x + 1.0, file("y.h5:/y"))}); });
  EXPECT_FALSE(fs::exists(file("y.h5")));
  EXPECT_EQ(session.item<double>(sum(session.open(file("a_0.npy")))), 2000);
}

TEST_F(ChangedInput, WhatWasReadBeforeStaysRight) {
  const Array x = session.open(file("x.npy")), kept = session.persist(x);
  overwrite("x.npy");
  EXPECT_EQ(session.item<double>(sum(kept)), 2000);
  expect_changed("x.npy", [&] { session.compute(sum(x)); });
  EXPECT_NO_THROW(session.compute(sum(session.open(file("x.npy")))));
}

// Adding makes a longer copy of the file; what is open of the old one stays as it was.
TEST_F(ChangedInput, TheFileThatIsAddedToMayBeTheSource) {
  const Array x = session.open(file("x.h5:/x"));
  WriteOptions add;
  add.append = true;
  for (const char* name : {"a", "b", "c"}) session.compute({write(x + 1.0, file("x.h5:/") + name)}, add);
  EXPECT_EQ(session.item<double>(sum(x)), 2000);
  EXPECT_EQ(session.item<double>(sum(session.open(file("x.h5:/c")) - x)), 2000);
}

}  // namespace
}  // namespace tessera::testing
