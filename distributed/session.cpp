#include <tessera/distributed/session.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

#include <tessera/core/hash.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/decode.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/quantity.hpp>
#include <tessera/distributed/decomposition.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/growing_datasets.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

const ResidentArray& resident_of(const Array& x, const char* operation) {
  if (x.node()->kind() == NodeKind::source)
    if (auto r = as_source(*x.node()).resident()) return static_cast<const ResidentArray&>(*r);
  throw UsageError(std::string(operation) + ": the array is an expression; persist it first");
}

/// A rank's block of an array of this shape, and where it lies.
void check_block(const char* call, const void* data, const Box& block, const Dims& strides, const Shape& shape) {
  const int rank = shape.size();
  if (block.lo.size() != rank || block.extent.size() != rank || strides.size() != rank)
    throw ShapeError(std::string(call) + ": the block begins at " + to_string(block.lo) + " and has the extents " +
                     to_string(block.extent) + " and the strides " + to_string(strides) + "; the shape " +
                     to_string(shape) + " wants " + std::to_string(rank) + " of each");
  if (!block.empty() && !block.inside(shape))
    throw ShapeError(std::string(call) + ": the block " + to_string(block) + " is not inside shape " +
                     to_string(shape));
  check_reach(block.extent, strides, call);
  if (data == nullptr && !block.empty())
    throw UsageError(std::string(call) + ": the pointer to the block " + to_string(block) + " is null");
}

}  // namespace

Session::State::Entry::Entry(State& state, const char* call) : state_(state) {
  if (state.busy.exchange(true))
    throw UsageError(std::string(call) + ": the session is in another call, whose callbacks can't call it");
  watch_.emplace(*state.watchdog);
  state.now_in(call);
}

void Session::State::begin(std::uint64_t hash, const std::function<std::string()>& name, const Failure& failure) {
  std::int64_t values[1] = {calls};
  Failure before;
  if (!failure.any()) before.guard([&] { aside.rethrow(); });
  begin_call(*comm, {Hash().add(hash).add(serial).value(), name}, failure.any() ? failure : before, values);
  calls = values[0] + 1;
}

int Session::rank() const { return state_->comm->rank(); }
int Session::size() const { return state_->comm->size(); }
int Session::threads() const { return state_->threads; }
std::int64_t Session::memory() const { return state_->memory; }
std::string Session::link() const {
  const Links& links = state_->links;
  return links.name().empty() ? "nothing: " + links.why_not() : links.name();
}
Communicator& Session::communicator() { return *state_->comm; }
const Statistics& Session::statistics() const { return state_->statistics; }

void Session::write_trace(const std::string& file) {
  const State::Entry entry(*state_, "write_trace");
  Failure failure;
  failure.guard([&] {
    if (!state_->trace) throw UsageError("write_trace: nothing was recorded; set SessionOptions::trace");
  });
  state_->begin(
      Hash().add("write_trace").add(file).value(), [&] { return "write_trace of " + file; }, failure);
  state_->trace->write(*state_->comm, file);
}

Array Session::State::open(const std::function<std::string()>& describe, bool raw) {
  std::string description;
  together(*comm, [&] {
    if (comm->rank() == 0) description = describe();
  });
  comm->broadcast(description, 0);
  std::optional<Array> x;
  together(*comm, [&] {
    const auto array_of = [raw](std::shared_ptr<const Store> store) {
      const StoreInfo& info = store->info();
      const Array source(std::make_shared<SourceNode>(info.dtype, info.shape, info.grid, std::move(store)));
      return raw ? source : decode(source);
    };
    if (auto parts = open_store_parts(description)) {
      std::vector<Array> arrays;
      for (auto& store : parts->stores) arrays.push_back(array_of(std::move(store)));
      x = described_by(parts->is_new ? stack(arrays, parts->axis) : concat(arrays, parts->axis),
                       open_store(description));
    } else {
      x = array_of(open_store(description));
    }
  });
  return *x;
}

SourceOptions Session::State::with_room(SourceOptions how) const {
  if (options.whole_process) how.room = std::min(how.room, memory - baseline() - pool->statistics().in_use);
  return how;
}

Array Session::open(const std::string& source, const SourceOptions& options) {
  const State::Entry entry(*state_, "open");
  Hash h;
  h.add("open").add(source);
  add(h, options);
  state_->begin(h.value(), [&] { return "open of " + source; }, {});
  const auto describe = [&] { return describe_source(source, state_->with_room(options)); };
  return state_->open(std::ref(describe), options.raw);  // a function that allocates nothing: a rank may have no memory
}

