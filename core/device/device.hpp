#pragma once
// Device: what computes. It compiles Programs into kernels, runs them on memory of its own space, and copies between
// that space and the host's. The CPU is one (core/cpu/cpu_device.hpp), whose space is the host's; devices.hpp lists
// all.
//
// Work is given to a stream and done in the order of the stream, some time: the host may touch what it reads or writes
// only after `wait`. Streams know nothing of one another but through events. The CPU has done everything when a call
// returns. Calls are made once for a tile or a message, never for an element.
//
// Thread-safe; a stream is used by one thread at a time. What fails while work is done, throws in a later call.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <tessera/core/box.hpp>
#include <tessera/core/device/link.hpp>
#include <tessera/core/kernel/generator.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/strided.hpp>
#include <tessera/core/kernel/user_function.hpp>
#include <tessera/core/memory/source.hpp>

namespace tessera {

struct MatrixProduct;

/// An order of work on a device. Any number is one; each thread that gives work has its own.
struct Stream {
  int number = 0;
};

/// A place in a stream: behind all that it had been given when the event was recorded. Empty: everything is done.
struct Event {
  std::shared_ptr<void> mark{};
};

/// A compiled Program. Immutable; any number of threads may run it at the same time. All memory is in the device's
/// space; spans and what they hold are read before the call returns.
class TESSERA_API Kernel {
 public:
  virtual ~Kernel();

  /// outputs[k][i] = program(inputs[...][i]) for all i in `extent`. `streaming`: the outputs won't be read soon.
  /// Outputs may be the very memory of an input (same strides), not overlap otherwise.
  virtual void map(Stream stream, const Dims& extent, std::span<const StridedInput> inputs,
                   std::span<const ScalarBits> scalars, std::span<const StridedOutput> outputs,
                   bool streaming) const = 0;

  /// Folds the program's only output, in every way of `folds`, over the axes of `reduced` (bit i: axis i), leaf by leaf
  /// (combiner.hpp has the order inside a leaf, which fixes the bits). `extent` is a box of whole leaves of at most
  /// `leaf` each, starting at a leaf's edge. states: for each leaf (row-major over the grid of leaves, ceil(extent /
  /// leaf) on the reduced axes, kept axes undivided), states of the outputs (row-major over the kept axes) as
  /// `fold.layout()` says, overwritten. The program gives fold.element; of several folds, each may also take float64
  /// from a program that gives float32 by reading alone. `positions` matters to the arg- combiners alone. At most
  /// most_folds_together folds, and of several none that is the user's or of complex numbers. Each fold's bits are
  /// those that it has alone.
  virtual void reduce(Stream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
                      const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                      const FoldedPositions& positions) const = 0;
};

class TESSERA_API Device {
 public:
  virtual ~Device();
  /// As the list of devices and messages have it.
  virtual std::string name() const = 0;
  /// Where its kernels read and write: Space::host or Space::device.
  virtual Space space() const = 0;
  /// What decides the bits of its products: ranks whose devices differ in it don't share one. Its name unless said.
  virtual std::string kind() const;
  /// Which of those on this machine it is, as its drivers count them; 0 unless said.
  virtual int number() const;
  /// Tells it from all other devices of all machines: of ranks for which it is the same they are one. Empty, unless said.
  virtual std::string identity() const;
  /// Where bytes of that space come from. The session makes a pool of it.
  virtual const std::shared_ptr<MemorySource>& memory() const = 0;
  /// Where memory of the host comes from that it copies from and to while the host goes on (Space::pinned); null, unless
  /// said, where any is as good.
  virtual std::shared_ptr<MemorySource> pinned_memory() const;
  /// Bytes of that space that one rank may take now, beside what it has, when nobody says how many.
  virtual std::int64_t memory_available() const = 0;
  /// What the buffers of a tile should take together, in bytes: enough for the cost of giving work not to matter.
  virtual std::int64_t tile_bytes() const = 0;

  // What it computes. Pure, and the same on all ranks: plans ask, and leave the rest to the CPU.
  virtual bool computes(const Program& program) const = 0;
  virtual bool computes(const Fold& fold) const = 0;
  virtual bool computes(const Generator& generator) const = 0;
  /// Functions of the user's own, in a text for this device. Of single elements; of chunks. None unless said.
  virtual bool computes(const UserMap& function) const;
  virtual bool computes(const ChunkFunction& function) const;

  /// throws DTypeError for what no kernel can compute, on any device.
  virtual std::shared_ptr<const Kernel> compile(const Program& program) = 0;
  /// What makes the function's elements of its parameters' (Kernel::map); it folds nothing. The same one for the same function.
  virtual std::shared_ptr<const Kernel> compile(const UserMap& function);
  /// Gives the stream one call of a function of chunks: what is made is 0 before. throws ValueError where its text does not
  /// compile, or its grid is none that a launch can have.
  virtual void call(Stream stream, const ChunkFunction& function, std::span<const BlockMemory> inputs,
                    const BlockMemory& to, const BlockPlace& place);
  /// into[i] = into[i] (+) from[i], `into` being the left operand, for the states of `n` outputs. The counts (elements
  /// behind each state) matter where fold.counts(). Same bits on every device.
  virtual void combine(Stream stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
                       std::int64_t into_count, std::int64_t from_count) = 0;
  /// The states of `n` outputs behind which there is no element.
  virtual void empty_states(Stream stream, const Fold& fold, std::int64_t n, std::byte* states) = 0;
  /// The elements of `box` of an array of this shape and dtype, dense, in the device's space.
  virtual void generate(Stream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                        std::byte* to) = 0;
  /// The dtypes of matrices that it multiplies; none unless said.
  virtual bool multiplies(DType type) const;
  /// Bytes of its space that a product may write to, for each stream.
  virtual std::int64_t product_scratch_bytes() const;
  /// As multiply_matrices (host_products.hpp), of matrices in its space: the same bits whenever it is called with as much of the same on the
  /// same kind of device. scratch: of this stream alone, product_scratch_bytes().
  virtual void multiply(Stream stream, DType type, const MatrixProduct& product, std::byte* scratch);
  /// `extent` elements of `item` bytes. Each side may be the host's or the device's; the host's must stay until the
  /// stream has been waited for. `streaming` as in Kernel::map.
  virtual void copy(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from,
                    const StridedOutput& to, bool streaming = false) = 0;

  virtual Event record(Stream stream) = 0;
  /// What the stream is given from now on comes after the event.
  virtual void wait(Stream stream, const Event& event) = 0;
  /// The host waits.
  virtual void wait(const Event& event) = 0;
  /// True when all before the event is done; waits for it, unless said.
  virtual bool is_done(const Event& event);
  /// The host waits for all that the stream has been given.
  virtual void wait(Stream stream) = 0;

  /// Why kernels can't use the caller's memory there: "it is the host's"; empty: they can. Unless said, they can't.
  virtual std::string why_not_memory(const void* address) const;
  /// The host waits for all that a stream of the caller's own has been given: the driver's handle of it, null its default one.
  virtual void wait_for_callers(void* stream);

  /// What would link it with the devices of other ranks; nothing unless said.
  virtual LinkSupport link_support() const;
  /// A name by which ranks find each other for a link. One of them makes it, and tells the others. throws CommError.
  virtual std::string new_link();
  /// Begins to link this rank of `ranks` with the others, which all do so with the same name. throws CommError.
  virtual std::unique_ptr<DeviceLink> connect(const std::string& name, int rank, int ranks);
};

}  // namespace tessera
