#pragma once
// A machine of files and variables, for code that asks the system what it may use.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tessera/distributed/environment.hpp>

namespace tessera::testing {

/// A folder that stands for "/", with the files given.
struct MadeUpMachine {
  std::string root;
  std::map<std::string, std::string> variables;

  explicit MadeUpMachine(const std::map<std::string, std::string>& files) {
    std::string name = ::testing::TempDir() + "machineXXXXXX";
    root = mkdtemp(name.data());
    for (const auto& [path, text] : files) {
      std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
      std::ofstream(root + path) << text;
    }
  }
  ~MadeUpMachine() { std::filesystem::remove_all(root); }
  MadeUpMachine(const MadeUpMachine&) = delete;
  MadeUpMachine& operator=(const MadeUpMachine&) = delete;
  SystemView view() const {
    return {root, [this](const char* variable) -> const char* {
              const auto found = variables.find(variable);
              return found == variables.end() ? nullptr : found->second.c_str();
            }};
  }
};

}  // namespace tessera::testing
