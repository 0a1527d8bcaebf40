#include <tessera/distributed/session.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/ops/decode.hpp>
#include <tessera/distributed/datagram_socket.hpp>
#include <tessera/distributed/decomposition.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

std::atomic<std::int64_t> next_session{0};

const ResidentArray& resident_of(const Array& x, const char* operation) {
  if (x.node()->kind() == NodeKind::source)
    if (auto r = as_source(*x.node()).resident()) return static_cast<const ResidentArray&>(*r);
  throw UsageError(std::string(operation) + ": the array is an expression; persist it first");
}

void check(const SessionOptions& options) {
  if (options.memory < 0)
    throw UsageError("SessionOptions::memory is " + std::to_string(options.memory) +
                     " bytes; 0 leaves it to Tessera. 2 << 30 is an int and overflows: write std::int64_t{2} << 30");
  if (options.threads < 0)
    throw UsageError("SessionOptions::threads is " + std::to_string(options.threads) + "; 0 leaves it to Tessera");
  if (!(options.watchdog_seconds >= 0))
    throw UsageError("SessionOptions::watchdog_seconds is " + std::to_string(options.watchdog_seconds) +
                     "; 0 turns the watchdog off");
}

}  // namespace

void Session::State::start() {
  auto& c = *comm;
  together(c, [&] {
    check(options);
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
  });
  Failure failure;
  failure.guard([&] {
    if (threads <= 0) threads = default_threads(c);  // collective
  });
  // Plans use agreed values only: the least memory and threads of any rank, and math functions that all ranks have.
  std::int64_t least[5] = {-memory, -threads, cpu::supports_fma() && cpu::math_family() == cpu::MathFamily::fma ? 0 : 1,
                           next_session, options.watchdog_seconds > 0 ? 0 : 1};
  c.agree(failure.error(), least);
  memory = -least[0];
  serial = least[3];
  next_session = serial + 1;
  threads = static_cast<int>(-least[1]);
  if (least[2]) cpu::set_math_family(cpu::MathFamily::no_fma);
  together(c, [&] {
    pool = MemoryPool::create(memory);
    watchdog = std::make_unique<Watchdog>(
        options.watchdog_seconds,
        [call = options.watchdog](const Stall& s) {
          if (call) call(to_string(s));
        },
        c.rank());
  });
  if (least[4] == 0 && c.size() > 1) watch_over_ranks();
  if (options.trace) trace = std::make_unique<Trace>(c, pool, threads);
}

// Collective. Who waits knows from now on whether the others get on, and which host is gone.
void Session::State::watch_over_ranks() {
  HeartbeatOptions beats;
  beats.interval = std::clamp(options.watchdog_seconds / 32, 0.01, beats.interval);
  Watchdog* dog = watchdog.get();
  heartbeat = std::make_unique<Heartbeat>(*comm, beats, [dog] { return Heartbeat::Doing{dog->steps(), dog->stage()}; });
  together(*comm, [&] {
    Watchdog::SilenceCallback silent;
    if (options.silent_host) silent = [call = options.silent_host](const Stall& s) { return call(to_string(s)); };
    dog->follow(heartbeat->report(), host_name(), std::move(silent));
  });
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
  together(*comm, [&] {
    if (comm->rank() == 0) description = describe();
  });
  comm->broadcast(description, 0);
  std::optional<Array> x;
  together(*comm, [&] {
    std::shared_ptr<const Store> store = open_store(description);
    const StoreInfo& info = store->info();
    x = Array(std::make_shared<SourceNode>(info.dtype, info.shape, info.grid, std::move(store)));
    if (!raw) x = decode(*x);
  });
  return *x;
}

Array Session::open(const std::string& source, const SourceOptions& options) {
  return state_->open([&] { return describe_source(source, options); }, options.raw);
}

Array Session::open_many(const std::vector<std::string>& sources, const std::string& dimension,
                         const SourceOptions& options) {
  return state_->open([&] { return describe_sources(sources, dimension, options); }, options.raw);
}

std::vector<Result> Session::compute(const std::vector<Sink>& sinks, const WriteOptions& options) {
  if (sinks.empty()) return {};
  return state_->evaluate(sinks, options);
}

