// The making of a session: what its ranks take, agreed.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/device/devices.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/distributed/datagram_socket.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/scratch_file.hpp>

namespace tessera {
namespace {

std::atomic<std::int64_t> next_session{0};

// Seconds that a start may take, however short the watchdog's limit is: reading libraries from a busy file system.
constexpr double slowest_start = 10;

// Launches and waits cost some ten microseconds, in which a processor goes through so much: this share of what a device's tile should
// take (256 KiB of a GPU's). Not measured.
constexpr std::int64_t small_share = 256;

std::int64_t job_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return static_cast<std::int64_t>(Hash().add(now).add(::getpid()).value() >> 1);
}

void check(const SessionOptions& options) {
  if (options.memory < 0)
    throw UsageError("SessionOptions::memory is " + std::to_string(options.memory) +
                     " bytes; 0 leaves it to Tessera. 2 << 30 is an int and overflows: write std::int64_t{2} << 30");
  if (options.threads < 0)
    throw UsageError("SessionOptions::threads is " + std::to_string(options.threads) + "; 0 leaves it to Tessera");
  if (options.device_memory < 0)
    throw UsageError("SessionOptions::device_memory is " + std::to_string(options.device_memory) +
                     " bytes; 0 leaves it to Tessera");
  if (options.scratch_bytes < 0)
    throw UsageError("SessionOptions::scratch_bytes is " + std::to_string(options.scratch_bytes) +
                     " bytes; 0 leaves it to Tessera");
  if (!(options.watchdog_seconds >= 0))
    throw UsageError("SessionOptions::watchdog_seconds is " + std::to_string(options.watchdog_seconds) +
                     "; 0 turns the watchdog off");
}

/// The name of what is to compute.
std::string device_wish(const SessionOptions& options) {
  const std::string wish = !options.device.empty() ? options.device : environment_options().device;
  return wish.empty() ? "auto" : wish;
}

}  // namespace

// MPI_Init is watched, too: it waits for all processes that were started, and one of them may never call it.
void Session::State::start(SessionOptions wishes, std::unique_ptr<Communicator> communicator) {
  options = std::move(wishes);
  const auto tell = [this](const Stall& s) {
    if (options.watchdog) aside.keep([&] { return options.watchdog(to_string(s)), true; }, false);
  };
  Failure failure;
  std::optional<Watchdog> dog;  // until the session has its own, which listens to the other ranks
  std::optional<Watchdog::Watch> watch;
  if (options.watchdog_seconds > 0)
    failure.guard([&] {
      dog.emplace(std::max(options.watchdog_seconds, slowest_start), tell,
                  communicator ? communicator->rank() : launched_rank());
      dog->stage(communicator ? "the making of a session" : "the making of a session (MPI_Init)");
      watch.emplace(*dog);
    });
  comm = communicator ? std::move(communicator) : world_communicator();
  failure.then([&] {
    watchdog = std::make_unique<Watchdog>(options.watchdog_seconds, tell, comm->rank());
    take_wishes();
    aside.rethrow();
  });
  begin_session(failure);
}

/// What this rank would take, by its options, its environment and its machine.
void Session::State::take_wishes() {
  check(options);
  const EnvironmentOptions environment = environment_options();
  memory = options.memory;
  threads = options.threads;
  if (threads <= 0 && !environment.threads.empty()) {
    char* end = nullptr;
    threads = static_cast<int>(std::strtol(environment.threads.c_str(), &end, 10));
    if (*end || threads < 1)
      throw UsageError("TESSERA_THREADS: '" + environment.threads + "' is not a number of threads");
  }
  device = make_device(device_wish(options));
  if (has_device()) {
    device_least = environment.device_least.empty() ? device->tile_bytes() / small_share
                                                    : parse_size(environment.device_least, "TESSERA_DEVICE_LEAST");
    device_memory = options.device_memory > 0 ? options.device_memory : device->memory_available();
    if (options.device_memory <= 0 && !environment.device_memory.empty())
      device_memory = parse_size(environment.device_memory, "TESSERA_DEVICE_MEMORY", device->memory_available());
  }
  choose_scratch(!options.scratch.empty() ? options.scratch : environment.scratch);
  cpu::target();  // throws where TESSERA_SIMD asks for what the processor has not
}

// What is not wished for must be a disk: files in memory would take what the budget leaves to others.
void Session::State::choose_scratch(const std::string& wish) {
  if (wish == "none") return;
  if (!wish.empty()) {
    if (!io::is_writable_folder(wish))
      throw UsageError("scratch: files can't be made in '" + wish + "'; 'none' goes without scratch files");
    scratch = wish;
    return;
  }
  const char* of_system = std::getenv("TMPDIR");
  for (const std::string& folder : {std::string(of_system ? of_system : ""), std::string("/var/tmp")})
    if (scratch.empty() && !folder.empty() && io::is_writable_folder(folder) && !io::is_in_memory(folder))
      scratch = folder;
}

