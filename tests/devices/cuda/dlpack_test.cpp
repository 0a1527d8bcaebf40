// Memory of others: tensors of DLPack and device pointers as arrays, and arrays as tensors; whose deleters are called once each, also when
// something throws. On a simulated GPU, whose memory the host can't reach through anything but copies.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <numeric>

#include <tessera/core/cuda/driver.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

constexpr std::int64_t mib = 1 << 20;

/// Memory of the GPU that another library would have.
class OthersMemory {
 public:
  explicit OthersMemory(std::int64_t bytes) {
    std::string why;
    driver_ = cuda::find_driver(why);
    if (!driver_) throw std::runtime_error(why);
    CUcontext context = nullptr;
    driver_->cuInit(0), driver_->cuDevicePrimaryCtxRetain(&context, 0), driver_->cuCtxSetCurrent(context);
    cuda::check(*driver_, driver_->cuMemAlloc(&p_, static_cast<std::size_t>(std::max<std::int64_t>(1, bytes))),
                "others");
    cuda::check(*driver_, driver_->cuStreamCreate(&stream_, 1), "others");
  }
  ~OthersMemory() {
    driver_->cuStreamDestroy(stream_), driver_->cuMemFree(p_);
    driver_->cuDevicePrimaryCtxRelease(0);
  }
  OthersMemory(const OthersMemory&) = delete;
  OthersMemory& operator=(const OthersMemory&) = delete;
  /// Gives the copy to a stream, and does not wait.
  void fill(const std::vector<double>& from) const {
    cuda::check(*driver_, driver_->cuMemcpyHtoDAsync(p_, from.data(), from.size() * 8, stream_), "others");
  }
  double* data() const { return reinterpret_cast<double*>(p_); }
  void* stream() const { return stream_; }

 private:
  const cuda::Driver* driver_ = nullptr;
  CUdeviceptr p_ = 0;
  CUstream stream_ = nullptr;
};

/// A tensor, and how often its deleter was called.
template <class T>
struct Counted {
  T managed{};
  std::vector<std::int64_t> shape, strides;
  int deleted = 0;

  Counted(void* data, int device, std::vector<std::int64_t> of, std::vector<std::int64_t> steps = {},
          dlpack::DataType type = {2, 64, 1})
      : shape(std::move(of)), strides(std::move(steps)) {
    managed.tensor = {data, {device, 0},  static_cast<std::int32_t>(shape.size()),
                      type, shape.data(), strides.empty() ? nullptr : strides.data(),
                      0};
    managed.context = this;
    managed.deleter = [](T* t) { static_cast<Counted*>(t->context)->deleted++; };
    if constexpr (std::is_same_v<T, dlpack::VersionedTensor>) managed.version = {1, 1};
  }
};

class Others : public ::testing::Test {
 protected:
  static SessionOptions options(const char* device = "cuda") {
    return {.memory = 64 * mib, .threads = 1, .device = device, .device_memory = 64 * mib};
  }
  /// This rank's rows of (rows, columns), and numbers for them.
  Others() : session(options()), lo(rows * session.rank() / session.size()) {
    mine = rows * (session.rank() + 1) / session.size() - lo;
    numbers.resize(static_cast<std::size_t>(mine * columns));
    std::iota(numbers.begin(), numbers.end(), static_cast<double>(lo * columns));
  }
  dlpack::Options placed(void* stream = nullptr) const { return {{rows, columns}, {lo, 0}, stream}; }
  static constexpr std::int64_t rows = 300, columns = 256;
  static double sum_of_all() { return (rows * columns - 1) * (rows * columns / 2.0); }

  Session session;
  std::int64_t lo, mine = 0;
  std::vector<double> numbers;
};

TEST_F(Others, DevicePointersAreUsedWhereTheyAreOnceTheirStreamHasMadeThem) {
  const OthersMemory memory(mine * columns * 8);
  memory.fill(numbers);
  const Box block{{lo, 0}, {mine, columns}};
  const Array x = session.from_device(memory.data(), {rows, columns}, block, {memory.stream(), nullptr});
  EXPECT_NE(session.explain({gather(sum(x * 2.0))}).find("on       cuda"), std::string::npos);
  EXPECT_EQ(session.values<double>(sum(x * 2.0))[0], 2 * sum_of_all());
  EXPECT_EQ(session.statistics().peak_pinned_bytes < mib, true) << "the elements don't pass through the host";
  EXPECT_EQ(session.values<double>(x)[5], 5.0);
  const auto chunks = session.local_chunks<double>(x);
  ASSERT_EQ(chunks.size(), mine > 0 ? 1u : 0u);
  if (mine > 0) {
    EXPECT_EQ((chunks[0][{lo, 3}]), static_cast<double>(lo * columns + 3));
  }
  EXPECT_EQ(session.values<double>(sum(sort(x, {.axis = 1}) + cumsum(x, {.axis = 0}) * 0.0))[0], sum_of_all())
      << "the CPU's";
}

