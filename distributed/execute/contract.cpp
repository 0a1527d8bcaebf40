// A product, step after step: its panels are brought, by all ranks together where they lie elsewhere; workers multiply
// chunk by chunk; with the last piece of k a panel of the result is complete, and written.
#include <algorithm>
#include <atomic>
#include <optional>

#include <tessera/core/device/host_products.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/kernel/contraction.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/contract_operand.hpp>
#include <tessera/distributed/execute/contract_sums.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

class Contracting {
 public:
  Contracting(StageRun& stage, const ContractOperator& op)
      : stage_(stage),
        x_(stage.x),
        op_(op),
        panels_{ContractPanel(stage, op, op.operands[0]), ContractPanel(stage, op, op.operands[1])},
        sums_(stage, op) {
    if (op.space == Space::host) library_.emplace(op.output.dtype);
  }
  // Nobody gets the panels while the device works on them.
  ~Contracting() {
    Failure unheard;  // after an error, whose cause is known
    for (int w = 0; op_.space == Space::device && w < op_.workers; w++)
      unheard.guard([&] { x_.device.wait(Stream{w}); });
  }
  Contracting(const Contracting&) = delete;
  Contracting& operator=(const Contracting&) = delete;

  void prepare() {
    for (auto& p : panels_) p.prepare();
    sums_.prepare();
    if (op_.memory.libraries > 0)
      library_bytes_ = Buffer(x_.pool_in(op_.space), op_.memory.libraries, "copies that BLAS makes");
    if (op_.memory.staging > 0)
      staging_ = Buffer(x_.pinned_pool, op_.memory.staging, "what comes from a device to be written");
  }
  std::string kernels() const { return library_ ? library_->kernels() : std::string(); }

  /// Collective.
  void run() {
    const std::int64_t steps = op_.steps.count(op_.layout);
    for (std::int64_t i = 0; i < steps; i++) {
      bring(i);
      const ContractStep step = op_.steps.step(op_.layout, x_.comm.rank(), i);
      if (!step.empty()) multiply(step);
      if (!step.last) continue;
      sums_.exchange(i);
      if (!step.chunks.empty() && op_.layout.owner_of(x_.comm.rank()) == x_.comm.rank()) finish(step);
    }
  }

 private:
  void bring(std::int64_t step) {
    const bool talks = panels_[0].talks(step) || panels_[1].talks(step);
    if (talks) {
      for (auto& p : panels_)
        if (p.talks(step)) stage_.failure.then([&] { p.prepare_fetch(step); });
      agree(x_.comm, stage_.failure);
      for (auto& p : panels_)
        if (p.talks(step)) p.fetch();
    }
    for (auto& p : panels_) p.bring(step);
  }

  /// Calls f(k) for k in [0, n), on all workers. What goes wrong is kept.
  template <class F>
  void share(std::int64_t n, const F& f) {
    std::atomic<std::int64_t> next{0};
    const bool talks = x_.comm.size() > 1;
    const auto work = [&](int worker) {
      stage_.failure.then([&] {
        for (std::int64_t k = next++; k < n && !stage_.failure.any(); k = next++) {
          f(k, worker);
          if (worker != 0) continue;
          if (talks && x_.comm.failure_announced()) stage_.failure.stop();
          stage_.tell(false, x_.counters.tiles - before_, op_.output.grid.count());
        }
        if (op_.space == Space::device) x_.device.wait(Stream{worker});
      });
      free_scratch();
    };
    if (op_.workers == 1 || n == 1)
      work(0);
    else
      run_team(op_.workers, work);
    if (talks && stage_.failure.error() && !announced_) {
      announced_ = true;
      x_.comm.announce_failure();
    }
  }

  static Dims chunk_of(const ContractStep& step, std::int64_t number) {
    Dims at = step.chunks.lo;
    for (int i = at.size() - 1; i >= 0; i--) {
      at[i] += number % step.chunks.extent[i];
      number /= step.chunks.extent[i];
    }
    return at;
  }

  void multiply(const ContractStep& step) {
    const AxisChunks& segments = op_.layout.segments();
    const std::int64_t first = segments.find(step.from), last = segments.find(step.to - 1);
    const std::int64_t chunks = step.chunks.size();
    share(chunks * (last - first + 1), [&](std::int64_t task, int worker) {
      const std::int64_t number = task % chunks, segment = first + task / chunks;
      const TraceSpan span(stage_.lane(worker), Activity::compute, stage_.traced());
      const Dims chunk = chunk_of(step, number);
      multiply_chunk(chunk, segment, std::max(step.from, segments.bound(segment)),
                     std::min(step.to, segments.bound(segment + 1)), sums_.at(chunk, number, segment), worker);
    });
  }

