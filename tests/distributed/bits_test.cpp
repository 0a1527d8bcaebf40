// The same bits: whatever the ranks, threads, memory budget, SIMD target or plan, one array with one chunking has one
// result. TESSERA_BITS names a folder in which the run on one rank leaves hashes of its results; runs on more ranks
// compare with them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <tessera/core/cpu/target.hpp>

#include "../share.hpp"
#include "bits_expressions.hpp"
#include "file_contents.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
using Hashes = std::map<std::string, std::uint64_t>;

const fs::path folder = std::getenv("TESSERA_BITS") != nullptr ? std::getenv("TESSERA_BITS") : "bits";
constexpr std::int64_t plenty = std::int64_t{256} << 20;

/// How one evaluation is made; nothing of it may show in a result.
struct Way {
  std::string name;
  int threads = 1;
  std::int64_t memory = plenty;  ///< 0: the smallest that works, within a factor of 2
  bool together = false;         ///< several results in one plan
  std::string scratch = "/tmp";  ///< where scratch files are
  std::string device{};          ///< empty: the environment's
};

std::uint64_t hash_of(std::span<const std::byte> bytes) { return Hash().add_bytes(bytes.data(), bytes.size()).value(); }

std::uint64_t hash_of_file(const fs::path& path) { return Hash().add(std::string_view(contents_of(path))).value(); }

/// Evaluates all and counts the tiles, which say whether two plans differed.
Hashes evaluate(const std::vector<Expression>& list, const Way& way, std::int64_t& tiles) {
  Hashes hashes;
  tiles = 0;
  const bool least = way.memory == 0;
  const int ranks = world_communicator()->size();
  const auto sink_of = [&](const Expression& e, std::size_t number) {
    if (!e.large) return gather(e.array);
    return write(e.array, (folder / ("out" + std::to_string(ranks) + "_" + std::to_string(number) + ".npy")).string());
  };
  const std::size_t group = way.together ? 8 : 1;
  for (std::size_t i = 0; i < list.size(); i += group) {
    std::vector<Sink> sinks;
    for (std::size_t k = i; k < std::min(list.size(), i + group); k++) sinks.push_back(sink_of(list[k], k));
    std::vector<Result> results;
    for (std::int64_t memory = least ? 32 << 10 : plenty; results.empty(); memory *= 2) try {
        Session session(
            SessionOptions{.memory = memory, .threads = way.threads, .device = way.device, .scratch = way.scratch});
        results = session.compute(sinks, {.force = true});
        tiles += session.statistics().tiles;
      } catch (const MemoryBudgetError&) {
        if (!least) throw;
      }
    for (std::size_t k = i; k < i + results.size(); k++)
      hashes[list[k].name] = list[k].large ? hash_of_file(sinks[k - i].target) : hash_of(results[k - i].bytes());
  }
  return hashes;
}

void expect_same(const Hashes& want, const Hashes& got, const std::string& what) {
  EXPECT_EQ(want.size(), got.size());
  std::string different;
  int count = 0;
  for (const auto& [name, hash] : got) {
    const auto w = want.find(name);
    if (w != want.end() && w->second == hash) continue;
    if (count++ < 20) different += "\n  " + name;
  }
  EXPECT_EQ(count, 0) << what << ": other bits in " << different;
}

class Bits : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    base = new Session(SessionOptions{.memory = plenty, .threads = 1, .device = "cpu"});
    if (base->rank() == 0) fs::create_directories(folder);
    base->communicator().barrier();
    cpu::set_math_family(cpu::MathFamily::no_fma);
    list = new std::vector<Expression>(
        expressions(*base, (folder / ("input" + std::to_string(base->size()) + ".npy")).string()));
    std::erase_if(*list, [](const Expression& e) { return !is_in_share(e.name); });
    reference = new Hashes(evaluate(*list, {"reference"}, reference_tiles));
  }
  static void TearDownTestSuite() {
    delete reference;
    delete list;
    delete base;
  }
  static inline Session* base = nullptr;
  static inline std::vector<Expression>* list = nullptr;
  static inline Hashes* reference = nullptr;
  static inline std::int64_t reference_tiles = 0;
};

TEST_F(Bits, DoNotDependOnRanks) {
  const fs::path path = folder / "bits.txt";
  if (base->size() == 1) {
    std::ofstream out(path);
    for (const auto& [name, hash] : *reference) out << hash << " " << name << "\n";
    return;
  }
  std::ifstream in(path);
  Hashes one_rank;
  std::uint64_t hash = 0;
  for (std::string name; in >> hash && std::getline(in, name);) one_rank[name.substr(1)] = hash;
  ASSERT_FALSE(one_rank.empty()) << path << ": run this test on one rank first";
  std::erase_if(one_rank, [](const auto& known) { return !is_in_share(known.first); });
  expect_same(one_rank, *reference, "one rank and " + std::to_string(base->size()));
}

