#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <tessera/core/errors.hpp>
#include <tessera/core/memory/pool.hpp>
#include <thread>

namespace tessera {
namespace {

constexpr std::int64_t mib = 1 << 20;

TEST(MemoryPool, AlignsAndCounts) {
  auto pool = MemoryPool::create(0);
  for (std::int64_t n : {std::int64_t{0}, std::int64_t{1}, std::int64_t{63}, std::int64_t{4097}, 3 * mib + 1}) {
    std::byte* p = pool->allocate(n, "a test");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 64, 0u) << n;
    if (n) std::memset(p, 1, static_cast<std::size_t>(n));
    EXPECT_EQ(pool->statistics().in_use, MemoryPool::rounded(n));
    EXPECT_GE(MemoryPool::rounded(n), n);
    pool->release(p, n);
    EXPECT_EQ(pool->statistics().in_use, 0);
  }
}

TEST(MemoryPool, RefusesBeyondItsLimitAndNamesThePurpose) {
  auto pool = MemoryPool::create(10 * mib);
  const Buffer a(pool, 6 * mib, "the first");
  try {
    Buffer b(pool, 6 * mib, "the second thing");
    ADD_FAILURE();
  } catch (const MemoryBudgetError& e) {
    EXPECT_NE(std::string(e.what()).find("the second thing"), std::string::npos) << e.what();
  }
  const Buffer c(pool, 3 * mib, "what fits");
  EXPECT_LE(pool->statistics().in_use, 10 * mib);
}

TEST(MemoryPool, ReusesBlocksAndGivesThemBackWhenTheLimitNeedsIt) {
  auto pool = MemoryPool::create(10 * mib);
  std::byte* first = nullptr;
  {
    Buffer a(pool, 6 * mib, "a");
    first = a.data();
  }
  EXPECT_EQ(pool->statistics().cached, MemoryPool::rounded(6 * mib));
  {
    Buffer a(pool, 6 * mib, "a again");
    EXPECT_EQ(a.data(), first);
    EXPECT_EQ(pool->statistics().reused, 1);
    EXPECT_EQ(pool->statistics().cached, 0);
  }
  Buffer b(pool, 8 * mib, "needs what is cached");
  EXPECT_LE(pool->statistics().in_use + pool->statistics().cached, 10 * mib);
  pool->free_all_blocks();
  EXPECT_EQ(pool->statistics().cached, 0);
}

TEST(MemoryPool, ABlockServesResultsThatAreALittleSmaller) {
  auto pool = MemoryPool::create(0);
  std::byte* first = nullptr;
  for (std::int64_t n = 64 * mib; n > 40 * mib; n -= 3 * mib) {
    const Buffer a(pool, n, "a step");
    std::memset(a.data(), 1, static_cast<std::size_t>(n));
    if (first != nullptr) {
      EXPECT_EQ(a.data(), first) << n;
    }
    first = a.data();
    EXPECT_EQ(pool->statistics().cached, 0);
    EXPECT_EQ(pool->statistics().in_use, MemoryPool::rounded(n));
  }
  const Buffer much_smaller(pool, 4 * mib, "another thing");
  EXPECT_NE(much_smaller.data(), first);
}

TEST(MemoryPool, KnowsItsPeak) {
  auto pool = MemoryPool::create(0);
  { Buffer a(pool, 5 * mib, "a"); }
  EXPECT_GE(pool->statistics().peak, 5 * mib);
  pool->reset_peak();
  EXPECT_EQ(pool->statistics().peak, 0);
  Buffer b(pool, mib, "b");
  EXPECT_EQ(pool->statistics().peak, MemoryPool::rounded(mib));
}

TEST(MemoryPool, OutlivesItsMakerThroughItsBuffers) {
  auto pool = MemoryPool::create(0);
  Buffer a(pool, mib, "a");
  pool.reset();
  std::memset(a.data(), 2, mib);
  Buffer moved = std::move(a);
  EXPECT_EQ(a.data(), nullptr);
  EXPECT_EQ(static_cast<int>(moved.data()[mib - 1]), 2);
}

TEST(MemoryPool, ServesManyThreads) {
  auto pool = MemoryPool::create(64 * mib);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; i++) {
        const std::int64_t n = (i % 7 + 1) * 100000;
        Buffer b(pool, n, "a thread's");
        std::memset(b.data(), t, static_cast<std::size_t>(n));
        EXPECT_EQ(static_cast<int>(b.data()[n - 1]), t);
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(pool->statistics().in_use, 0);
  EXPECT_LE(pool->statistics().peak, 64 * mib);
}

// Memory of another space: counts what is out, runs out, and keeps blocks of any size.
class CountedMemory final : public MemorySource {
 public:
  explicit CountedMemory(std::int64_t has) : has_(has) {}
  Space space() const override { return Space::device; }
  std::int64_t rounded(std::int64_t bytes) const override { return (bytes + 511) / 512 * 512; }
  std::int64_t kept_from() const override { return 0; }
  std::byte* take(std::int64_t bytes) noexcept override {
    if (has_ < bytes) return nullptr;
    has_ -= bytes, blocks++;
    return static_cast<std::byte*>(std::aligned_alloc(512, static_cast<std::size_t>(bytes)));
  }
  void give_back(std::byte* block) noexcept override {
    blocks--;
    std::free(block);
  }
  bool shrink(std::byte*, std::int64_t, std::int64_t) noexcept override { return false; }
  int blocks = 0;

