#include <tessera/core/cuda/cuda_device.hpp>

#include <fmt/format.h>

#include <cstdlib>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/block_kernels.hpp>
#include <tessera/core/cuda/box.hpp>
#include <tessera/core/cuda/combine.hpp>
#include <tessera/core/cuda/cublas.hpp>
#include <tessera/core/cuda/generate.hpp>
#include <tessera/core/cuda/integer_products.hpp>
#include <tessera/core/cuda/map_kernel.hpp>
#include <tessera/core/cuda/memory.hpp>
#include <tessera/core/cuda/nccl.hpp>
#include <tessera/core/cuda/user_source.hpp>
#include <tessera/core/device/devices.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

// A launch costs microseconds, and the bus wants pieces of some MiB. A sum gives each leaf of 4096 elements to a warp: 64 MiB of float64 are 2048
// warps, which have 4 MiB under way at a time, twice what the memory of an H100 takes to be busy (on paper: not measured).
constexpr std::int64_t bytes_of_a_tile = std::int64_t{64} << 20;

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(std::shared_ptr<const Context> context)
      : context_(std::move(context)),
        source_(std::make_shared<DeviceMemory>(context_)),
        pinned_(std::make_shared<PinnedMemory>(context_)),
        streams_(context_),
        generators_(context_),
        block_kernels_(context_),
        combiners_(context_),
        products_(context_),
        integer_products_(context_) {}

  std::string name() const override { return "cuda"; }
  Space space() const override { return Space::device; }
  // cuBLAS repeats itself on GPUs of one architecture with as many multiprocessors.
  std::string kind() const override {
    return fmt::format("{}, sm_{}, {} multiprocessors, {}", name(), context_->compute_capability(),
                       context_->multiprocessors(), cublas_description());
  }
  int number() const override { return context_->ordinal(); }
  std::string identity() const override { return context_->uuid(); }
  const std::shared_ptr<MemorySource>& memory() const override { return source_; }
  std::shared_ptr<MemorySource> pinned_memory() const override { return pinned_; }
  std::int64_t memory_available() const override { return context_->free_bytes() / 10 * 9; }
  std::int64_t tile_bytes() const override { return bytes_of_a_tile; }

  bool computes(const Program& program) const override {
    return has_source(program) && (program.outputs.size() != 1 || has_fold_source(program));
  }
  bool computes(const Fold& fold) const override { return has_fold_source(fold); }
  bool computes(const Generator& generator) const override { return has_generator(generator); }
  bool computes(const UserMap& function) const override { return has_source(function); }
  bool computes(const ChunkFunction& function) const override { return has_source(function); }

  std::shared_ptr<const Kernel> compile(const Program& program) override {
    return std::make_shared<MapKernel>(program, context_, streams_);
  }
  std::shared_ptr<const Kernel> compile(const UserMap& function) override;
  bool multiplies(DType type) const override { return !is_inexact(type) || products_.have(type); }
  std::int64_t product_scratch_bytes() const override { return products_.workspace_bytes(); }
  void multiply(Stream stream, DType type, const MatrixProduct& product, std::byte* scratch) override {
    if (is_inexact(type))
      products_.multiply(streams_[stream], type, product, scratch);
    else
      integer_products_.multiply(streams_[stream], type, product);
  }
  void call(Stream stream, const ChunkFunction& function, std::span<const BlockMemory> inputs, const BlockMemory& to,
            const BlockPlace& place) override {
    block_kernels_.call(streams_[stream], function, inputs, to, place);
  }
  void combine(Stream stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
               std::int64_t into_count, std::int64_t from_count) override {
    combiners_.combine(streams_[stream], fold, n, into, from, into_count, from_count);
  }
  void empty_states(Stream, const Fold&, std::int64_t, std::byte*) override {
    throw InternalError("cuda: states without elements are the host's");
  }
  void generate(Stream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                std::byte* to) override {
    generators_.generate(streams_[stream], generator, type, shape, box, to);
  }
  void copy(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from, const StridedOutput& to,
            bool streaming) override;

  Event record(Stream stream) override { return streams_.record(stream); }
  void wait(Stream stream, const Event& event) override { streams_.wait(stream, event); }
  void wait(const Event& event) override { streams_.wait(event); }
  void wait(Stream stream) override { streams_.wait(stream); }
  bool is_done(const Event& event) override { return streams_.is_done(event); }
  std::string why_not_memory(const void* address) const override;
  void wait_for_callers(void* stream) override {
    context_->check(context_->enter().cuStreamSynchronize(static_cast<CUstream>(stream)), "cuStreamSynchronize");
  }
  LinkSupport link_support() const override { return nccl_support(); }
  std::string new_link() override { return new_nccl_name(); }
  std::unique_ptr<DeviceLink> connect(const std::string& name, int rank, int ranks) override {
    return connect_by_nccl(context_, streams_, name, rank, ranks);
  }

 private:
  void copy_run(CUstream stream, const std::byte* from, Space from_space, std::byte* to, Space to_space,
                std::int64_t bytes) const;
  const Kernel& copier(std::int64_t item);

  const std::shared_ptr<const Context> context_;
  const std::shared_ptr<MemorySource> source_, pinned_;
  Streams streams_;
  Generators generators_;
  BlockKernels block_kernels_;
  StateCombiners combiners_;
  Products products_;
  IntegerProducts integer_products_;
  std::mutex mutex_;
  std::map<std::int64_t, std::shared_ptr<const Kernel>> copiers_;   // by bytes of an element
  std::map<std::string, std::shared_ptr<const Kernel>> user_maps_;  // by text
};

