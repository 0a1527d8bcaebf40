#pragma once
// A folder that all ranks of a test see, under one name that no other run has; gone when the test ends.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <tessera/distributed/communicator.hpp>

#include "file_contents.hpp"

namespace tessera::testing {

class SharedFolder {
 public:
  /// Collective. Keeps a reference to `comm`.
  explicit SharedFolder(Communicator& comm) : comm_(comm) {
    if (comm.rank() == 0) {
      path_ = (std::filesystem::temp_directory_path() / "tessera-XXXXXX").string();
      if (!mkdtemp(path_.data())) path_.clear();
    }
    comm.broadcast(path_, 0);
    if (path_.empty()) throw std::runtime_error("no folder for the test's files");
  }
  /// Collective: all ranks have finished with it.
  ~SharedFolder() {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.rank() == 0) std::filesystem::remove_all(path_, ignored);
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Of a file, now.
  std::string bytes(const std::string& name) const { return contents_of(file(name)); }
  /// Of what lies in it, in order. Collective: seen when all ranks have come here, before any goes on.
  std::vector<std::string> names() const {
    comm_.barrier();
    std::vector<std::string> all;
    for (const auto& e : std::filesystem::directory_iterator(path_)) all.push_back(e.path().filename().string());
    std::sort(all.begin(), all.end());
    comm_.barrier();
    return all;
  }

 private:
  Communicator& comm_;
  std::string path_;
};

}  // namespace tessera::testing
