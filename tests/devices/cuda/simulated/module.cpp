#include "module.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <regex>

namespace simulated {
namespace {

constexpr char magic[8] = {'S', 'I', 'M', 'U', 'B', 'I', 'N', '1'};

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string folder() {
  const char* named = std::getenv("TESSERA_SIMULATED_KERNELS");
  const std::string place = named ? named : "/tmp/tessera-simulated-kernels-" + std::to_string(getuid());
  mkdir(place.c_str(), 0700);
  return place;
}

std::string hash_of(const std::string& text) {
  char name[32];
  std::snprintf(name, sizeof name, "%016zx", std::hash<std::string>{}(text));
  return name;
}

/// As compile_file: whole or not at all.
void put(const std::string& file, const std::string& text) {
  const std::string mine = file + "." + std::to_string(getpid());
  std::ofstream(mine) << text;
  std::rename(mine.c_str(), file.c_str());
}

/// g++ on `from`, which gives `to`, whole or not at all. Any number of processes may want the same one: each compiles under a name of its
/// own, and renames.
bool compile_file(const std::string& options, const std::string& from, const std::string& to, std::string& log) {
  const std::string mine = to + "." + std::to_string(getpid());
  const std::string command = "g++ " + options + " '" + from + "' -o '" + mine + "' 2>'" + mine + ".log'";
  const bool compiled = std::system(command.c_str()) == 0 && std::rename(mine.c_str(), to.c_str()) == 0;  // NOLINT
  if (!compiled) log = contents(mine + ".log");
  for (const std::string& left : {mine, mine + ".log"}) std::remove(left.c_str());
  return compiled;
}

/// The words of the language, which g++ would read for longer than most kernels: compiled once. returns: what to include.
std::string prelude(const std::string& options) {
  const std::string words = contents(SIMT_PRELUDE), context = contents(SIMT_CONTEXT);
  const std::string place = folder() + "/prelude." + hash_of(options + words + context), header = place + "/simt.hpp";
  if (access((header + ".gch").c_str(), R_OK) == 0) return header;
  mkdir(place.c_str(), 0700);
  put(place + "/simt_context.hpp", context);
  put(header, words);
  std::string log;
  return compile_file(options + " -x c++-header", header, header + ".gch", log) ? header : SIMT_PRELUDE;
}

// Kernels are what the text exports. Shared memory whose size a launch says is one piece for all arrays of that kind.
std::string with_entries(const std::string& cuda) {
  static const std::regex kernel(R"(extern "C" __global__ void (?:__launch_bounds__\(\d+\) )?(\w+)\()");
  static const std::regex shared(R"(extern __shared__ (.+?) (\w+)\[\];)");
  const std::string text = std::regex_replace(cuda, shared, "$1* const $2 = reinterpret_cast<$1*>(simt::shared);");
  std::string source;
  if (text != cuda)
    source =
        "namespace simt { alignas(16) __attribute__((section(\"simt_shared\"))) static char shared[most_shared]; }\n";
  source += "#line 1 \"tessera.cu\"\n" + text + "\n";
  for (std::sregex_iterator it(text.begin(), text.end(), kernel), end; it != end; ++it)
    source += "SIMT_ENTRY(" + (*it)[1].str() + ")\n";
  return source;
}

void on_fault(int signal, siginfo_t*, void*) {
  if (!Block::give_up("a kernel touches memory that it may not, or not so aligned"))
    ::signal(signal, SIG_DFL);  // not a kernel's: it comes again, and ends the process
}

}  // namespace

std::string compile(const std::string& text, std::string& log) {
  const std::string options =
      "-std=c++20 -nostdinc++ -nostdlib -Og -fPIC -ffp-contract=off -fno-math-errno -fvisibility=hidden -w";
  const std::string source = with_entries(text);
  const std::string object =
      folder() + "/" + hash_of(source + '\0' + options + contents(SIMT_PRELUDE) + contents(SIMT_CONTEXT)) + ".so";
  if (access(object.c_str(), R_OK) != 0) {
    const std::string file = object + "." + std::to_string(getpid()) + ".cu";
    std::ofstream(file) << source;
    const bool compiled =
        compile_file(options + " -shared -include '" + prelude(options) + "' -x c++", file, object, log);
    std::remove(file.c_str());
    if (!compiled) return {};
  }
  const std::string bytes = contents(object);
  const std::uint64_t size = bytes.size();
  std::string image(magic, sizeof magic);
  image.append(reinterpret_cast<const char*>(&size), sizeof size);
  return image + bytes;
}

void keep_text(const std::string& text) {
  const char* texts = std::getenv("TESSERA_KERNEL_TEXTS");
  if (!texts) return;
  mkdir(texts, 0700);
  const std::string file = std::string(texts) + "/" + hash_of(text) + ".cu";
  if (access(file.c_str(), R_OK) != 0) put(file, text);
}

std::unique_ptr<Module> Module::load(const void* image) {
  const char* p = static_cast<const char*>(image);
  if (std::memcmp(p, magic, sizeof magic) != 0) return nullptr;
  std::uint64_t size = 0;
  std::memcpy(&size, p + sizeof magic, sizeof size);
  // Under a name of its own: the loader takes equal names for one object.
  static std::atomic<int> number{0};
  const std::string place = folder() + "/loaded." + std::to_string(getpid()) + "." + std::to_string(number++);
  std::ofstream(place, std::ios::binary).write(p + sizeof magic + sizeof size, static_cast<std::streamsize>(size));
  void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::remove(place.c_str());
  return handle ? std::unique_ptr<Module>(new Module(handle)) : nullptr;
}

Module::~Module() { dlclose(handle_); }

const Module::Function* Module::function(const std::string& name) {
  for (const auto& [known, f] : functions_)
    if (known == name) return f.get();
  auto f = std::make_unique<Function>();
  const auto find = [this](const std::string& symbol) { return dlsym(handle_, symbol.c_str()); };
  f->thread = reinterpret_cast<Block::Kernel>(find(name + "_thread"));
  f->poison_shared = reinterpret_cast<void (*)()>(find("simt_poison_shared"));
  const auto context = reinterpret_cast<simt::Context* (*)()>(find("simt_context"));
  const auto sizes = reinterpret_cast<int (*)(unsigned*)>(find(name + "_sizes"));
  if (!f->thread || !f->poison_shared || !context || !sizes) return nullptr;
  f->context = context();
  unsigned found[16];
  f->argument_sizes.assign(found, found + sizes(found));
  functions_.emplace_back(name, std::move(f));
  return functions_.back().second.get();
}

bool Launch::is_possible() const {
  const auto within = [](unsigned n, unsigned most) { return n >= 1 && n <= most; };
  return within(blocks.x, 0x7fffffff) && within(blocks.y, 65535) && within(blocks.z, 65535) &&
         within(threads.x, 1024) && within(threads.y, 1024) && within(threads.z, 64) &&
         threads.x * threads.y * threads.z <= 1024;
}

std::vector<unsigned> Launch::order(std::minstd_rand& random) const {
  std::vector<unsigned> order = only;
  if (only.empty()) {
    order.resize(std::size_t{blocks.x} * blocks.y * blocks.z);
    std::iota(order.begin(), order.end(), 0u);
  }
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

std::string run(const Module::Function& function, const Launch& launch, void* const* arguments,
                std::minstd_rand& random) {
  const std::vector<unsigned> order = launch.order(random);
  function.context->grid_dim = launch.blocks;
  Block block(*function.context, launch.threads, function.thread, arguments, random);
  struct sigaction now {
  }, before[2];
  now.sa_sigaction = on_fault;
  now.sa_flags = SA_SIGINFO | SA_NODEFER;  // the handler never returns to a kernel
  constexpr int signals[] = {SIGSEGV, SIGBUS};
  for (int k = 0; k < 2; k++) sigaction(signals[k], &now, &before[k]);
  std::string wrong;
  for (std::size_t k = 0; k < order.size() && wrong.empty(); k++) {
    function.poison_shared();
    wrong = block.run(order[k]);
  }
  for (int k = 0; k < 2; k++) sigaction(signals[k], &before[k], nullptr);
  return wrong;
}

}  // namespace simulated