Result Session::compute(const Array& x) { return state_->evaluate(gather(x)); }

Array Session::persist(const Array& x) { return state_->evaluate(tessera::persist(x)).array(); }

Array Session::from_local(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides) {
  auto& comm = *state_->comm;
  const auto rank = static_cast<std::size_t>(global.size()), ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::int64_t> mine, all;
  together(comm, [&] {
    if (block.rank() != global.size() || strides.size() != global.size())
      throw ShapeError("from_local: the block has " + std::to_string(block.rank()) + " axes and " +
                       std::to_string(strides.size()) + " strides, the global shape " + to_string(global) + " has " +
                       std::to_string(global.size()));
    if (!block.empty() && !block.inside(global))
      throw ShapeError("from_local: the block " + to_string(block) + " is not inside the global shape " +
                       to_string(global));
    check_reach(block.extent, strides, "from_local");
    all.resize(2 * rank * ranks);
    for (int i = 0; i < global.size(); i++) mine.push_back(block.lo[i]), mine.push_back(block.extent[i]);
  });
  if (rank)
    comm.allgather(reinterpret_cast<const std::byte*>(mine.data()), reinterpret_cast<std::byte*>(all.data()),
                   static_cast<std::int64_t>(2 * rank * 8));
  Hash id;
  id.add(state_->serial).add(state_->evaluations++).add(type);
  std::optional<Array> x;
  together(comm, [&] {
    std::vector<Box> blocks(ranks);
    for (std::size_t r = 0; r < ranks; r++)
      for (std::size_t i = 0; i < rank; i++) {
        blocks[r].lo.push_back(all[2 * (r * rank + i)]);
        blocks[r].extent.push_back(all[2 * (r * rank + i) + 1]);
      }
    Decomposition d = decompose(global, blocks);
    HeldBox held{const_cast<std::byte*>(static_cast<const std::byte*>(data)), block, strides};
    auto array = std::make_shared<BorrowedArray>(type, Distribution::table(d.grid, comm.size(), std::move(d.owners)),
                                                 comm.rank(), id.value(), held);
    x = Array(std::make_shared<SourceNode>(type, global, d.grid, std::shared_ptr<const Resident>(std::move(array))));
  });
  return *x;
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

void Session::compute_into(const Array& x, void* data, DType type, const Box& block, const Dims& strides) {
  together(*state_->comm, [&] {
    if (type != x.dtype())
      throw DTypeError("compute_into: the array is " + to_string(x.dtype()) + ", the memory " + to_string(type) +
                       "; astype(x, ...) converts");
    if (block.rank() != x.rank() || strides.size() != x.rank())
      throw ShapeError("compute_into: the block has " + std::to_string(block.rank()) + " axes, the array has shape " +
                       to_string(x.shape()));
    if (!block.inside(x.shape()))
      throw ShapeError("compute_into: the block " + to_string(block) + " is not inside shape " + to_string(x.shape()));
    check_reach(block.extent, strides, "compute_into");
  });
  const Array held = persist(x);
  fetch(*state_->comm, resident_of(held, "compute_into"), block, static_cast<std::byte*>(data), strides,
        message_bytes(state_->memory));
}

std::string Session::explain(const std::vector<Sink>& sinks, int ranks) {
  const bool collective = ranks <= 0 || ranks == size();
  Requests asked;
  const auto ask = [&] { asked = requests_of(sinks); };
  if (collective) {
    Failure failure;
    failure.guard(ask);
    PlanLimits limits;
    state_->agree_on(asked.requests, sinks, failure, limits);
    std::string text;
    together(*state_->comm, [&] { text = to_string(make_plan(asked.requests, limits)); });
    return text;
  }
  ask();
  for (const auto& n : topological_order(asked.roots))
    if (n->kind() == NodeKind::source && as_source(*n).resident())
      throw UsageError("explain: an array in memory belongs to " + std::to_string(size()) + " ranks; a plan for " +
                       std::to_string(ranks) + " can't use it");
  const std::int64_t base = state_->baseline();
  return to_string(make_plan(asked.requests, {ranks, state_->threads, state_->memory - base, base}));
}

}  // namespace tessera