void CudaDevice::copy_run(CUstream stream, const std::byte* from, Space from_space, std::byte* to, Space to_space,
                          std::int64_t bytes) const {
  const Driver& driver = context_->driver();
  const auto n = static_cast<std::size_t>(bytes);
  const auto address = [](const std::byte* p) { return reinterpret_cast<CUdeviceptr>(p); };
  if (from_space == Space::device && to_space == Space::device)
    context_->check(driver.cuMemcpyDtoDAsync(address(to), address(from), n, stream), "cuMemcpyDtoDAsync");
  else if (to_space == Space::device)
    context_->check(driver.cuMemcpyHtoDAsync(address(to), from, n, stream), "cuMemcpyHtoDAsync");
  else
    context_->check(driver.cuMemcpyDtoHAsync(to, address(from), n, stream), "cuMemcpyDtoHAsync");
}

std::string CudaDevice::why_not_memory(const void* address) const {
  const Driver& driver = context_->enter();
  unsigned type = 0;
  int ordinal = -1;
  const auto at = reinterpret_cast<CUdeviceptr>(address);
  if (driver.cuPointerGetAttribute(&type, memory_type_of_pointer, at) != success || type != memory_of_device)
    return "it is no memory of a GPU";
  if (driver.cuPointerGetAttribute(&ordinal, device_of_pointer, at) != success || ordinal != number())
    return fmt::format("it is memory of GPU {}, and this rank computes on GPU {}", ordinal, number());
  return "";
}

std::shared_ptr<const Kernel> CudaDevice::compile(const UserMap& function) {
  const std::string text = map_source(function);
  std::lock_guard lock(mutex_);
  auto& known = user_maps_[text];
  if (!known) known = std::make_shared<MapKernel>(function, context_, streams_);
  return known;
}

// The Program that gives its input back.
const Kernel& CudaDevice::copier(std::int64_t item) {
  std::lock_guard lock(mutex_);
  auto& known = copiers_[item];
  if (!known) {
    const DType type = item == 1   ? DType::uint8
                       : item == 2 ? DType::uint16
                       : item == 4 ? DType::uint32
                       : item == 8 ? DType::uint64
                                   : DType::complex128;
    Program same;
    same.inputs = {type};
    same.outputs = {0};
    known = compile(same);
  }
  return *known;
}

void CudaDevice::copy(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from,
                      const StridedOutput& to, bool streaming) {
  if (std::find(extent.begin(), extent.end(), 0) != extent.end()) return;
  if (from.space == Space::host && to.space == Space::host) {
    streams_.wait(stream);  // what is read may be what the stream still brings
    host_device().copy({}, extent, item, from, to, streaming);
    return;
  }
  const MergedBox box = merge_axes(extent, {from.strides, to.strides});
  // The run that both sides have in one piece.
  std::int64_t run = item;
  const int last = box.extent.size() - 1;
  if (last >= 0 && box.strides[0][last] == item && box.strides[1][last] == item) run *= box.extent[last];
  Dims outer;
  for (int a = 0; a < (run > item ? last : last + 1); a++) outer.push_back(box.extent[a]);
  const bool known_item = item == 1 || item == 2 || item == 4 || item == 8 || item == 16;
  if (from.space == Space::device && to.space == Space::device && !outer.empty() && known_item) {
    const StridedInput in[] = {from};
    const StridedOutput out[] = {to};
    copier(item).map(stream, extent, in, {}, out, streaming);
    return;
  }
  const CUstream on = streams_[stream];
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t a = 0, b = 0;
    for (int i = 0; i < at.size(); i++) a += at[i] * box.strides[0][i], b += at[i] * box.strides[1][i];
    copy_run(on, from.data + a, from.space, to.data + b, to.space, run);
  });
}

// As mpirun and srun number the ranks of a node; 0 where nobody does.
int local_rank() {
  for (const char* name : {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "PMIX_LOCAL_RANK", "SLURM_LOCALID"})
    if (const char* text = std::getenv(name); text && *text) return std::atoi(text);
  return 0;
}

int gpus(const Driver& driver) {
  int count = 0;
  return driver.cuInit(0) == success && driver.cuDeviceGetCount(&count) == success ? count : 0;
}

}  // namespace

std::string why_not() {
  std::string why;
  const Driver* driver = find_driver(why);
  if (!driver) return "no CUDA driver: " + why;
  if (!find_nvrtc(why)) return "no NVRTC, which compiles kernels: " + why;
  return gpus(*driver) > 0 ? "" : "the CUDA driver finds no GPU";
}

std::string description() {
  std::string none;
  const Driver& driver = *find_driver(none);
  int version = 0, major = 0, minor = 0;
  driver.cuDriverGetVersion(&version);
  find_nvrtc(none)->nvrtcVersion(&major, &minor);
  std::string text = fmt::format("driver for CUDA {}.{}, NVRTC {}.{}, {}, {}", version / 1000, version % 1000 / 10,
                                 major, minor, cublas_description(), nccl_description());
  for (int k = 0; k < gpus(driver); k++) {
    CUdevice d = 0;
    char name[128] = "";
    int x = 0, y = 0;
    driver.cuDeviceGet(&d, k);
    driver.cuDeviceGetName(name, sizeof name, d);
    driver.cuDeviceGetAttribute(&x, compute_major, d);
    driver.cuDeviceGetAttribute(&y, compute_minor, d);
    text += fmt::format("; GPU {}: {} (sm_{}{})", k, name, x, y);
  }
  return text;
}

std::shared_ptr<Device> device() {
  const std::string why = why_not();
  if (!why.empty()) throw UsageError("device 'cuda': " + why);
  std::string none;
  const Driver& driver = *find_driver(none);
  return std::make_shared<CudaDevice>(
      std::make_shared<const Context>(driver, *find_nvrtc(none), local_rank() % gpus(driver)));
}

}  // namespace tessera::cuda