std::int64_t Session::State::scratch_room() {
  if (scratch.empty()) return 0;
  if (options.scratch_bytes > 0) return options.scratch_bytes;
  constexpr auto good_for = std::chrono::seconds(1);
  const auto now = std::chrono::steady_clock::now();
  if (!scratch_asked || now - *scratch_asked > good_for) {
    known_scratch_room = io::free_bytes(scratch) / 10 * 9 / std::max(1, comm->node_size());
    scratch_asked = now;
  }
  return known_scratch_room;
}

// Plans use agreed values only: the least memory and threads of any rank, and math functions that all ranks have.
void Session::State::begin_session(Failure& failure) {
  const std::string name = device ? device_wish(options) : "";
  const std::string threshold = environment_options().device_least;
  const auto hash = Hash().add("session").add(options.trace).add(name).add(threshold).value();
  std::int64_t kind = 0;
  if (comm->size() > 1)  // for which a device may load libraries
    failure.then([&] { kind = static_cast<std::int64_t>(Hash().add(device->kind()).value() >> 1); });
  std::int64_t asks_for[5] = {threads <= 0, memory <= 0, device && !has_device(), kind, -kind};
  begin_call(*comm, {hash, [&] { return "the making of a Session on " + name + (options.trace ? " with trace" : ""); }},
             failure, asks_for);
  Failure later;
  one_kind_of_device = asks_for[3] == -asks_for[4];
  // "auto" is a device that all ranks have.
  if (device && asks_for[2] != 0) device = make_device("cpu"), device_memory = 0;
  MemoryLimit limit;
  later.guard([&] {
    if (asks_for[0] == 0) return;
    const int fair = default_threads(*comm);  // collective
    if (threads <= 0) threads = fair;
  });
  later.guard([&] {
    if (asks_for[1] != 0) limit = available_memory(*comm);  // collective
  });
  later.then([&] {
    if (memory > 0) return;
    const std::int64_t share = limit.bytes / std::max(1, comm->node_size());
    const std::string wish = environment_options().memory;
    memory = wish.empty() ? share / 2 : parse_size(wish, "TESSERA_MEMORY", share);
  });
  std::int64_t least[7] = {-memory,
                           -threads,
                           cpu::supports_fma() && cpu::math_family() == cpu::MathFamily::fma ? 0 : 1,
                           next_session,
                           options.watchdog_seconds > 0 ? 0 : 1,
                           job_number(),
                           -device_memory};
  agree(*comm, later, least);
  memory = -least[0];
  threads = static_cast<int>(-least[1]);
  serial = least[3];
  job = least[5];
  next_session = serial + 1;
  if (least[2]) cpu::set_math_family(cpu::MathFamily::no_fma);
  device_memory = -least[6];
  together(*comm, [&] {
    pool = MemoryPool::create(memory);
    device_pool = has_device() ? MemoryPool::create(device_memory, device->memory()) : pool;
    const auto pinned = has_device() ? device->pinned_memory() : nullptr;
    pinned_pool = pinned ? MemoryPool::create_within(pool, pinned) : pool;
  });
  if (has_device() && comm->size() > 1) links.survey(*comm, *device);
  if (least[4] == 0 && comm->size() > 1) watch_over_ranks();
  if (options.trace) trace = std::make_unique<Trace>(*comm, pool, threads);
}

// Collective. Who waits knows from now on whether the others get on, and which host is gone.
void Session::State::watch_over_ranks() {
  HeartbeatOptions beats;
  beats.interval = std::clamp(options.watchdog_seconds / 32, 0.01, beats.interval);
  Watchdog* dog = watchdog.get();
  heartbeat = std::make_unique<Heartbeat>(*comm, beats, [dog] { return Heartbeat::Doing{dog->steps(), dog->stage()}; });
  together(*comm, [&] {
    Watchdog::SilenceCallback silent;
    if (options.silent_host)
      silent = [this](const Stall& s) { return aside.keep([&] { return options.silent_host(to_string(s)); }, 0.0); };
    dog->follow(heartbeat->report(), host_name(), std::move(silent));
  });
}

Session::Session(std::unique_ptr<Communicator> communicator, SessionOptions options)
    : state_(std::make_unique<State>()) {
  if (!communicator) throw UsageError("Session: the communicator is null");
  state_->start(std::move(options), std::move(communicator));
}
Session::Session(int, char**, SessionOptions options) : Session(std::move(options)) {}
Session::Session(SessionOptions options) : state_(std::make_unique<State>()) {
  state_->start(std::move(options), nullptr);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

}  // namespace tessera
