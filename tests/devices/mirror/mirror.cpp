#include "mirror.hpp"

#include <algorithm>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/errors.hpp>

#include "memory.hpp"
#include "streams.hpp"

namespace mirror {
namespace {

using namespace tessera;

// What comes from a device of this process: an event, or the failure of one call.
void fail_when_told() {
  std::atomic<std::int64_t>& left = counters().fails_at;
  if (left > 0 && --left == 0) throw IoError("mirror: the device has failed");
}

std::vector<StridedInput> behind(const Memory& memory, std::span<const StridedInput> inputs) {
  std::vector<StridedInput> there(inputs.begin(), inputs.end());
  for (auto& in : there) {
    if (in.space != Space::device) throw InternalError("mirror: an operand of a kernel lies in the host's memory");
    if (in.data) in.data = memory.behind(in.data);
    in.space = Space::host;
  }
  return there;
}

class MirrorKernel final : public Kernel {
 public:
  MirrorKernel(const Program& program, std::shared_ptr<const Memory> memory, Streams& streams)
      : kernel_(host_device().compile(program)), memory_(std::move(memory)), streams_(streams) {}

  void map(Stream stream, const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
           std::span<const StridedOutput> outputs, bool streaming) const override {
    counters().maps++;
    std::vector<StridedOutput> to(outputs.begin(), outputs.end());
    for (auto& out : to) {
      if (out.space != Space::device) throw InternalError("mirror: a kernel's output lies in the host's memory");
      if (out.data) out.data = memory_->behind(out.data);
      out.space = Space::host;
    }
    streams_[stream].give([kernel = kernel_, extent, from = behind(*memory_, inputs),
                           values = std::vector(scalars.begin(), scalars.end()), to = std::move(to), streaming] {
      fail_when_told();
      kernel->map({}, extent, from, values, to, streaming);
    });
  }
  void reduce(Stream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
              const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const override {
    counters().reductions++;
    std::vector<Fold> copies;
    std::vector<std::byte*> states;
    for (const auto& f : folds) copies.push_back(*f.fold), states.push_back(memory_->behind(f.states));
    streams_[stream].give([kernel = kernel_, copies, states, extent, reduced, leaf, from = behind(*memory_, inputs),
                           values = std::vector(scalars.begin(), scalars.end()), positions] {
      fail_when_told();
      std::vector<FoldInto> into;
      for (std::size_t k = 0; k < copies.size(); k++) into.push_back({&copies[k], states[k]});
      kernel->reduce({}, into, extent, reduced, leaf, from, values, positions);
    });
  }

 private:
  std::shared_ptr<const Kernel> kernel_;
  std::shared_ptr<const Memory> memory_;
  Streams& streams_;
};

class Mirror final : public Device {
 public:
  std::string name() const override { return "mirror"; }
  Space space() const override { return Space::device; }
  const std::shared_ptr<MemorySource>& memory() const override { return source_; }
  std::int64_t memory_available() const override { return std::int64_t{1} << 30; }
  std::int64_t tile_bytes() const override { return 200 << 10; }  // other tiles than the CPU's

  bool computes(const Program& p) const override {
    for (std::size_t v = 0; v < p.values(); v++)
      if (is_complex(p.type(static_cast<ValueId>(v)))) return false;
    return true;
  }
  bool computes(const Fold& fold) const override { return !fold.user && !is_complex(fold.element); }
  bool computes(const Generator& g) const override { return !std::holds_alternative<LawSource>(g); }

  std::shared_ptr<const Kernel> compile(const Program& program) override {
    counters().compiled++;
    if (!computes(program)) throw InternalError("mirror: a Program that it can't compute");
    return std::make_shared<MirrorKernel>(program, memory_, streams_);
  }
  void combine(Stream stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
               std::int64_t into_count, std::int64_t from_count) override {
    counters().combinations++;
    streams_[stream].give([fold, n, to = memory_->behind(into), it = memory_->behind(from), into_count, from_count] {
      fail_when_told();
      host_device().combine({}, fold, n, to, it, into_count, from_count);
    });
  }
  void empty_states(Stream stream, const Fold& fold, std::int64_t n, std::byte* states) override {
    streams_[stream].give([fold, n, to = memory_->behind(states)] { host_device().empty_states({}, fold, n, to); });
  }
  void generate(Stream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                std::byte* to) override {
    counters().generated++;
    if (!computes(generator)) throw InternalError("mirror: a generator that it can't compute");
    streams_[stream].give([generator, type, shape, box, to = memory_->behind(to)] {
      fail_when_told();
      host_device().generate({}, generator, type, shape, box, to);
    });
  }
  void copy(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from, const StridedOutput& to,
            bool streaming) override {
    std::int64_t bytes = item;
    for (const auto e : extent) bytes *= e;
    if (bytes == 0) return;
    counters().copies++;
    if (from.space != to.space)
      (to.space == Space::device ? counters().bytes_to_device : counters().bytes_to_host) += bytes;
    const std::byte* a = from.space == Space::device ? memory_->behind(from.data) : from.data;
    std::byte* b = to.space == Space::device ? memory_->behind(to.data) : to.data;
    streams_[stream].give(
        [extent, item, from = StridedInput{a, from.strides}, to = StridedOutput{b, to.strides}, streaming] {
          fail_when_told();
          host_device().copy({}, extent, item, from, to, streaming);
        });
  }

  Event record(Stream stream) override { return streams_.record(stream); }
  void wait(Stream stream, const Event& event) override { streams_.wait(stream, event); }
  void wait(const Event& event) override { streams_.wait(event); }
  void wait(Stream stream) override { streams_.wait(stream); }

 private:
  const std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  const std::shared_ptr<MemorySource> source_ = memory_;
  Streams streams_;
};

[[maybe_unused]] const bool added =
    (add_device_kind({"mirror", [] { return std::string(); },
                      []() -> std::shared_ptr<Device> { return std::make_shared<Mirror>(); }}),
     true);

}  // namespace

Counters& counters() {
  static Counters all;
  return all;
}

}  // namespace mirror