TEST_F(Others, OwnersAreKeptUntilTheLastArrayIsGone) {
  auto memory = std::make_shared<const OthersMemory>(mine * columns * 8);
  memory->fill(numbers);
  const std::weak_ptr<const OthersMemory> still = memory;
  {
    std::optional<Array> y;
    {
      const Array x =
          session.from_device(memory->data(), {rows, columns}, {{lo, 0}, {mine, columns}}, {memory->stream(), memory});
      memory.reset();
      y = x + 1.0;
    }
    EXPECT_FALSE(still.expired());
    EXPECT_EQ(session.values<double>(sum(*y))[0], sum_of_all() + rows * columns);
  }
  session.persist(arange(10));  // plans hold no array
  EXPECT_TRUE(still.expired());
}

TEST_F(Others, MemoryThatTheGpuCannotUseIsRefused) {
  const Box block{{lo, 0}, {mine, columns}};
  const OthersMemory memory(mine * columns * 8 + 8);
  const auto refused = [&](Session& on, const double* data, const Dims& strides) -> std::string {
    try {
      on.from_device(data, DType::float64, {rows, columns}, block, strides);
    } catch (const UsageError& e) {
      return e.what();
    }
    return "nothing was refused";
  };
  const Dims dense{columns * 8, 8};
  EXPECT_NE(refused(session, numbers.data(), dense).find("no memory of a GPU"), std::string::npos);
  const auto* odd = reinterpret_cast<const double*>(reinterpret_cast<const char*>(memory.data()) + 4);
  EXPECT_NE(refused(session, odd, dense).find("multiples of the 8 bytes"), std::string::npos);
  EXPECT_NE(refused(session, memory.data(), {columns * 8 + 4, 8}).find("multiples"), std::string::npos);
  Session cpu(options("cpu"));
  EXPECT_NE(refused(cpu, memory.data(), dense).find("computes on the CPU"), std::string::npos);
  EXPECT_THROW(session.from_device<double>(nullptr, {rows, columns}, block), UsageError);
}

template <class T>
class Tensors : public Others {};
using Forms = ::testing::Types<dlpack::ManagedTensor, dlpack::VersionedTensor>;
TYPED_TEST_SUITE(Tensors, Forms);

TYPED_TEST(Tensors, OfEitherMemoryAreArraysUntilTheLastIsGone) {
  const OthersMemory memory(this->mine * this->columns * 8);
  memory.fill(this->numbers);
  Counted<TypeParam> there(memory.data(), 2, {this->mine, this->columns});
  Counted<TypeParam> here(this->numbers.data(), 1, {this->mine, this->columns}, {this->columns, 1});
  for (auto* tensor : {&there, &here}) {
    const auto added = [&](Array x) { return this->session.template values<double>(sum(x + 0.0))[0]; };
    EXPECT_EQ(added(dlpack::from(this->session, &tensor->managed, this->placed(memory.stream()))), this->sum_of_all());
    this->session.persist(arange(10));
    EXPECT_EQ(tensor->deleted, 1);
  }
}

TYPED_TEST(Tensors, MayBeTransposedAndBeginBehindTheirData) {
  Counted<TypeParam> columns_first(this->numbers.data(), 3, {2, 3}, {1, 2});
  columns_first.managed.tensor.byte_offset = 8;
  if (this->session.size() > 1) {
    EXPECT_THROW(dlpack::from(this->session, &columns_first.managed), UsageError) << "every rank's is the whole";
  } else {
    const Array x = dlpack::from(this->session, &columns_first.managed);
    EXPECT_EQ(this->session.template values<double>(x), (std::vector<double>{1, 3, 5, 2, 4, 6}));
    EXPECT_EQ(columns_first.deleted, 0);
  }
  EXPECT_EQ(columns_first.deleted, 1);
}

