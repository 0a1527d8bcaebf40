#include <tessera/core/cpu/cpu_device.hpp>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/random.hpp>
#include <tessera/core/cpu/sampler.hpp>
#include <tessera/core/overloaded.hpp>

namespace tessera::cpu {
namespace {

class DeviceKernel final : public tessera::Kernel {
 public:
  explicit DeviceKernel(std::shared_ptr<const cpu::Kernel> kernel) : kernel_(std::move(kernel)) {}
  void map(Stream, const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
           std::span<const StridedOutput> outputs, bool streaming) const override {
    kernel_->map(extent, inputs, scalars, outputs, streaming);
  }
  void reduce(Stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
              std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const override {
    kernel_->reduce(folds, extent, reduced, leaf, inputs, scalars, positions);
  }

 private:
  std::shared_ptr<const cpu::Kernel> kernel_;
};

// Consecutive elements of a generator.
class Row {
 public:
  Row(const Generator& generator, DType type) : generator_(generator), type_(type) {
    if (const auto* l = std::get_if<LawSource>(&generator)) sampler_ = sampler(*l->law);
  }
  void make(std::uint64_t first, std::int64_t count, std::byte* to) const {
    std::visit(overloaded{[&](const RandomSource& r) {
                            if (r.kind == RandomSource::Kind::uniform)
                              uniform(type_, r.key, first, count, to);
                            else
                              normal(type_, r.key, first, count, to);
                          },
                          [&](const LawSource& l) { sampler_->draw(l.key, first, count, to); },
                          [&](const ArangeSource& a) {
                            if (a.start.kind() == Kind::integer)
                              arange(type_, a.start.as<std::int64_t>(), a.step.as<std::int64_t>(), first, count, to);
                            else
                              arange(type_, a.start.as<double>(), a.step.as<double>(), first, count, to);
                          }},
               generator_);
  }

 private:
  const Generator& generator_;
  DType type_;
  SamplerPtr sampler_;
};

class CpuDevice final : public Device {
 public:
  std::string name() const override { return "cpu"; }
  Space space() const override { return Space::host; }
  const std::shared_ptr<MemorySource>& memory() const override { return memory_; }
  std::int64_t memory_available() const override { return 0; }                // the session asks the system
  std::int64_t tile_bytes() const override { return std::int64_t{1} << 20; }  // near the second-level cache

  bool computes(const Program&) const override { return true; }
  bool computes(const Fold&) const override { return true; }
  bool computes(const Generator&) const override { return true; }

  std::shared_ptr<const tessera::Kernel> compile(const Program& program) override {
    return std::make_shared<DeviceKernel>(cpu::Kernel::compile(program));
  }
  void combine(Stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
               std::int64_t into_count, std::int64_t from_count) override {
    cpu::combine(fold, n, into, from, into_count, from_count);
  }
  void empty_states(Stream, const Fold& fold, std::int64_t n, std::byte* states) override {
    cpu::empty_states(fold, n, states);
  }
  void generate(Stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                std::byte* to) override;
  void copy(Stream, const Dims& extent, std::int64_t item, const StridedInput& from, const StridedOutput& to,
            bool streaming) override {
    cpu::copy(extent, item, from.data, from.strides, to.data, to.strides, streaming);
  }

  Event record(Stream) override { return {}; }
  void wait(Stream, const Event&) override {}
  void wait(const Event&) override {}
  void wait(Stream) override {}

 private:
  const std::shared_ptr<MemorySource> memory_ = HostMemory::get();
};

void CpuDevice::generate(Stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                         std::byte* to) {
  // Rows: the trailing axes that the box has whole are one run of consecutive elements.
  int axis = box.rank() - 1;
  std::int64_t count = 1;
  while (axis >= 0) {
    count *= box.extent[axis];
    if (box.extent[axis] != shape[axis]) break;
    axis--;
  }
  if (count == 0) return;
  const Row row(generator, type);
  const Dims strides = row_major_strides(shape, 1);
  const std::int64_t bytes = count * item_size(type);
  Dims outer;
  for (int i = 0; i < axis; i++) outer.push_back(box.extent[i]);
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t first = 0;
    for (int i = 0; i < box.rank(); i++) first += (box.lo[i] + (i < at.size() ? at[i] : 0)) * strides[i];
    row.make(static_cast<std::uint64_t>(first), count, to);
    to += bytes;
  });
}

}  // namespace

std::shared_ptr<Device> device() {
  static const auto only = std::make_shared<CpuDevice>();
  return only;
}

}  // namespace tessera::cpu
