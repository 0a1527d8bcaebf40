// Products of matrices on the GPU, by a simulated cuBLAS, of whole numbers, so that the CPU's have the same bits whatever the order of
// additions, and by a kernel of integers; of arrays in memory, files and generators, stacks, several segments of k, on any ranks and budgets.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include <tessera/core/kernel/contraction.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;

std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

SessionOptions options(const std::string& device, std::int64_t device_memory = 256 * mib, int threads = 1) {
  return {
      .memory = 256 * mib, .threads = threads, .device = device, .device_memory = device == "cuda" ? device_memory : 0};
}

/// Whole numbers from -4 to 4.
Array whole(const Shape& shape, std::uint64_t seed, const Dims& chunks = {}, DType type = DType::float64) {
  return astype(integers(shape, -4, 5, {.seed = seed, .chunks = chunks}), type);
}

class Products : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cpu = new Session(options("cpu"));
    std::string number = std::to_string(getpid());
    cpu->communicator().broadcast(number, 0);
    folder = fs::temp_directory_path() / ("tessera_products_" + number);
    if (cpu->rank() == 0) fs::create_directories(folder);
    cpu->communicator().barrier();
    cpu->compute({write(whole({300, 170}, 7), file())}, {.force = true});
  }
  static void TearDownTestSuite() {
    cpu->communicator().barrier();
    if (cpu->rank() == 0) fs::remove_all(folder);
    delete cpu;
  }
  static std::string file() { return (folder / "a.npy").string(); }
  /// The same bits on both; and the GPU multiplies, unless `where` says otherwise.
  template <class F>
  static void expect_same(const F& product, const SessionOptions& how, const char* where = "on       cuda") {
    Session gpu(how);
    const Array c = product(gpu);
    const std::string plan = gpu.explain({gather(c)});
    const std::size_t at = plan.find("product ");
    ASSERT_NE(at, std::string::npos) << plan;
    EXPECT_NE(plan.find(where, at), std::string::npos) << plan;
    EXPECT_TRUE(bytes_of(gpu.compute(c)) == bytes_of(cpu->compute(product(*cpu)))) << plan;
    EXPECT_LE(gpu.statistics().peak_device_bytes, how.device_memory);
  }

  static inline Session* cpu = nullptr;
  static inline fs::path folder;
};

// Factors lose what they have behind ten bits.
TEST_F(Products, OfFloat32RoundToTf32WhereThatIsAskedFor) {
  const auto largest = [](const char* wish, DType type) {
    setenv("TESSERA_TF32", wish, 1);
    Session gpu(options("cuda"));
    unsetenv("TESSERA_TF32");
    const Array a = full({300, 300}, 1 + 0x1p-12, type), b = full({300, 300}, 1.0, type);
    return gpu.item<double>(astype(max(matmul(a, b)), DType::float64));
  };
  EXPECT_EQ(largest("0", DType::float32), 300 * (1 + 0x1p-12));
  EXPECT_EQ(largest("1", DType::float32), 300);
  EXPECT_EQ(largest("1", DType::float64), 300 * (1 + 0x1p-12));
  setenv("TESSERA_TF32", "yes", 1);
  EXPECT_THROW(Session(options("cuda")), UsageError);
  unsetenv("TESSERA_TF32");
}

