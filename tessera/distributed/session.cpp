#include <tessera/distributed/session.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <unordered_map>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/ops/decode.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/decomposition.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/job_bytes.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/requests.hpp>
#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/distributed/trace.hpp>
#include <tessera/distributed/watchdog.hpp>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// What a process grows by between planning and its peak, besides Tessera's buffers: thread stacks, MPI's and HDF5's own
// memory.
constexpr std::int64_t growth_bytes = 8 << 20;
constexpr std::size_t cached_plans = 256;

std::atomic<std::int64_t> next_session{0};

double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

const ResidentArray& resident_of(const Array& x, const char* operation) {
  if (x.node()->kind() == NodeKind::source)
    if (auto r = as_source(*x.node()).resident()) return static_cast<const ResidentArray&>(*r);
  throw UsageError(std::string(operation) + ": the array is an expression; persist it first");
}

}  // namespace

struct Session::State {
  std::unique_ptr<Communicator> comm;
  SessionOptions options;
  std::int64_t memory = 0;
  int threads = 1;
  std::shared_ptr<MemoryPool> pool;
  std::unique_ptr<Watchdog> watchdog;
  std::unique_ptr<Trace> trace;
  Statistics statistics;
  std::unordered_map<std::uint64_t, std::unique_ptr<Plan>> plans;
  std::int64_t serial = 0;  // of the session in its process: arrays of two sessions are never taken for one another
  std::uint64_t evaluations = 0;

  void start();
  std::uint64_t agree_on(const std::vector<PlanRequest>& requests, const std::vector<Sink>& sinks, PlanLimits& limits);
  Plan& plan_for(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes, const PlanLimits& limits);
  std::int64_t baseline() const;
  Array open(const std::function<std::string()>& describe, bool raw);
  void run(Execution& x, Targets& targets);
  void gather_statistics(const Execution& x, double seconds, bool touches_files);
  Result result_of(Execution& x, const Sink& sink, int number);
  std::vector<std::shared_ptr<ResidentArray>> evaluate(const std::vector<Sink>& sinks, const WriteOptions& write,
                                                       std::vector<Result>* results);
};

void Session::State::start() {
  auto& c = *comm;
  const EnvironmentOptions environment = environment_options();
  const MemoryLimit limit = available_memory();
  const std::int64_t share = limit.bytes / std::max(1, c.node_size());
  memory = options.memory;
  if (memory <= 0)
    memory = environment.memory.empty() ? share / 2 : parse_size(environment.memory, "TESSERA_MEMORY", share);
  threads = options.threads;
  if (threads <= 0 && !environment.threads.empty()) {
    char* end = nullptr;
    threads = static_cast<int>(std::strtol(environment.threads.c_str(), &end, 10));
    if (*end || threads < 1)
      throw UsageError("TESSERA_THREADS: '" + environment.threads + "' is not a number of threads");
  }
  if (threads <= 0) threads = default_threads(c);
  // Plans use agreed values only: the least memory and threads of any rank, and math functions that all ranks have.
  std::int64_t least[4] = {-memory, -threads, cpu::supports_fma() && cpu::math_family() == cpu::MathFamily::fma ? 0 : 1,
                           next_session};
  c.allreduce_max(least);
  memory = -least[0];
  serial = least[3];
  next_session = serial + 1;
  threads = static_cast<int>(-least[1]);
  if (least[2]) cpu::set_math_family(cpu::MathFamily::no_fma);
  pool = MemoryPool::create(memory);
  watchdog = std::make_unique<Watchdog>(
      options.watchdog_seconds,
      [call = options.watchdog](const Stall& s) {
        if (call) call(to_string(s));
      },
      c.rank());
  if (options.trace) trace = std::make_unique<Trace>(c, pool, threads);
}

