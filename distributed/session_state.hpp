#pragma once
// What a session has, and how it evaluates (evaluate.cpp).
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tessera/distributed/call.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/heartbeat.hpp>
#include <tessera/distributed/kept_from_counting.hpp>
#include <tessera/distributed/links.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/requests.hpp>
#include <tessera/distributed/session.hpp>
#include <tessera/distributed/session_calls.hpp>
#include <tessera/distributed/spill.hpp>
#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/trace.hpp>
#include <tessera/distributed/watchdog.hpp>

namespace tessera {

/// What the program's own code threw on the watchdog's thread, where nobody can catch it: kept for the thread that has
/// the session, which throws it at its next agreement.
class ThrownAside {
 public:
  /// Calls the program's f. returns: what it gave, or `otherwise` when it threw.
  template <class F, class R>
  R keep(F&& f, R otherwise) noexcept {
    try {
      return f();
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!first_) first_ = std::current_exception();
      any_ = true;
      return otherwise;
    }
  }
  /// Throws the first that was kept, once, as run_user_code does. Cheap when there is none.
  void rethrow() {
    if (!any_.exchange(false)) return;
    std::exception_ptr thrown;
    {
      std::lock_guard lock(mutex_);
      thrown = std::exchange(first_, nullptr);
    }
    run_user_code([&] { std::rethrow_exception(thrown); });
  }

 private:
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::exception_ptr first_;
};

struct Session::State {
  std::unique_ptr<Communicator> comm;
  SessionOptions options;
  std::int64_t memory = 0, device_memory = 0, device_least = 0;
  std::string scratch;  ///< the folder for scratch files; empty: there are none
  std::int64_t known_scratch_room = 0;
  std::optional<std::chrono::steady_clock::time_point> scratch_asked{};  ///< when; none: it has to be asked
  int threads = 1;
  bool one_kind_of_device = true;           ///< on all ranks
  std::shared_ptr<Device> device;           ///< what computes
  Links links;                              ///< of the ranks' devices
  std::shared_ptr<MemoryPool> pool;         ///< of the host
  std::shared_ptr<MemoryPool> device_pool;  ///< of the device's space; the same where that is the host's
  std::shared_ptr<MemoryPool>
      pinned_pool;    ///< within the host's, for what passes between both; the same where no memory is pinned
  ThrownAside aside;  ///< outlives the watchdog
  std::unique_ptr<Watchdog> watchdog;
  std::unique_ptr<Heartbeat> heartbeat;  ///< ends before the watchdog, which it asks
  std::unique_ptr<Trace> trace;
  Statistics statistics;
  std::unordered_map<Key, std::unique_ptr<CachedPlan>, KeyHash> plans;  // the same on all ranks
  std::int64_t serial = 0;  // of the session in its process: arrays of two sessions are never taken for one another
  std::int64_t calls = 0;   // that all ranks have begun
  std::int64_t job = 0;     // a number that other runs of the program hardly have: of what no other process can know
  KeptFromCounting kept;    // the same on all ranks
  std::atomic<bool> busy{false};

  /// While a collective call lasts: watches it, and refuses another one.
  class Entry {
   public:
    /// throws UsageError when the session is in a call already: its callbacks can't call it.
    Entry(State& state, const char* call);
    ~Entry() { state_.busy = false; }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    State& state_;
    std::optional<Watchdog::Watch> watch_{};
  };

