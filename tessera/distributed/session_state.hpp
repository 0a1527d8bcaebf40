#pragma once
// What a session has, and how it evaluates (evaluate.cpp).
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/heartbeat.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/requests.hpp>
#include <tessera/distributed/session.hpp>
#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/trace.hpp>
#include <tessera/distributed/watchdog.hpp>

namespace tessera {

struct Session::State {
  std::unique_ptr<Communicator> comm;
  SessionOptions options;
  std::int64_t memory = 0;
  int threads = 1;
  std::shared_ptr<MemoryPool> pool;
  std::unique_ptr<Watchdog> watchdog;
  std::unique_ptr<Heartbeat> heartbeat;  ///< ends before the watchdog, which it asks
  std::unique_ptr<Trace> trace;
  Statistics statistics;
  std::unordered_map<std::uint64_t, std::unique_ptr<Plan>> plans;  // the same on all ranks
  std::int64_t serial = 0;  // of the session in its process: arrays of two sessions are never taken for one another
  std::uint64_t evaluations = 0;

  void start();
  void watch_over_ranks();
  Array open(const std::function<std::string()>& describe, bool raw);
  /// What a process grows by besides Tessera's buffers, as far as they count against the budget.
  std::int64_t baseline() const;
  /// Collective: the same requests everywhere, and what plans may use. `failure`: of what was done before.
  /// returns: the identity of the evaluation. throws MismatchError.
  std::uint64_t agree_on(const std::vector<PlanRequest>& requests, std::span<const Sink> sinks, Failure& failure,
                         PlanLimits& limits);
  /// All sinks by one plan. Collective; throws the same on all ranks.
  std::vector<Result> evaluate(std::span<const Sink> sinks, const WriteOptions& write);
  /// One sink.
  Result evaluate(const Sink& sink);

 private:
  struct Evaluation;
  Plan& plan_for(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes, const PlanLimits& limits);
  void prepare(Evaluation& e, const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
               const PlanLimits& limits);
  StageProgress progress_of(Evaluation& e);
  /// Says what is under way, to whoever asks why nothing moves.
  void now_in(const char* what, std::size_t stage = 0, std::size_t stages = 0);
  void make_result(Evaluation& e, std::size_t number);
  void gather_statistics(Evaluation& e);
};

}  // namespace tessera
