#pragma once
// A kernel's text as a shared object of the host, and its blocks.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "block.hpp"

namespace simulated {

/// g++ on `text`, which its words (simt.hpp) and entries for its kernels are put around. returns: the image, or nothing, and what the
/// compiler says in `log`. Objects are kept by the hash of what makes them, in TESSERA_SIMULATED_KERNELS.
std::string compile(const std::string& text, std::string& log);

/// Leaves a text that the product compiles in the folder TESSERA_KERNEL_TEXTS, where one is named (drawn_texts_test.cpp reads them).
void keep_text(const std::string& text);

class Module {
 public:
  /// Loads what `compile` gave; null when it is something else.
  static std::unique_ptr<Module> load(const void* image);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  struct Function {
    Block::Kernel thread = nullptr;
    simt::Context* context = nullptr;
    void (*poison_shared)() = nullptr;
    std::vector<unsigned> argument_sizes;
  };
  /// null: the module has none of that name.
  const Function* function(const std::string& name);

 private:
  explicit Module(void* handle) : handle_(handle) {}
  void* handle_;
  std::vector<std::pair<std::string, std::unique_ptr<Function>>> functions_;
};

/// Blocks of a grid, and threads of each.
struct Launch {
  simt::Index blocks, threads;
  std::vector<unsigned> only{};  ///< numbers of the blocks that are run, counted along x first; none: all
  bool is_possible() const;
  /// Drawn, of those that are run.
  std::vector<unsigned> order(std::minstd_rand& random) const;
};

/// Blocks and threads in an order that is drawn: a kernel whose result depends on it has a race.
/// returns: what went wrong ("touches memory that it may not", "waits at a barrier ..."), or nothing.
std::string run(const Module::Function& function, const Launch& launch, void* const* arguments,
                std::minstd_rand& random);

}  // namespace simulated