  /// communicator: of the session; null: the program's. Collective.
  void start(SessionOptions wishes, std::unique_ptr<Communicator> communicator);
  /// The beginning of a call. name: "open of a.h5:/x". throws MismatchError.
  void begin(std::uint64_t hash, const std::function<std::string()>& name, const Failure& failure);
  Array open(const std::function<std::string()>& describe, bool raw);
  /// With what the budget leaves for what is held of a source.
  SourceOptions with_room(SourceOptions how) const;
  /// What a plan may use: of `taken` bytes of the host's budget and `device_taken` of the device's nothing; in scratch
  /// files `scratch_room`.
  PlanLimits limits(int ranks, std::int64_t taken, std::int64_t device_taken, std::int64_t scratch_room) const;
  /// What scratch files of this rank may take: as it was within the last second, for asking the system takes as long as much of a small
  /// evaluation.
  std::int64_t scratch_room();
  /// The device has a memory of its own. What is asked of it may fail then, on one rank alone.
  bool has_device() const { return device->space() != Space::host; }
  /// All ranks can share a file in a scratch folder.
  bool has_one_node() const { return comm->node_size() == comm->size(); }
  /// Elements of an array, in the host's memory of each rank that asks for a box. Collective; throws the same on all
  /// ranks. messages: of the pool for them; null for memory beside the budget.
  Moved bring(const ResidentArray& from, const Box& box, const StridedOutput& to, std::int64_t message_bytes,
              const std::shared_ptr<MemoryPool>& messages);
  /// What a process grows by besides Tessera's buffers, as far as they count against the budget.
  std::int64_t baseline() const;
  /// throws UsageError when an array in memory is spread over other ranks than these.
  void check_residents(const std::vector<NodePtr>& nodes) const;
  /// Collective: the same requests everywhere, and what plans may use. `failure`: of what was done before.
  /// returns: Statistics::identity. throws MismatchError.
  std::uint64_t agree_on(const SinkCall& call, const std::vector<PlanRequest>& requests, Failure& failure,
                         PlanLimits& limits);
  /// What planning a graph of these nodes takes, and the attributes that the call's targets get, is not there for the
  /// plan.
  void charge_planning(PlanLimits& limits, const std::vector<NodePtr>& nodes, const SinkCall& call) const;
  /// All sinks by one plan. check: throws what is wrong with the call on this rank. Collective; throws the same on all
  /// ranks.
  std::vector<Result> evaluate(const SinkCall& call, const std::function<void()>& check = {});
  /// What the plan of `requests`, those of the sinks, says; may_spill: over what goes into scratch files first where there
  /// is no room else. Pure.
  std::string explained(const std::vector<PlanRequest>& requests, std::span<const Sink> sinks, const PlanLimits& limits,
                        bool may_spill) const;
  /// Of what is kept from counting nothing is left; what it took is there for the plan. Collective.
  void give_up_kept(PlanLimits& limits);

 private:
  void take_wishes();
  void choose_scratch(const std::string& wish);
  void watch_over_ranks();
  void begin_session(Failure& failure);
  struct Evaluation;
  CachedPlan& plan_for(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
                       const PlanLimits& limits);
  /// What an evaluation is of: the call's sinks, or these over what is kept and those that keep more.
  struct Asked {
    std::span<const Sink> sinks{};  ///< the call's, whose attributes may be large, or `over`
    std::vector<Sink> over{};
    Requests requests{};
    std::vector<NodePtr> nodes{};
  };
  void plan_sinks(Evaluation& e, Asked& asked, PlanLimits limits, const SinkCall& call);
  void plan_evaluation(Evaluation& e, Asked& asked, PlanLimits& limits, const SinkCall& call);
  std::vector<Sink> find_room(Evaluation& e, const Asked& asked, PlanLimits& limits, const SinkCall& call);
  void spill(Evaluation& e, std::span<const Spill> spills, std::size_t number, PlanLimits& limits,
             const SinkCall& call);
  std::string scratch_advice(std::span<const Sink> sinks, PlanLimits limits) const;
  void make_scratch_file(io::ScratchArray& file);
  void run_plan(Evaluation& e);
  void add_spilled(const Evaluation& e);
  void plan_in_place(Evaluation& e, Asked& asked, PlanLimits limits, const SinkCall& call, bool keep_more);
  bool plan_over_kept(Evaluation& e, Asked& asked, PlanLimits& limits, const SinkCall& call);
  void prepare(Evaluation& e, const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
               const PlanLimits& limits);
  void link_devices(Evaluation& e, const Requests& asked, const std::vector<NodePtr>& nodes, PlanLimits limits);
  void plan_together(Evaluation& e, const Requests& asked, std::vector<NodePtr>& nodes, const PlanLimits& limits);
  StageProgress progress_of(Evaluation& e);
  /// Says what is under way, to whoever asks why nothing moves.
  void now_in(const char* what, std::size_t stage = 0, std::size_t stages = 0);
  void make_result(Evaluation& e, std::size_t number);
  static const ResidentArray* gathered_from(const Evaluation& e, std::size_t sink);
  void gather_results(Evaluation& e);
  void gather_statistics(Evaluation& e);
};

}  // namespace tessera