  // From products [from, to) of a segment.
  void multiply_chunk(const Dims& chunk, std::int64_t segment, std::int64_t from, std::int64_t to, std::byte* c,
                      int worker) {
    const Box box = op_.layout.grid().box(chunk);
    const int rank = box.rank();
    const std::int64_t m = box.extent[rank - 2], n = box.extent[rank - 1], item = item_size(op_.output.dtype);
    Dims stack;
    for (int i = 0; i + 2 < rank; i++) stack.push_back(box.extent[i]);
    for_each_index(stack, [&](const Dims& at) {
      std::array<Dims, 2> index{box.lo, box.lo};
      for (int i = 0; i < at.size(); i++)
        for (std::size_t k = 0; k < 2; k++) index[k][i] = op_.operands[k].stack >> i & 1u ? box.lo[i] + at[i] : 0;
      std::int64_t depth = 0;
      for (std::int64_t k = from; k < to; k += depth) {
        index[0][rank - 1] = k, index[1][rank - 2] = k;
        depth = depth_of_call(index, m, n, to - k);
        const PlacedMatrix a = panels_[0].matrix(matrix_box(index[0], m, depth), worker);
        const PlacedMatrix b = panels_[1].matrix(matrix_box(index[1], depth, n), worker);
        multiply({m, n, depth, a.first, a.row, b.first, b.row, c, n * item, k > op_.layout.segments().bound(segment),
                  a.by_columns, b.by_columns},
                 worker);
      }
      c += m * n * item;
    });
  }

  // Of one call: a block; on a device, which wants much work at a time, all that lies in one piece.
  std::int64_t depth_of_call(const std::array<Dims, 2>& index, std::int64_t m, std::int64_t n,
                             std::int64_t left) const {
    const std::int64_t blocks = op_.space == Space::device ? ceil_div(left, contraction_block) : 1;
    for (std::int64_t k = blocks; k > 1; k /= 2) {
      const std::int64_t depth = std::min(left, k * contraction_block);
      if (panels_[0].is_in_one_piece(matrix_box(index[0], m, depth)) &&
          panels_[1].is_in_one_piece(matrix_box(index[1], depth, n)))
        return depth;
    }
    return std::min(contraction_block, left);
  }

  static Box matrix_box(const Dims& first, std::int64_t rows, std::int64_t columns) {
    Box box{first, Dims::filled(first.size(), 1)};
    box.extent[first.size() - 2] = rows, box.extent[first.size() - 1] = columns;
    return box;
  }

  void multiply(const MatrixProduct& p, int worker) const {
    if (op_.space == Space::host) return multiply_matrices(op_.output.dtype, p);
    x_.device.multiply(
        Stream{worker}, op_.output.dtype, p,
        library_bytes_.data() ? library_bytes_.data() + worker * x_.device.product_scratch_bytes() : nullptr);
  }

  void finish(const ContractStep& step) {
    share(step.chunks.size(), [&](std::int64_t number, int worker) {
      const Dims chunk = chunk_of(step, number);
      const Box box = op_.layout.grid().box(chunk);
      const Dims strides = row_major_strides(box.extent, item_size(op_.output.dtype));
      const std::byte* sum = sums_.finish(Stream{worker}, chunk, number);
      if (op_.output.array)
        if (const HeldBox to = x_.array(*op_.output.array)->chunk(chunk); to.data != sum)
          x_.copy(Stream{worker}, box.extent, item_size(op_.output.dtype), {sum, strides, op_.space},
                  output_at(to, box.lo));
      write(box, sum, strides, worker);
      x_.counters.tiles++;
    });
  }

  void write(const Box& box, const std::byte* elements, const Dims& strides, int worker) {
    if (op_.space == Space::device && !op_.output.writes.empty()) {
      std::byte* here = staging_.data() + worker * (op_.memory.staging / op_.workers);
      x_.bring(Stream{worker}, box.extent, item_size(op_.output.dtype), {elements, strides, op_.space},
               {here, strides});
      elements = here;
    }
    for (const int sink : op_.output.writes) {
      TraceSpan span(stage_.lane(worker), Activity::write, stage_.traced());
      StoreWriter& writer = x_.writer(sink);
      const std::int64_t bytes = run_store_code(writer, [&] { return writer.write(box, elements, strides); });
      span.set_bytes(bytes);
      x_.counters.bytes_written += bytes;
    }
  }

  StageRun& stage_;
  Execution& x_;
  const ContractOperator& op_;
  std::array<ContractPanel, 2> panels_;
  ContractSums sums_;
  std::optional<ProductLibrary> library_;
  Buffer library_bytes_, staging_;
  std::int64_t before_ = x_.counters.tiles;
  bool announced_ = false;
};

// Ranks whose processors have other kernels would have other bits.
void agree_on_kernels(StageRun& stage, const std::string& kernels) {
  const auto id = static_cast<std::int64_t>(Hash().add(kernels).value() >> 1);
  std::int64_t both[2] = {id, -id};
  agree(stage.x.comm, stage.failure, both);
  if (both[0] != -both[1])
    throw UsageError(
        "the ranks' processors are of several kinds, for which OpenBLAS has kernels with other bits; set "
        "OPENBLAS_CORETYPE to one that all have, such as Haswell");
}

}  // namespace

void run(StageRun& stage, const ContractOperator& op) {
  std::optional<Contracting> contracting;
  stage.failure.then([&] {
    contracting.emplace(stage, op);
    contracting->prepare();
  });
  agree_on_kernels(stage, contracting ? contracting->kernels() : std::string());
  contracting->run();
}

}  // namespace tessera
