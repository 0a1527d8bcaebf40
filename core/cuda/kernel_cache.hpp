#pragma once
// Compiled kernels on the disk, for the next process that wants them: one file for each key, in 256 folders by what their names begin with. A
// file holds its whole key and a hash of all that it says, and appears under its name complete, so whatever a crash, a full disk or another
// version has left there is a kernel to be compiled, never a wrong one. Of the processes of a node one compiles; the others wait for it.
//
//   FOLDER/3f/3f52...c1   "tessera kernel 1\n"  hash  bytes of the key  bytes of the kernel  key  kernel
#include <functional>
#include <optional>
#include <string>

namespace tessera::cuda {

class KernelCache {
 public:
  /// folder: made when something is kept; empty: nothing is.
  explicit KernelCache(std::string folder) : folder_(std::move(folder)) {}
  /// TESSERA_CACHE ("none": nothing is kept), else XDG_CACHE_HOME/tessera, else HOME/.cache/tessera.
  static KernelCache of_environment();

  /// What `make` gave for this key, now or in another process. Where nothing can be read or kept, it is made.
  /// throws what `make` throws.
  std::string get(const std::string& key, const std::function<std::string()>& make) const;

 private:
  std::optional<std::string> find(const std::string& file, const std::string& key) const;
  void keep(const std::string& file, const std::string& key, const std::string& kernel) const;

  std::string folder_;
};

}  // namespace tessera::cuda
