// Crafted HDF5 files, whose checksums are right: an error, or elements; no crash, also not when the process ends, no
// hang. Each is looked into by a process of its own. TESSERA_CRAFTED=12000 tries as many of each seed;
// TESSERA_CRAFTED_FIRST=N begins with the Nth (and TESSERA_CRAFTED_KEEP=FOLDER keeps those that end badly).
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <new>
#include <string_view>
#include <vector>

#include "crafted.hpp"
#include "support.hpp"

namespace tessera::testing {
namespace {

constexpr rlim_t most_seconds = 20;  // of the processor: the clock tells of what else the machine does

void read_some(const Store& store) {
  const StoreInfo& info = store.info();
  Box box{Dims::filled(info.shape.size(), 0), info.shape};
  std::int64_t bytes = item_size(info.dtype);
  for (auto& extent : box.extent) {
    if (extent == 0) return;
    if (bytes > (std::int64_t{1} << 20) / extent) extent = 1;
    bytes *= extent;
  }
  std::vector<std::byte> elements(static_cast<std::size_t>(bytes));
  store.read(box, elements.data(), row_major_strides(box.extent, item_size(info.dtype)));
}

// All that a reader can do with a file.
void look_into(const std::string& path) {
  for (const auto& info : list_datasets(path)) try {
      read_some(*open_store_alone(info.name));
    } catch (const Error&) {
    }
}

int end_of_child(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit time{most_seconds, most_seconds + 1};
    setrlimit(RLIMIT_CPU, &time);
    alarm(600);  // one that sleeps for ever
#ifndef __SANITIZE_ADDRESS__
    const rlimit memory{std::uint64_t{4} << 30, std::uint64_t{4} << 30};
    setrlimit(RLIMIT_AS, &memory);
#endif
    try {
      look_into(path);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::io && e.kind() != ErrorKind::usage) exit(9);
    } catch (const std::bad_alloc&) {
      exit(8);
    }
    exit(0);  // not _exit: the library's own exit handler is part of what must hold
  }
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

long number_of(const char* variable, long otherwise) {
  const char* text = getenv(variable);
  return text ? atol(text) : otherwise;
}

// Those that have ended the process, each by another mistake of the library's.
const std::multimap<std::string_view, long> known_to_harm = {{"headers", 8415},  // links in a ring, searched for a name
                                                             {"headers", 3348},  // compact data shorter than the shape
                                                             {"links", 2278},   {"types", 1475},
                                                             {"types", 1586},   // no such part of a virtual dataset
                                                             {"types", 2211}};  // a datatype that is its own

class Crafted : public ::testing::TestWithParam<const char*> {};

TEST_P(Crafted, NeverEndsTheProcess) {
  const Folder folder;
  python(std::string("exec(open('") + TESSERA_TEST_SOURCES + "/crafted_seeds.py').read())",
         {folder.path(), GetParam()});
  const std::string seed = contents(folder / "seed.h5"), path = folder / "x.h5";
  const auto blocks = std::string_view(GetParam()) == "old" ? unsummed_blocks(seed) : summed_blocks(seed);
  ASSERT_GT(blocks.size(), 3u);
  put_contents(path, seed);
  ASSERT_EQ(end_of_child(path), 0);
  const long first = number_of("TESSERA_CRAFTED_FIRST", 0), count = number_of("TESSERA_CRAFTED", 100);
  int failures = 0;
  std::vector<long> numbers;
  const auto [begin, end] = known_to_harm.equal_range(GetParam());
  for (auto k = begin; k != end; k++) numbers.push_back(k->second);
  for (long i = first; i < first + count; i++) numbers.push_back(i);
  for (const long i : numbers) {
    std::mt19937 random(static_cast<unsigned>(i));
    put_contents(path, (i % 2 == 0 ? crafted : crafted_in_blocks)(seed, blocks, random));
    const int status = end_of_child(path);
    if (status == 0) continue;
    if (const char* keep = getenv("TESSERA_CRAFTED_KEEP"))
      put_contents(std::string(keep) + "/" + GetParam() + std::to_string(i) + ".h5", contents(path));
    if (++failures <= 20)
      ADD_FAILURE() << GetParam() << ", number " << i << ": "
                    << (WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                            : "exit code " + std::to_string(WEXITSTATUS(status)));
  }
  EXPECT_EQ(failures, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Crafted,
                         ::testing::Values("headers", "attributes", "links", "chunks", "btree_chunks", "shared",
                                           "ordered", "types", "old"),
                         [](const auto& seed) { return std::string(seed.param); });

}  // namespace
}  // namespace tessera::testing