 private:
  std::int64_t has_;
};

TEST(MemoryPool, EachSpaceHasItsSourceAndItsLimit) {
  const auto memory = std::make_shared<CountedMemory>(10 * mib);
  const auto device = MemoryPool::create(4 * mib, memory), host = MemoryPool::create(mib);
  {
    const Buffer a(device, 3 * mib, "on the device");
    const Buffer b(host, mib / 2, "on the host");
    EXPECT_EQ(a.space(), Space::device);
    EXPECT_EQ(b.space(), Space::host);
    EXPECT_EQ(Buffer().space(), Space::host);
    EXPECT_THROW(Buffer(device, 2 * mib, "too much there"), MemoryBudgetError);
    EXPECT_THROW(Buffer(host, mib, "too much here"), MemoryBudgetError);
    EXPECT_EQ(device->statistics().in_use, 3 * mib);
  }
  EXPECT_EQ(device->statistics().cached, 3 * mib);
  const Buffer again(device, 3 * mib, "where the first was");
  EXPECT_EQ(device->statistics().reused, 1);
  EXPECT_EQ(memory->blocks, 1);
  device->set_limit(100 * mib);
  EXPECT_THROW(Buffer(device, 20 * mib, "more than there is"), MemoryBudgetError);
  EXPECT_EQ(device->statistics().in_use, 3 * mib) << "a refusal takes nothing";
}

// A block that stays as large as it is must count as large as it is.
TEST(MemoryPool, BlocksThatDoNotShrinkServeOnlyTheirOwnSize) {
  const auto memory = std::make_shared<CountedMemory>(100 * mib);
  const auto pool = MemoryPool::create(6 * mib, memory);
  { const Buffer a(pool, 4 * mib, "the first"); }
  const Buffer smaller(pool, 4 * mib - 600, "a little less");
  EXPECT_EQ(pool->statistics().reused, 0);
  EXPECT_EQ(memory->blocks, 1) << "the larger one was given back: both have no room";
}

TEST(MemoryPool, PoolsWithinABudgetCountInIt) {
  const auto pinned = std::make_shared<CountedMemory>(100 * mib);
  const auto host = MemoryPool::create(10 * mib);
  const auto part = MemoryPool::create_within(host, pinned);
  EXPECT_EQ(part->limit(), 10 * mib);
  {
    const Buffer a(host, 4 * mib, "ordinary"), b(part, 3 * mib, "pinned");
    EXPECT_EQ(part->statistics().in_use, 3 * mib);
    EXPECT_EQ(host->statistics().in_use, 7 * mib);
    EXPECT_THROW(Buffer(part, 4 * mib, "too much"), MemoryBudgetError);
    EXPECT_THROW(Buffer(host, 4 * mib, "too much"), MemoryBudgetError);
    EXPECT_EQ(host->statistics().in_use, 7 * mib);
  }
  EXPECT_EQ(host->statistics().in_use, 0);
  EXPECT_EQ(host->statistics().peak, 7 * mib);
  EXPECT_EQ(part->statistics().peak, 3 * mib);
  EXPECT_EQ(part->statistics().cached, 3 * mib);
  EXPECT_EQ(host->statistics().cached, 7 * mib);
  const Buffer large(host, 9 * mib, "what needs what both keep");
  EXPECT_EQ(pinned->blocks, 0);
  EXPECT_EQ(host->statistics().cached, 0);
}

TEST(MemoryPool, APoolWithinABudgetTakesWhatTheOtherKeeps) {
  const auto pinned = std::make_shared<CountedMemory>(100 * mib);
  const auto host = MemoryPool::create(10 * mib);
  {
    const auto part = MemoryPool::create_within(host, pinned);
    { const Buffer a(host, 8 * mib, "ordinary"); }
    const Buffer b(part, 8 * mib, "pinned");
    EXPECT_EQ(host->statistics().cached, 0);
    part->free_all_blocks();
    EXPECT_EQ(pinned->blocks, 1);
  }
  EXPECT_EQ(pinned->blocks, 0) << "its pool is gone";
  EXPECT_EQ(host->statistics().in_use, 0);
  const Buffer all(host, 10 * mib, "all of it");
}

TEST(MemoryPool, GivesEveryBlockBackToItsSource) {
  const auto memory = std::make_shared<CountedMemory>(100 * mib);
  {
    const auto pool = MemoryPool::create(0, memory);
    std::vector<Buffer> buffers;
    for (int i = 1; i < 20; i++) buffers.emplace_back(pool, i * 1000, "some");
    buffers.resize(5);
    EXPECT_EQ(memory->blocks, 19) << "kept";
    pool->free_all_blocks();
    EXPECT_EQ(memory->blocks, 5);
  }
  EXPECT_EQ(memory->blocks, 0);
}

}  // namespace
}  // namespace tessera