// What lies in one piece along k, in an array or in a panel, is multiplied in one call for each chunk of the result.
TEST_F(Products, TakeAllOfKAtATimeWhereItLiesInOnePiece) {
  Session gpu(options("cuda"));
  gpu.compute(matmul(whole({300, 300}, 1), whole({300, 300}, 2)));  // loads it
  const char* file = std::getenv("TESSERA_CUBLAS");
  void* library = file ? dlopen(file, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  const auto products = reinterpret_cast<long long (*)()>(library ? dlsym(library, "simulated_products") : nullptr);
  if (!products || cpu->size() > 1) GTEST_SKIP() << "a cuBLAS that does not count, or several ranks";
  const auto calls_of = [&](const Dims& chunks) {
    const Array a = whole({140, 2500}, 1, chunks), b = whole({2500, 150}, 2, {2500, 150});
    const Array product = matmul(gpu.persist(a), gpu.persist(b));
    const long long before = products();
    EXPECT_TRUE(bytes_of(gpu.compute(product)) == bytes_of(cpu->compute(matmul(a, b))));
    return static_cast<double>(products() - before) / static_cast<double>(contraction_chunks({140, 150}, 2500).count());
  };
  EXPECT_EQ(calls_of({140, 2500}), 1);
  EXPECT_EQ(calls_of({140, 1024}), 1);
}

TEST_F(Products, OfEveryDtype) {
  for (const DType type : {DType::float32, DType::float64, DType::complex64, DType::complex128})
    expect_same(
        [&](Session&) {
          return matmul(whole({210, 190}, 1, {}, type), whole({190, 230}, 2, {}, type));
        },
        options("cuda"));
  // Integers wrap; of bools a product is "and", a sum "or".
  for (const DType type : {DType::int8, DType::uint16, DType::int32, DType::uint64, DType::bool_}) {
    const auto any = [type](const Shape& shape, std::uint64_t seed) {
      const Array x = integers(shape, -(std::int64_t{1} << 60), std::int64_t{1} << 60, {.seed = seed});
      return type == DType::bool_ ? x > (std::int64_t{3} << 58) : astype(x, type);
    };
    expect_same([&](Session&) { return matmul(any({300, 290}, 1), any({290, 310}, 2)); }, options("cuda"));
    if (type != DType::int32 && type != DType::bool_) continue;
    expect_same(
        [&](Session&) {
          return matmul(any({20, 40000}, 3), any({40000, 24}, 4));
        },
        options("cuda", 24 * mib, 2));  // cuBLAS's workspace is not asked for
  }
  expect_same(
      [](Session&) {
        return matmul(whole({20, 19}, 1), whole({19, 23}, 2));
      },
      options("cuda"),
      "on       the CPU");  // too small
}

TEST_F(Products, OfWhatLiesAnywhere) {
  // In the GPU's memory, in files and made on the way; twice, so that the second finds the workspace as the first left it.
  const auto products = [](Session& s) {
    const Array a = s.persist(whole({300, 170}, 3, {100, 170}) * 1.0), b = s.open(file());
    return matmul(matmul(a, b.T()), whole({300, 150}, 4) + 1.0);
  };
  for (const int threads : {1, 3}) expect_same(products, options("cuda", 256 * mib, threads));
}

// cuBLAS takes a matrix by its columns: in place, fetched, in pieces of k, from the host's memory; of either operand and of stacks.
TEST_F(Products, OfKeptMatricesThatAreTransposed) {
  const auto kept = [](Session& s, const Shape& shape, std::uint64_t seed, DType type = DType::float64) {
    return s.persist(whole(shape, seed, {}, type));
  };
  for (const DType type : {DType::float32, DType::complex128, DType::int32, DType::bool_})
    expect_same(
        [&](Session& s) {
          const Array a = kept(s, {170, 400}, 5, type);
          return matmul(a.T(), a);
        },
        options("cuda"), "by its columns");
  expect_same(
      [&](Session& s) {
        return matmul(kept(s, {170, 300}, 5), kept(s, {210, 300}, 6).T());
      },
      options("cuda"), "by its columns");
  expect_same(
      [&](Session& s) {
        return matmul(kept(s, {170, 300}, 5).T(), kept(s, {210, 170}, 6).T());
      },
      options("cuda", 256 * mib, 2));
  expect_same(
      [&](Session& s) {
        return matmul(transpose(kept(s, {3, 120, 90}, 5), {0, 2, 1}), kept(s, {3, 120, 100}, 6));
      },
      options("cuda"));
  expect_same(
      [&](Session& s) {
        return matmul(kept(s, {40000, 20}, 5).T(), kept(s, {40000, 24}, 6));
      },
      options("cuda", 56 * mib));
  // With the stack between rows and columns: element by element, so the CPU's.
  expect_same(
      [&](Session& s) {
        return matmul(transpose(kept(s, {120, 3, 90}, 5), {1, 2, 0}), kept(s, {3, 120, 100}, 6));
      },
      options("cuda"), "on       the CPU");
}

// Which kernel cuBLAS takes follows from the GPU: ranks with several kinds of them leave floating products to the CPU.
TEST_F(Products, OfRanksWithOtherGpusAreTheCpus) {
  setenv("TESSERA_SIMULATED_MAJOR", cpu->rank() == 0 ? "9" : "8", 1);
  const auto product = [](DType type) {
    return [type](Session&) { return matmul(whole({210, 190}, 1, {}, type), whole({190, 230}, 2, {}, type)); };
  };
  expect_same(product(DType::float64), options("cuda"), cpu->size() > 1 ? "on       the CPU" : "on       cuda");
  expect_same(product(DType::int32), options("cuda"));
  unsetenv("TESSERA_SIMULATED_MAJOR");
}

TEST_F(Products, OfStacksAndLongSums) {
  expect_same([](Session&) { return matmul(whole({3, 2, 90, 80}, 1), whole({2, 80, 100}, 2)); }, options("cuda"));
  // Several segments of k, which ranks share.
  expect_same([](Session&) { return matmul(whole({20, 40000}, 1), whole({40000, 24}, 2)); }, options("cuda"));
  expect_same(
      [](Session& s) {
        const Array a = s.persist(whole({20, 40000}, 1) * 1.0), b = s.persist(whole({40000, 24}, 2) * 1.0);
        return matmul(a, b);
      },
      options("cuda", 256 * mib, 2));
}

TEST_F(Products, KeepWithinTheDevicesMemory) {
  const auto product = [](Session& s) { return matmul(s.open(file()), whole({170, 1500}, 6)); };
  expect_same(product, options("cuda", 48 * mib));
  Session small(options("cuda", 24 * mib));  // less than cuBLAS wants for itself
  try {
    small.compute(product(small));
    ADD_FAILURE() << "no workspace";
  } catch (const MemoryBudgetError& e) {
    const std::string text = e.what(), option = "option 'device_memory' ";
    EXPECT_NE(text.find("of the device"), std::string::npos) << text;
    ASSERT_NE(text.find(option), std::string::npos) << text;
    const std::int64_t named = std::stoll(text.substr(text.find(option) + option.size())) * mib;
    expect_same(product, options("cuda", named));
    Session less(options("cuda", named - mib));
    EXPECT_THROW(less.compute(product(less)), MemoryBudgetError) << text;
  }
}

TEST_F(Products, GoToFiles) {
  const std::string target = (folder / "c.npy").string();
  Session gpu(options("cuda", 256 * mib, 2));
  const auto product = [](Session& s) { return matmul(s.open(file()), whole({170, 300}, 6)); };
  gpu.compute({write(product(gpu), target)}, {.force = true});
  EXPECT_TRUE(bytes_of(cpu->compute(cpu->open(target))) == bytes_of(cpu->compute(product(*cpu))));
}

}  // namespace
}  // namespace tessera::testing