Array Session::open_many(const std::vector<std::string>& sources, const std::string& dimension,
                         const SourceOptions& options) {
  const State::Entry entry(*state_, "open_many");
  Hash h;
  h.add("open_many").add(dimension).add(sources.size());
  for (const auto& source : sources) h.add(source);
  add(h, options);
  const auto text = [&] {
    return "open_many of " + (sources.empty() ? "nothing" : sources[0]) +
           (sources.size() > 1 ? " and " + std::to_string(sources.size() - 1) + " more" : "") + " along " + dimension;
  };
  state_->begin(h.value(), text, {});
  const auto describe = [&] { return describe_sources(sources, dimension, state_->with_room(options)); };
  return state_->open(std::ref(describe), options.raw);
}

std::vector<Result> Session::compute(const std::vector<Sink>& sinks, const WriteOptions& options) {
  const State::Entry entry(*state_, "compute");
  return state_->evaluate({"compute", sinks, options});
}

Result Session::compute(const Array& x) {
  const State::Entry entry(*state_, "compute");
  const Sink sink = gather(x);
  return std::move(state_->evaluate({"compute", {&sink, 1}, {}})[0]);
}

Array Session::persist(const Array& x) {
  const State::Entry entry(*state_, "persist");
  const Sink sink = tessera::persist(x);
  return state_->evaluate({"compute", {&sink, 1}, {}})[0].array();
}

Array Session::from_local(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides) {
  return adopt("from_local", [&] { return CallersBlock{data, type, global, block, strides}; });
}

Array Session::from_device(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides,
                           CallersMemory how) {
  return adopt("from_device", [&] { return CallersBlock{data, type, global, block, strides, true, how}; });
}

void Session::check_device_memory(const char* call, const CallersBlock& b) const {
  if (!state_->has_device())
    throw UsageError(std::string(call) + ": this session computes on the CPU; device 'cuda' takes memory of a GPU");
  if (b.block.empty()) return;
  if (const std::string why = state_->device->why_not_memory(b.data); !why.empty())
    throw UsageError(std::string(call) + ": " + why);
  const std::int64_t item = item_size(b.type);
  bool aligned = reinterpret_cast<std::uintptr_t>(b.data) % static_cast<std::uintptr_t>(item) == 0;
  for (int i = 0; i < b.strides.size(); i++) aligned = aligned && (b.block.extent[i] == 1 || b.strides[i] % item == 0);
  if (!aligned)
    throw UsageError(std::string(call) + ": memory and strides must be multiples of the " + std::to_string(item) +
                     " bytes of " + to_string(b.type));
}

Array Session::adopt(const char* call, const std::function<CallersBlock()>& describe) {
  const State::Entry entry(*state_, call);
  auto& comm = *state_->comm;
  const auto ranks = static_cast<std::size_t>(comm.size());
  CallersBlock b;
  std::vector<std::int64_t> mine, all;
  Failure failure;
  failure.guard([&] {
    b = describe();
    check_block(call, b.data, b.block, b.strides, b.global);
    if (b.on_device) {
      check_device_memory(call, b);
      state_->device->wait_for_callers(b.how.stream);
    }
    all.resize(2 * static_cast<std::size_t>(b.global.size()) * ranks);
    for (int i = 0; i < b.global.size(); i++) mine.push_back(b.block.lo[i]), mine.push_back(b.block.extent[i]);
  });
  Hash called;
  called.add(call).add(b.type).add(b.on_device).add(b.global.size());
  for (const auto n : b.global) called.add(n);
  state_->begin(
      called.value(), [&] { return std::string(call) + " of " + to_string(b.type) + " " + to_string(b.global); },
      failure);
  const auto rank = static_cast<std::size_t>(b.global.size());
  if (rank)
    comm.allgather(reinterpret_cast<const std::byte*>(mine.data()), reinterpret_cast<std::byte*>(all.data()),
                   static_cast<std::int64_t>(2 * rank * 8));
  Hash id;
  id.add(state_->job).add(state_->serial).add(state_->calls).add(b.type);
  std::optional<Array> x;
  together(comm, [&] {
    std::vector<Box> blocks(ranks);
    for (std::size_t r = 0; r < ranks; r++)
      for (std::size_t i = 0; i < rank; i++) {
        blocks[r].lo.push_back(all[2 * (r * rank + i)]);
        blocks[r].extent.push_back(all[2 * (r * rank + i) + 1]);
      }
    Decomposition d = decompose(b.global, blocks);
    HeldBox held{const_cast<std::byte*>(static_cast<const std::byte*>(b.data)), b.block, b.strides,
                 b.on_device ? Space::device : Space::host};
    // A bool of ours is 0 or 1; the caller's may be any byte (Fortran's logicals, masks of 255).
    const DType held_as = b.type == DType::bool_ ? DType::uint8 : b.type;
    auto array = std::make_shared<BorrowedArray>(held_as, Distribution::table(d.grid, comm.size(), std::move(d.owners)),
                                                 comm.rank(), id.value(), state_->serial, std::move(held),
                                                 b.on_device ? state_->device.get() : nullptr, b.how.owner);
    x = Array(
        std::make_shared<SourceNode>(held_as, b.global, d.grid, std::shared_ptr<const Resident>(std::move(array))));
    if (b.type == DType::bool_) x = *x != 0;
  });
  return *x;
}