TYPED_TEST(Tensors, ThatDoNotFitAreRefusedAndDeletedOnce) {
  const auto refused = [&](Counted<TypeParam> tensor, auto error, dlpack::Options options) {
    EXPECT_THROW(dlpack::from(this->session, &tensor.managed, options), decltype(error));
    EXPECT_EQ(tensor.deleted, 1);
  };
  const auto placed = this->placed();
  const std::vector<std::int64_t> shape{this->mine, this->columns};
  double* data = this->numbers.data();
  refused({data, 1, shape, {}, {2, 16, 1}}, DTypeError(""), placed);
  refused({data, 1, shape, {}, {4, 16, 1}}, DTypeError(""), placed);
  refused({data, 1, shape, {}, {2, 32, 2}}, DTypeError(""), placed);
  refused({data, 8, shape}, UsageError(""), placed);
  refused({data, 2, shape}, UsageError(""), placed);  // it says that it is a GPU's
  refused({nullptr, 1, shape}, UsageError(""), placed);
  refused({data, 1, std::vector<std::int64_t>(17, 1)}, ShapeError(""), placed);
  refused({data, 1, shape, {std::int64_t{1} << 62, 1}}, ShapeError(""), placed);
  refused({data, 1, shape}, ShapeError(""), {{this->rows, this->columns}, {this->lo + 1, 0}});
  if constexpr (std::is_same_v<TypeParam, dlpack::VersionedTensor>) {
    Counted<TypeParam> later(data, 1, shape);
    later.managed.version = {2, 0};
    EXPECT_THROW(dlpack::from(this->session, &later.managed, placed), UsageError);
    EXPECT_EQ(later.deleted, 1);
  }
}

TYPED_TEST(Tensors, OfArraysKeepTheirMemory) {
  std::optional<Session> first(this->options());
  std::optional<Array> x = first->persist(uniform({this->rows, this->columns}, 0, 1, {.seed = 3}));
  const double expected = first->template values<double>(sum(*x))[0];
  EXPECT_THROW(dlpack::chunks<TypeParam>(*first, *x + 1.0), UsageError);
  EXPECT_THROW(dlpack::chunks<TypeParam>(this->session, *x), UsageError) << "of another session";
  auto chunks = dlpack::chunks<TypeParam>(*first, *x);
  x.reset(), first.reset();
  // Back again, on another session's GPU.
  std::int64_t elements = 0;
  for (const auto& c : chunks) {
    EXPECT_EQ(c.tensor->tensor.device.type, 2);
    EXPECT_EQ(c.tensor->tensor.type.bits, 64);
    EXPECT_EQ(c.tensor->tensor.shape[1], this->columns);
    if constexpr (std::is_same_v<TypeParam, dlpack::VersionedTensor>) {
      EXPECT_EQ(c.tensor->flags & 1, 1u);
      EXPECT_EQ(c.tensor->version.major, 1u);
    }
    elements += c.box.size();
  }
  std::vector<std::int64_t> all(static_cast<std::size_t>(this->session.size()));
  this->session.communicator().allgather(reinterpret_cast<const std::byte*>(&elements),
                                         reinterpret_cast<std::byte*>(all.data()), sizeof elements);
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), std::int64_t{0}), this->rows * this->columns);
  if (this->session.size() > 1 || chunks.size() != 1) return;
  const Array again = dlpack::from(this->session, chunks[0].tensor.release());
  EXPECT_EQ(this->session.template values<double>(sum(again))[0], expected);
}

TYPED_TEST(Tensors, OfTheHostsArraysAreTheHosts) {
  Session cpu(this->options("cpu"));
  const Array x = cpu.persist(astype(arange(100), DType::int16));
  for (const auto& c : dlpack::chunks<TypeParam>(cpu, x)) {
    const dlpack::Tensor& t = c.tensor->tensor;
    EXPECT_EQ(t.device.type, 1);
    EXPECT_EQ(t.type.code, 0);
    EXPECT_EQ(t.type.bits, 16);
    for (std::int64_t i = 0; i < t.shape[0]; i++) {
      const auto* element = static_cast<const std::int16_t*>(t.data) + i * t.strides[0];
      EXPECT_EQ(*element, c.box.lo[0] + i);
    }
  }
}

}  // namespace
}  // namespace tessera::testing