TEST_F(Bits, DoNotDependOnThreads) {
  const int threads = base->size() < 5 ? 4 : 2;  // results in one plan are made by two
  std::int64_t tiles = 0;
  expect_same(*reference, evaluate(*list, {"", threads, plenty, false}, tiles), std::to_string(threads) + " threads");
  Session four(SessionOptions{.memory = plenty, .threads = 4});
  const std::string plan = four.explain({gather((*list)[0].array)});
  EXPECT_NE(plan.find("4 in flight"), std::string::npos) << plan;
}

TEST_F(Bits, DoNotDependOnTheBudget) {
  std::int64_t tiles = 0;
  expect_same(*reference, evaluate(*list, {"", 1, 0, false}, tiles), "the smallest budget");
  // Sorts by all ranks walk single rows, which are the same tiles.
  EXPECT_GT(tiles, reference_tiles + reference_tiles / 10) << "the plans did not differ";
  if (base->size() > 2) return;
  std::int64_t more = 0;
  expect_same(*reference, evaluate(*list, {"", 4, 0, false, "none"}, more),
              "the smallest budget, 4 threads, no scratch");
  EXPECT_NE(more, reference_tiles);
}

TEST_F(Bits, DoNotDependOnTheCompanyInAPlan) {
  std::int64_t tiles = 0;
  expect_same(*reference, evaluate(*list, {"", 2, plenty, true}, tiles), "several results in one plan");
  EXPECT_NE(tiles, reference_tiles) << "the plans did not differ";
}

TEST_F(Bits, DoNotDependOnTheTarget) {
  if (base->size() > 1) GTEST_SKIP() << "has been seen on one rank, whose bits the others have";
  // The kernels see no difference between a file, a store and what is resident.
  std::vector<Expression> some;
  Hashes resident;
  for (const auto& e : *list)
    if (!e.name.starts_with("file ") && !e.name.starts_with("irregular store ")) {
      some.push_back(e);
      resident[e.name] = reference->at(e.name);
    }
  const auto best = cpu::target();
  std::vector<cpu::MathFamily> families{cpu::MathFamily::no_fma};
  if (cpu::supports_fma()) families.push_back(cpu::MathFamily::fma);
  for (auto family : families) {
    cpu::set_math_family(family);
    std::int64_t tiles = 0;
    const Hashes want = family == cpu::MathFamily::no_fma ? resident : evaluate(some, {}, tiles);
    for (auto target : cpu::supported_targets()) {
      if (target == best) continue;
      cpu::set_target(target);
      expect_same(want, evaluate(some, {}, tiles),
                  cpu::to_string(target) + (family == cpu::MathFamily::fma ? ", fma" : ", no fma"));
    }
    cpu::set_target(best);
  }
  cpu::set_math_family(cpu::MathFamily::no_fma);
}

TEST_F(Bits, DoNotDependOnTheCache) {
  Session session(SessionOptions{.memory = plenty, .threads = 1});
  Hashes first, second;
  for (const auto& e : *list)  // one after the other: there are more than the cache holds
    for (auto* into : {&first, &second}) {
      if (e.large) continue;
      (*into)[e.name] = hash_of(session.compute(e.array).bytes());
      if (into == &second) {
        EXPECT_TRUE(session.statistics().plan_was_cached) << e.name;
      }
    }
  for (auto* some : {&first, &second})
    for (const auto& [name, hash] : *some) EXPECT_EQ(hash, reference->at(name)) << name;
}

// Of a device's session; functions and products of matrices have other last bits there (docs/gpu.md).
TEST_F(Bits, OfADeviceAreTheCpus) {
  if (Session().explain({gather(sum(arange(1 << 20) * 2))}).find("on       ") == std::string::npos)
    GTEST_SKIP() << "computes on the CPU";
  std::vector<Expression> exact;
  Hashes here;
  for (const auto& e : *list)
    if (is_exact(e.array)) {
      exact.push_back(e);
      here[e.name] = reference->at(e.name);
    }
  EXPECT_GT(4 * exact.size(), list->size()) << "hardly any is exact";
  std::int64_t tiles = 0;
  expect_same(evaluate(exact, {.name = "the CPU", .device = "cpu"}, tiles), here, "the CPU and a device");
}

// The values are such that another order of additions shows: else the tests above would say nothing.
TEST_F(Bits, DependOnTheChunking) {
  const auto of = [&](const Dims& chunks) {
    return hash_of(base->compute(sum(wild(chunks), {.axis = {0, 1}})).bytes());
  };
  EXPECT_NE(of({8, 25, 40}), of({7, 31, 40}));
}

}  // namespace
}  // namespace tessera::testing