void Session::check_dtype(const char* call, const Array& x, DType type) {
  if (type != x.dtype())
    throw DTypeError(std::string(call) + ": the array is " + to_string(x.dtype()) + ", the memory " + to_string(type) +
                     "; astype(x, ...) converts");
}

std::vector<Session::LocalChunk> Session::local_chunks(const Array& x) const {
  const ResidentArray& array = resident_of(x, "local_chunks");
  if (array.session() != state_->serial) throw UsageError("local_chunks: the array belongs to another session");
  const ResidentArray& r = array.on_host(*state_->device, state_->pool);
  std::vector<LocalChunk> out;
  // Every chunk on one rank only, also of a small array that all ranks hold.
  const Distribution& d = r.distribution();
  const bool everywhere = d.kind() == Distribution::Kind::replicated;
  (everywhere ? Distribution::blocks(d.grid(), d.ranks()) : d)
      .for_each_owned(state_->comm->rank(), [&](const Dims& at) {
        const HeldBox h = r.chunk(at);
        out.push_back({h.held, h.data, h.strides});
      });
  return out;
}

void Session::compute_into(const Array& x, void* data, DType type, const Box& block, const Dims& strides) {
  const State::Entry entry(*state_, "compute_into");
  const Sink sink = tessera::persist(x);
  const auto check = [&] {
    check_dtype("compute_into", x, type);
    check_block("compute_into", data, block, strides, x.shape());
  };
  const auto small = [&check] { check(); };  // as a std::function without an allocation, which might fail here alone
  const Array held = state_->evaluate({"compute_into", {&sink, 1}, {}}, small)[0].array();
  state_->bring(resident_of(held, "compute_into"), block, {static_cast<std::byte*>(data), strides},
                message_bytes(state_->memory), nullptr);
}

std::string Session::explain(const std::vector<Sink>& sinks, int ranks) const {
  if (ranks < 0) throw UsageError("explain: " + std::to_string(ranks) + " ranks");
  const bool these = ranks == 0 || ranks == size();
  const bool uses_kept = these && state_->kept.any() && !state_->kept.is_forgotten();
  const std::vector<Sink> over = uses_kept ? state_->kept.in_place(sinks) : sinks;
  const Requests asked = grown_here(over, requests_of(over));
  const auto nodes = topological_order(asked.roots);
  for (const auto& n : nodes)
    if (!these && n->kind() == NodeKind::source && as_source(*n).resident())
      throw UsageError("explain: an array in memory belongs to " + std::to_string(size()) + " ranks; a plan for " +
                       std::to_string(ranks) + " can't use it");
  state_->check_residents(nodes);
  const std::int64_t taken = state_->baseline() + (these ? state_->pool->statistics().in_use : 0);
  PlanLimits limits = state_->limits(these ? size() : ranks, taken,
                                     these ? state_->device_pool->statistics().in_use : 0, state_->scratch_room());
  if (!these && limits.device) {  // as if each of those ranks had a GPU of its own
    const LinkSupport support = limits.device->link_support();
    limits.link = support.name, limits.no_link = support.why_not;
  }
  state_->charge_planning(limits, nodes, {"explain", sinks, {}});
  try {
    return state_->explained(asked.requests, over, limits, these);
  } catch (const UserException& e) {  // nobody else is told
    std::rethrow_exception(e.original());
  }
}

std::string Session::explain_together(const std::vector<Sink>& sinks) {
  const State::Entry entry(*state_, "explain_together");
  Requests asked;
  std::vector<NodePtr> nodes;
  Failure failure;
  failure.guard([&] {
    asked = requests_of(sinks);
    nodes = topological_order(asked.roots);
    state_->check_residents(nodes);
  });
  PlanLimits limits;
  const SinkCall call{"explain_together", sinks, {}};
  state_->agree_on(call, asked.requests, failure, limits);
  const auto explained = [&](PlanLimits planned, bool last) {
    std::vector<Sink> over_kept;
    std::span<const Sink> over = sinks;
    together(*state_->comm, [&] {
      if (state_->kept.any()) over = over_kept = state_->kept.in_place(sinks);
      asked = requests_of(over);
      nodes = topological_order(asked.roots);
    });
    asked = grown_together(*state_->comm, over, std::move(asked));
    state_->charge_planning(planned, nodes, call);
    std::string text;
    together(*state_->comm, [&] { text = state_->explained(asked.requests, over, planned, last); });
    return text;
  };
  if (state_->kept.any()) {
    try {
      return explained(limits, false);
    } catch (const MemoryBudgetError&) {  // on all ranks
      state_->give_up_kept(limits);
    }
  }
  return explained(limits, true);
}

}  // namespace tessera