Session::Session(std::unique_ptr<Communicator> communicator, SessionOptions options)
    : state_(std::make_unique<State>()) {
  state_->comm = std::move(communicator);
  state_->options = std::move(options);
  state_->start();
}
Session::Session(int, char**, SessionOptions options) : Session(world_communicator(), std::move(options)) {}
Session::Session(SessionOptions options) : Session(world_communicator(), std::move(options)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int Session::rank() const { return state_->comm->rank(); }
int Session::size() const { return state_->comm->size(); }
int Session::threads() const { return state_->threads; }
std::int64_t Session::memory() const { return state_->memory; }
Communicator& Session::communicator() { return *state_->comm; }
const Statistics& Session::statistics() const { return state_->statistics; }

void Session::write_trace(const std::string& file) {
  if (!state_->trace) throw UsageError("write_trace: nothing was recorded; set SessionOptions::trace");
  state_->trace->write(*state_->comm, file);
}

Array Session::State::open(const std::function<std::string()>& describe, bool raw) {
  std::string description;
  std::shared_ptr<const Store> store;
  together(*comm, [&] {
    if (comm->rank() == 0) description = describe();
  });
  comm->broadcast(description, 0);
  together(*comm, [&] { store = open_store(description); });
  const StoreInfo& info = store->info();
  const Array x(std::make_shared<SourceNode>(info.dtype, info.shape, info.grid, std::move(store)));
  return raw ? x : decode(x);
}

Array Session::open(const std::string& source, const SourceOptions& options) {
  return state_->open([&] { return describe_source(source, options); }, options.raw);
}

Array Session::open_many(const std::vector<std::string>& sources, const std::string& dimension,
                         const SourceOptions& options) {
  return state_->open([&] { return describe_sources(sources, dimension, options); }, options.raw);
}

std::int64_t Session::State::baseline() const {
  if (!options.whole_process) return 0;
  const auto s = pool->statistics();
  return std::max<std::int64_t>(0, resident_bytes() - s.in_use - s.cached) + growth_bytes;
}

// One small reduction before anything else: the same expression everywhere, the least free memory, the largest
// baseline.
std::uint64_t Session::State::agree_on(const std::vector<PlanRequest>& requests, const std::vector<Sink>& sinks,
                                       PlanLimits& limits) {
  Hash h;
  h.add(serial).add(evaluations++);
  for (std::size_t i = 0; i < requests.size(); i++)
    h.add(requests[i].node->identity()).add(requests[i].kind).add(sinks[i].target);
  const auto hash = static_cast<std::int64_t>(h.value());
  std::int64_t values[4] = {hash, ~hash, baseline(), pool->statistics().in_use};
  comm->allreduce_max(values);
  if (values[0] != ~values[1])
    throw MismatchError(
        "the ranks evaluate different expressions: every rank must call compute with the same arrays, scalars and "
        "targets");
  limits = {comm->size(), threads, memory - values[2] - values[3], values[2] + values[3]};
  pool->set_limit(memory - values[2]);
  return h.value();
}

Plan& Session::State::plan_for(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
                               const PlanLimits& limits) {
  const std::uint64_t key = plan_key(requests, nodes);
  if (const auto known = plans.find(key); known != plans.end() && known->second->peak <= limits.memory) {
    statistics.plan_was_cached = true;
    rebind(*known->second, nodes);
    return *known->second;
  }
  auto plan = std::make_unique<Plan>(make_plan(requests, limits));
  if (plans.size() >= cached_plans) plans.clear();
  return *(plans[key] = std::move(plan));
}

void Session::State::run(Execution& x, Targets& targets) {
  const auto start = Clock::now();
  double shown = 0;
  JobBytes job(x.plan);
  const auto stages = static_cast<int>(x.plan.stages.size());
  if (options.progress || options.watchdog_seconds > 0)
    x.progress = [&](std::size_t stage, std::int64_t done, std::int64_t total) {
      watchdog->progress();
      if (comm->rank() != 0 || !options.progress) return;
      const auto bytes = job.add(stage, total, {x.counters.bytes_read, x.counters.bytes_written});
      const double now = since(start);
      if (now - shown < 0.1) return;
      shown = now;
      options.progress({static_cast<int>(stage) + 1, stages, x.plan.stages[stage].name, done, total, bytes.read,
                        bytes.written, now});
    };
  execute(x);
  const TraceSpan committing(x.lane(), Activity::commit);
  targets.commit();
}

void Session::State::gather_statistics(const Execution& x, double seconds, bool touches_files) {
  const auto& c = x.counters;
  std::int64_t sums[] = {c.bytes_read, c.bytes_written, c.bytes_moved, c.tiles};
  const auto ranks = static_cast<std::size_t>(comm->size());
  constexpr std::size_t n = 7;
  const std::int64_t mine[n] = {sums[0],
                                sums[1],
                                sums[2],
                                sums[3],
                                static_cast<std::int64_t>(seconds * 1e9),
                                pool->statistics().peak,
                                touches_files || options.whole_process ? peak_resident_bytes() : 0};
  std::vector<std::int64_t> all(n * ranks);
  comm->allgather(reinterpret_cast<const std::byte*>(mine), reinterpret_cast<std::byte*>(all.data()), sizeof mine);
  statistics.bytes_read = statistics.bytes_written = statistics.bytes_moved = statistics.tiles = 0;
  statistics.seconds = 0;
  statistics.peak_bytes = statistics.peak_resident_bytes = 0;
  for (std::size_t r = 0; r < ranks; r++) {
    const auto* v = all.data() + n * r;
    statistics.bytes_read += v[0];
    statistics.bytes_written += v[1];
    statistics.bytes_moved += v[2];
    statistics.tiles += v[3];
    statistics.seconds = std::max(statistics.seconds, static_cast<double>(v[4]) * 1e-9);
    statistics.peak_bytes = std::max(statistics.peak_bytes, v[5]);
    statistics.peak_resident_bytes = std::max(statistics.peak_resident_bytes, v[6]);
  }
  statistics.stages = static_cast<std::int64_t>(x.plan.stages.size());
  statistics.projected_bytes = x.plan.peak;
  statistics.chunks = 0;
  for (const auto& s : x.plan.stages) statistics.chunks += s.grid.count();
}

Result Session::State::result_of(Execution& x, const Sink& sink, int number) {
  Result r;
  r.shape_ = sink.array.shape();
  r.dtype_ = sink.array.dtype();
  for (std::size_t a = 0; a < x.arrays.size(); a++) {
    const auto& sinks = x.plan.arrays[a].sinks;
    if (std::find(sinks.begin(), sinks.end(), number) == sinks.end()) continue;
    const auto& array = x.arrays[a];
    if (sink.kind == Sink::Kind::persist) {
      r.array_ = Array(
          std::make_shared<SourceNode>(r.dtype_, r.shape_, array->grid(), std::shared_ptr<const Resident>(array)));
    } else {
      const std::int64_t bytes = num_elements(r.shape_) * item_size(r.dtype_);
      const auto make_room = [&] { r.bytes_.resize(static_cast<std::size_t>(bytes)); };
      if (bytes > replicate_bytes)
        together(*comm, make_room);  // a rank without the memory must not leave the others waiting
      else
        make_room();
      x.counters.bytes_moved += fetch(*comm, *array, Box::whole(r.shape_), r.bytes_.data(),
                                      row_major_strides(r.shape_, item_size(r.dtype_)), x.message_bytes);
    }
  }
  return r;
}

std::vector<std::shared_ptr<ResidentArray>> Session::State::evaluate(const std::vector<Sink>& sinks,
                                                                     const WriteOptions& write,
                                                                     std::vector<Result>* results) {
  const auto begin = Clock::now();
  const auto [requests, roots, writes] = requests_of(sinks);
  const Watchdog::Watch watch(*watchdog);
  statistics = {};
  TraceLane* lane = trace ? trace->evaluation() : nullptr;
  const TraceSpan span(lane, Activity::evaluation);
  PlanLimits limits;
  const std::uint64_t identity = agree_on(requests, sinks, limits);
  pool->reset_peak();
  std::optional<TraceSpan> planning(std::in_place, lane, Activity::plan);
  Plan& plan = plan_for(requests, topological_order(roots), limits);
  planning.reset();
  // A cached plan must not keep the arrays of this evaluation alive.
  struct Release {
    Plan& plan;
    ~Release() {
      for (auto& s : plan.sources) s.node = nullptr;
    }
  } release{plan};
  bool files = writes;
  for (const auto& s : plan.sources) files = files || s.node->store();

  Targets targets(*comm);
  {
    const TraceSpan creating(lane, Activity::create);
    targets.create(sinks, write);
  }
  Execution x{plan, *comm, pool, targets.writers(), {}, {}, {}, identity, message_bytes(plan.limits.memory)};
  if (trace) {
    std::vector<std::string> names;
    for (const auto& s : plan.stages) names.push_back(s.name);
    x.trace = trace.get();
    x.first_stage = trace->add_stages(names);
  }
  run(x, targets);
  const TraceSpan gathering(lane, Activity::exchange);
  if (results)
    for (std::size_t i = 0; i < sinks.size(); i++) results->push_back(result_of(x, sinks[i], static_cast<int>(i)));
  gather_statistics(x, since(begin), files);
  return std::move(x.arrays);
}

std::vector<Result> Session::compute(const std::vector<Sink>& sinks, const WriteOptions& options) {
  std::vector<Result> results;
  if (!sinks.empty()) state_->evaluate(sinks, options, &results);
  return results;
}

Result Session::compute(const Array& x) { return std::move(compute(std::vector<Sink>{gather(x)})[0]); }

Array Session::persist(const Array& x) { return compute(std::vector<Sink>{tessera::persist(x)})[0].array(); }

Array Session::from_local(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides) {
  auto& comm = *state_->comm;
  together(*state_->comm, [&] {
    if (block.rank() != global.size() || strides.size() != global.size())
      throw ShapeError("from_local: the block has " + std::to_string(block.rank()) + " axes and " +
                       std::to_string(strides.size()) + " strides, the global shape " + to_string(global) + " has " +
                       std::to_string(global.size()));
  });
  const auto rank = static_cast<std::size_t>(global.size()), ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::int64_t> mine, all(2 * rank * ranks);
  for (int i = 0; i < global.size(); i++) mine.push_back(block.lo[i]), mine.push_back(block.extent[i]);
  if (rank)
    comm.allgather(reinterpret_cast<const std::byte*>(mine.data()), reinterpret_cast<std::byte*>(all.data()),
                   static_cast<std::int64_t>(2 * rank * 8));
  std::vector<Box> blocks(ranks);
  for (std::size_t r = 0; r < ranks; r++)
    for (std::size_t i = 0; i < rank; i++) {
      blocks[r].lo.push_back(all[2 * (r * rank + i)]);
      blocks[r].extent.push_back(all[2 * (r * rank + i) + 1]);
    }
  Decomposition d = decompose(global, blocks);
  Hash id;
  id.add(state_->serial).add(state_->evaluations++).add(type);
  HeldBox held{const_cast<std::byte*>(static_cast<const std::byte*>(data)), block, strides};
  auto array = std::make_shared<BorrowedArray>(type, Distribution::table(d.grid, comm.size(), std::move(d.owners)),
                                               comm.rank(), id.value(), held);
  return Array(std::make_shared<SourceNode>(type, global, d.grid, std::shared_ptr<const Resident>(std::move(array))));
}

std::vector<Session::LocalChunk> Session::local_chunks(const Array& x) const {
  const ResidentArray& r = resident_of(x, "local_chunks");
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

void Session::compute_into(const Array& x, void* data, const Box& block, const Dims& strides) {
  together(*state_->comm, [&] {
    if (block.rank() != x.rank() || strides.size() != x.rank())
      throw ShapeError("compute_into: the block has " + std::to_string(block.rank()) + " axes, the array has shape " +
                       to_string(x.shape()));
    for (int i = 0; i < block.rank(); i++)
      if (block.extent[i] < 0 || block.lo[i] < 0 || block.lo[i] + block.extent[i] > x.shape()[i])
        throw ShapeError("compute_into: the block " + to_string(block) + " is not inside shape " +
                         to_string(x.shape()));
  });
  const Array held = persist(x);
  fetch(*state_->comm, resident_of(held, "compute_into"), block, static_cast<std::byte*>(data), strides,
        message_bytes(state_->memory));
}

std::string Session::explain(const std::vector<Sink>& sinks, int ranks) {
  const auto [requests, roots, writes] = requests_of(sinks);
  PlanLimits limits;
  if (ranks <= 0 || ranks == size()) {
    state_->agree_on(requests, sinks, limits);
  } else {
    for (const auto& n : topological_order(roots))
      if (n->kind() == NodeKind::source && as_source(*n).resident())
        throw UsageError("explain: an array in memory belongs to " + std::to_string(size()) + " ranks; a plan for " +
                         std::to_string(ranks) + " can't use it");
    const std::int64_t base = state_->baseline();
    limits = {ranks, state_->threads, state_->memory - base, base};
  }
  return to_string(make_plan(requests, limits));
}

}  // namespace tessera
