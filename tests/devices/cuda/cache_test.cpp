// Kernels that are kept on the disk: found again, made once by many processes, and made anew whatever stands in their place.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <tessera/core/cuda/kernel_cache.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

class KernelCacheTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string get(const std::string& key, const std::string& kernel) {
    return cuda::KernelCache((folder_ / "kernels").string()).get(key, [&] { return made_++, kernel; });
  }
  static std::string machine_code() {
    std::string bytes(70000, 'x');
    for (std::size_t at = 0; at < bytes.size(); at += 3) bytes[at] = static_cast<char>(at % 251);
    return bytes;
  }
  /// The kernels that are there.
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.is_regular_file() && entry.path().filename() != "lock") all.push_back(entry.path());
    return all;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("tessera_kernels_" + std::to_string(getpid()));
  const std::string kernel_ = machine_code();
  int made_ = 0;
};

TEST_F(KernelCacheTest, FindsWhatWasMade) {
  EXPECT_EQ(get("a", kernel_), kernel_);
  EXPECT_EQ(get("b", "other"), "other");
  EXPECT_EQ(get("a", "never made"), kernel_);
  EXPECT_EQ(get("b", "never made"), "other");
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(KernelCacheTest, IsNotMisledByWhatStandsThere) {
  get("a", kernel_);
  const fs::path file = files().at(0);
  std::string whole(fs::file_size(file), '\0');
  std::ifstream(file, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(whole.size()));
  std::vector<std::string> damaged{"",
                                   "x",
                                   whole.substr(0, 20),
                                   whole.substr(0, whole.size() / 2),
                                   whole.substr(0, whole.size() - 1),
                                   whole + "x",
                                   std::string(whole.size(), '\0')};
  for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{30}, std::size_t{45}, whole.size() - 1}) {
    damaged.push_back(whole);
    damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 4);
  }
  for (const auto& bytes : damaged) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    made_ = 0;
    EXPECT_EQ(get("a", kernel_), kernel_);
    EXPECT_EQ(made_, 1);
    EXPECT_EQ(get("a", kernel_), kernel_);  // what was there has been replaced
    EXPECT_EQ(made_, 1);
  }
  // The kernel of another key under this name.
  get("b", "other");
  for (const auto& other : files())
    if (other != file) fs::copy_file(other, file, fs::copy_options::overwrite_existing);
  EXPECT_EQ(get("a", kernel_), kernel_);
}

TEST_F(KernelCacheTest, MakesThemWhereNothingCanBeKept) {
  std::ofstream(folder_ / "kernels") << "a file, where a folder should be";
  for (int k = 0; k < 2; k++) EXPECT_EQ(get("a", kernel_), kernel_);
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(cuda::KernelCache("").get("a", [&] { return kernel_; }), kernel_);
  EXPECT_EQ(cuda::KernelCache("/proc/nowhere").get("a", [&] { return kernel_; }), kernel_);
}

// As on a full disk: writes fail half way.
TEST_F(KernelCacheTest, LeavesNothingHalfWritten) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{30000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &little);
  const std::string made = get("a", kernel_);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(made, kernel_);
  EXPECT_TRUE(files().empty()) << files().at(0);
  EXPECT_EQ(get("a", kernel_), kernel_);
  EXPECT_EQ(get("a", kernel_), kernel_);
  EXPECT_EQ(made_, 2);
}

TEST_F(KernelCacheTest, PassesOnWhatStopsTheMaking) {
  const cuda::KernelCache cache((folder_ / "kernels").string());
  EXPECT_THROW(cache.get("a", []() -> std::string { throw InternalError("refused"); }), InternalError);
  EXPECT_EQ(get("a", kernel_), kernel_);
}

TEST_F(KernelCacheTest, OneOfManyProcessesMakesIt) {
  const fs::path log = folder_ / "log";
  std::vector<pid_t> children;
  for (int k = 0; k < 8; k++) {
    const pid_t child = fork();
    if (child == 0) {
      const cuda::KernelCache cache((folder_ / "kernels").string());
      bool right = true;
      for (int key = 0; key < 5; key++)
        right = right && cache.get("key " + std::to_string(key), [&] {
          std::ofstream(log, std::ios::app) << "made\n";
          usleep(30000);
          return kernel_ + std::to_string(key);
        }) == kernel_ + std::to_string(key);
      _exit(right ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(fs::file_size(log), 5 * std::string("made\n").size());
}

TEST(KernelCacheFolders, FollowTheEnvironment) {
  const fs::path folder = fs::temp_directory_path() / ("tessera_cache_" + std::to_string(getpid()));
  const auto keeps_in = [&](const fs::path& expected) {
    cuda::KernelCache::of_environment().get("a", [] { return std::string("kernel"); });
    const bool there = fs::exists(expected);
    fs::remove_all(folder);
    return there;
  };
  setenv("HOME", folder.c_str(), 1);
  unsetenv("XDG_CACHE_HOME");
  unsetenv("TESSERA_CACHE");
  EXPECT_TRUE(keeps_in(folder / ".cache/tessera"));
  setenv("XDG_CACHE_HOME", (folder / "xdg").c_str(), 1);
  EXPECT_TRUE(keeps_in(folder / "xdg/tessera"));
  setenv("TESSERA_CACHE", (folder / "chosen").c_str(), 1);
  EXPECT_TRUE(keeps_in(folder / "chosen"));
  setenv("TESSERA_CACHE", "none", 1);
  EXPECT_FALSE(keeps_in(folder));
}

}  // namespace
}  // namespace tessera::testing
