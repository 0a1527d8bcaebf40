// One evaluation, from sinks to results. All ranks do it together: whatever one rank does alone stands under a Failure,
// which the next agreement takes to the others (failure.hpp), and nothing that can fail comes after the files have got
// their names.
#include <algorithm>
#include <chrono>
#include <new>
#include <optional>

#include <tessera/core/attribute_bytes.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/growing_datasets.hpp>
#include <tessera/distributed/job_bytes.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// What a process grows by between planning and its peak, besides Tessera's buffers: thread stacks, MPI's and HDF5's own
// memory.
constexpr std::int64_t growth_bytes = 8 << 20;
// What a node of a graph takes while it is planned, and afterwards in the plan: measured 1 KiB in long fused chains, 4
// KiB in loops of many stages.
constexpr std::int64_t planning_bytes = 4 << 10;
// Copies of the attributes of targets while these are made, the library's among them: measured 3.5 of few large ones,
// 4 of many small ones.
constexpr std::int64_t attribute_copies = 5;
constexpr std::size_t cached_plans = 256;

double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

// Files that are read must stay as they were when they were opened: else results would be made of two states of them.
void verify_sources(const Plan& plan) {
  for (const auto& s : plan.sources)
    if (const Store* store = s.node->store()) run_store_code(*store, [&] { store->verify(); });
}

/// What a rank tells the others at the end.
struct Figures {
  std::int64_t bytes_read, bytes_written, bytes_moved, messages, tiles, nanoseconds, peak, peak_resident, device_peak,
      failed;
};

}  // namespace

struct Session::State::Evaluation {
  std::span<const Sink> sinks{};
  Clock::time_point begin{}, running{};
  bool writes = false;
  Plan* plan = nullptr;
  std::unique_ptr<Execution> execution{};
  std::vector<Result> results{};
  std::vector<Figures> figures{};  // of all ranks
  std::optional<JobBytes> job{};   // read and written by all ranks, as far as this one knows
  // Of progress, in seconds of the run: when it was last reported; the step under way, since when, and when last heard
  // of.
  double shown = 0, step_began = 0, step_seen = 0;
  StageStep step{};
  Failure failure{};
};

std::int64_t Session::State::baseline() const {
  if (!options.whole_process) return 0;
  const auto s = pool->statistics();
  return std::max<std::int64_t>(0, resident_bytes() - s.in_use - s.cached) + growth_bytes;
}

// One small reduction before anything else: the same call everywhere, the least free memory, the largest baseline.
// A rank that fails before its identity is known has none: all ranks throw then.
std::uint64_t Session::State::agree_on(const SinkCall& call, const std::vector<PlanRequest>& requests, Failure& failure,
                                       PlanLimits& planned) {
  Call begun{0, [&call] { return call.text(); }};
  std::uint64_t identity = 0;
  std::int64_t base = 0;
  failure.then([&] {
    aside.rethrow();
    identity = call.identity(requests);
    // The same call of another session is another one.
    begun.hash = Hash().add(call.hash(requests)).add(serial).value();
    base = baseline();
  });
  const std::int64_t on_device = has_device() ? device_pool->statistics().in_use : 0;
  std::int64_t values[4] = {base, pool->statistics().in_use, calls, on_device};
  begin_call(*comm, begun, failure, values);
  calls = values[2] + 1;
  planned = limits(comm->size(), values[0] + values[1], values[3]);
  pool->set_limit(memory - values[0]);
  return identity;
}

PlanLimits Session::State::limits(int ranks, std::int64_t taken, std::int64_t device_taken) const {
  PlanLimits l{ranks, threads, memory - taken, taken};
  if (has_device()) l.device = device.get(), l.device_memory = device_memory - device_taken;
  return l;
}

void Session::State::charge_planning(PlanLimits& limits, const std::vector<NodePtr>& nodes,
                                     const SinkCall& call) const {
  if (!options.whole_process) return;
  std::int64_t attributes = attribute_bytes(call.options.file_attributes);
  for (const auto& sink : call.sinks)
    if (sink.kind == Sink::Kind::write) attributes += attribute_bytes(sink.attributes);
  std::int64_t planning = static_cast<std::int64_t>(nodes.size()) * planning_bytes;
  if (attributes > few_attribute_bytes) planning += attributes * attribute_copies;
  limits.memory -= planning;
  limits.baseline += planning;
  // Planning goes on without memory for the stages, to say what they need; not where it would take too much itself.
  if (planning > growth_bytes && limits.memory < 0)
    throw MemoryBudgetError(
        "planning " + std::to_string(nodes.size()) + " operations" +
        (attributes > few_attribute_bytes ? " and writing attributes of " + format_size(attributes) : "") + " takes " +
        format_size(planning) + ", and of the budget of " + format_size(limits.memory + limits.baseline) + " " +
        format_size(std::max<std::int64_t>(0, limits.memory + planning)) + " are left: use option 'memory' " +
        std::to_string(ceil_div(limits.baseline, 1 << 20) + 1) + "M or more");
}

void Session::State::check_residents(const std::vector<NodePtr>& nodes) const {
  for (const auto& n : nodes) {
    if (n->kind() != NodeKind::source || !as_source(*n).resident()) continue;
    const auto& array = static_cast<const ResidentArray&>(*as_source(*n).resident());
    if (!array.is_reached_by(*device))
      throw UsageError("an array lies in the memory of a device that this session, on " + device->name() +
                       ", does not have: gather it where it was made");
    if (array.distribution().ranks() != comm->size() || array.rank() != comm->rank())
      throw UsageError("an array in memory is spread over " + std::to_string(array.distribution().ranks()) +
                       " ranks of another session; this one has " + std::to_string(comm->size()) + " other ranks");
  }
}

CachedPlan& Session::State::plan_for(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
                                     const PlanLimits& limits) {
  const Key key = plan_key(requests, nodes);
  const auto serves = [&](const Plan& plan) {
    // With more memory another plan may compute less.
    return plan.peak <= limits.memory && plan.device_peak <= limits.device_memory &&
           (plan.not_kept == 0 || limits.memory <= plan.limits.memory);
  };
  if (const auto known = plans.find(key); known != plans.end() && serves(known->second->plan)) {
    statistics.plan_was_cached = true;
    rebind(known->second->plan, nodes);
    return *known->second;
  }
  auto plan = std::make_unique<CachedPlan>(make_plan(requests, limits), *device);
  if (plans.size() >= cached_plans) plans.clear();
  return *(plans[key] = std::move(plan));
}

StageProgress Session::State::progress_of(Evaluation& e) {
  if (!options.progress && options.watchdog_seconds <= 0) return {};
  e.job.emplace(*e.plan);
  return [this, &e](const StageStep& s) {
    watchdog->progress();
    aside.rethrow();
    if (comm->rank() != 0 || !options.progress) return;
    const auto& counters = e.execution->counters;
    const std::int64_t tiles = s.exchanging ? 0 : s.total;
    const auto bytes = e.job->add(s.stage, tiles, {counters.bytes_read, counters.bytes_written});
    const double now = since(e.running);
    const bool begins = s.stage != e.step.stage || s.exchanging != e.step.exchanging || s.done < e.step.done;
    if (begins) e.step_began = s.done == 0 ? now : e.step_seen;
    e.step = s;
    e.step_seen = now;
    if (!begins && now - e.shown < 0.1) return;
    e.shown = now;
    const auto& stages = e.plan->stages;
    run_user_code([&] {
      options.progress({static_cast<int>(s.stage) + 1, static_cast<int>(stages.size()), stages[s.stage].name,
                        s.exchanging, s.done, s.total, bytes.read, bytes.written, now, now - e.step_began});
    });
  };
}

// Never fails: a rank that has no memory for the words says nothing.
void Session::State::now_in(const char* what, std::size_t stage, std::size_t stages) {
  if (options.watchdog_seconds <= 0) return;
  try {
    std::string text = what;
    if (stages > 0) text = "stage " + std::to_string(stage + 1) + " of " + std::to_string(stages) + ": " + text;
    watchdog->stage(std::move(text));
  } catch (const std::bad_alloc&) {
  }
}

// All that is local before the first stage: the plan, and room for what comes at the end.
void Session::State::prepare(Evaluation& e, const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes,
                             const PlanLimits& limits) {
  CachedPlan& cached = plan_for(requests, nodes, limits);
  e.plan = &cached.plan;
  verify_sources(*e.plan);
  e.execution.reset(new Execution{*e.plan,
                                  cached.kernels,
                                  *comm,
                                  *device,
                                  pool,
                                  device_pool,
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  serial,
                                  message_bytes(e.plan->limits.memory)});
  Execution& x = *e.execution;
  for (const auto& request : requests) x.values.push_back(request.node->identity());
  x.arrays.resize(e.plan->arrays.size());
  x.progress = progress_of(e);
  if (options.watchdog_seconds > 0)
    x.stage_begins = [this, &e](std::size_t i) { now_in(e.plan->stages[i].name.c_str(), i, e.plan->stages.size()); };
  e.results.resize(e.sinks.size());
  e.figures.resize(comm->size());
  if (trace) {
    std::vector<std::string> names;
    for (const auto& s : e.plan->stages) names.push_back(s.name);
    x.trace = trace.get();
    x.first_stage = trace->add_stages(names);
  }
}

// The result of a sink, but for the elements that other ranks have.
void Session::State::make_result(Evaluation& e, std::size_t number) {
  const Sink& sink = e.sinks[number];
  Result& r = e.results[number];
  r.kind_ = sink.kind;
  r.shape_ = sink.array.shape();
  r.dtype_ = sink.array.dtype();
  for (std::size_t a = 0; a < e.plan->arrays.size(); a++) {
    const auto& sinks = e.plan->arrays[a].sinks;
    if (std::find(sinks.begin(), sinks.end(), static_cast<int>(number)) == sinks.end()) continue;
    const auto& array = e.execution->arrays[a];
    if (sink.kind == Sink::Kind::persist)
      r.array_ = Array(
          std::make_shared<SourceNode>(r.dtype_, r.shape_, array->grid(), std::shared_ptr<const Resident>(array)));
    else
      r.bytes_.resize(num_elements(r.shape_) * item_size(r.dtype_));
  }
}

Moved Session::State::bring(const ResidentArray& from, const Box& box, const StridedOutput& to,
                            std::int64_t message_bytes, const std::shared_ptr<MemoryPool>& messages) {
  Moved moved;
  const auto get = [&] { moved = fetch(*comm, *device, from, box, to, message_bytes, messages); };
  if (!has_device()) {
    get();
    return moved;
  }
  Failure failure;  // of the device: also where nobody is asked for elements
  failure.guard(get);
  agree(*comm, failure);
  return moved;
}

void Session::State::gather_statistics(Evaluation& e) {
  Execution& x = *e.execution;
  const auto& c = x.counters;
  bool files = e.writes;
  for (const auto& s : e.plan->sources) files = files || s.node->store();
  std::int64_t resident = 0;
  Failure unheard;  // the files have their names: a figure that can't be read is no reason to fail
  if (files || options.whole_process) unheard.guard([&] { resident = peak_resident_bytes(); });
  const Figures mine{c.bytes_read,
                     c.bytes_written,
                     c.bytes_moved,
                     c.messages,
                     c.tiles,
                     static_cast<std::int64_t>(since(e.begin) * 1e9),
                     pool->statistics().peak,
                     resident,
                     has_device() ? device_pool->statistics().peak : 0,
                     e.failure.error() != nullptr};
  comm->allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(e.figures.data()),
                  sizeof mine);
  statistics.bytes_read = statistics.bytes_written = statistics.bytes_moved = 0;
  statistics.messages = statistics.tiles = 0;
  statistics.seconds = 0;
  statistics.peak_bytes = statistics.peak_resident_bytes = statistics.peak_device_bytes = 0;
  bool failed = false;
  for (const Figures& f : e.figures) {
    statistics.bytes_read += f.bytes_read;
    statistics.bytes_written += f.bytes_written;
    statistics.bytes_moved += f.bytes_moved;
    statistics.messages += f.messages;
    statistics.tiles += f.tiles;
    statistics.seconds = std::max(statistics.seconds, static_cast<double>(f.nanoseconds) * 1e-9);
    statistics.peak_bytes = std::max(statistics.peak_bytes, f.peak);
    statistics.peak_resident_bytes = std::max(statistics.peak_resident_bytes, f.peak_resident);
    statistics.peak_device_bytes = std::max(statistics.peak_device_bytes, f.device_peak);
    failed = failed || f.failed != 0;
  }
  statistics.stages = static_cast<std::int64_t>(x.plan.stages.size());
  statistics.projected_bytes = x.plan.peak;
  statistics.projected_device_bytes = x.plan.device_peak;
  statistics.chunks = 0;
  statistics.decodings = 0;
  for (const auto& s : x.plan.stages) {
    statistics.chunks += s.traffic.chunks;
    statistics.decodings = std::max(statistics.decodings, s.traffic.decodings);
  }
  if (failed) agree(*comm, e.failure);
}

std::vector<Result> Session::State::evaluate(const SinkCall& call, const std::function<void()>& check) {
  const std::span<const Sink> sinks = call.sinks;
  Evaluation e{.sinks = sinks, .begin = Clock::now()};
  now_in("planning");
  statistics = {};
  TraceLane* lane = trace ? trace->evaluation() : nullptr;
  const TraceSpan span(lane, Activity::evaluation);
  Requests asked;
  std::vector<NodePtr> nodes;
  e.failure.guard([&] {
    if (check) check();
    asked = requests_of(sinks);
    nodes = topological_order(asked.roots);
    check_residents(nodes);
  });
  PlanLimits limits;
  statistics.identity = agree_on(call, asked.requests, e.failure, limits);
  if (sinks.empty()) return {};
  asked = grown_together(*comm, sinks, std::move(asked));
  charge_planning(limits, nodes, call);
  e.writes = asked.writes;
  pool->reset_peak();
  device_pool->reset_peak();
  // A cached plan must not keep the arrays of this evaluation alive.
  struct Release {
    Evaluation& e;
    ~Release() {
      if (e.plan != nullptr)
        for (auto& s : e.plan->sources) s.node = nullptr;
    }
  } release{e};
  try {
    const TraceSpan planning(lane, Activity::plan);
    together(*comm, [&] {
      if (any_grows(asked)) nodes = topological_order(asked.roots);  // walked as their files' chunks lie
      prepare(e, asked.requests, nodes, limits);
    });
  } catch (...) {
    // Another rank may have no such plan, and one made later with other limits would be another.
    e.plan = nullptr;
    plans.clear();
    throw;
  }
  Execution& x = *e.execution;

  Targets targets(*comm);
  if (e.writes) {
    const TraceSpan creating(lane, Activity::create);
    now_in("creating the targets");
    targets.create(sinks, asked.datasets, call.options);
    x.writers = targets.take_writers();
  }
  e.running = Clock::now();
  execute(x);
  e.failure.then([&] {
    verify_sources(*e.plan);
    aside.rethrow();
  });

  const auto gathered_from = [&](std::size_t i) -> const ResidentArray* {
    if (sinks[i].kind != Sink::Kind::gather) return nullptr;
    for (std::size_t a = 0; a < e.plan->arrays.size(); a++) {
      const auto& of = e.plan->arrays[a].sinks;
      if (std::find(of.begin(), of.end(), static_cast<int>(i)) != of.end()) return x.arrays[a].get();
    }
    return nullptr;
  };
  {
    const TraceSpan gathering(lane, Activity::exchange);
    bool everywhere = true;
    for (std::size_t i = 0; i < sinks.size(); i++) {
      e.failure.then([&] { make_result(e, i); });
      const ResidentArray* array = gathered_from(i);
      if (array != nullptr && array->distribution().kind() != Distribution::Kind::replicated) everywhere = false;
    }
    if (!everywhere || e.writes) agree(*comm, e.failure);
    for (std::size_t i = 0; i < sinks.size() && !e.failure.any(); i++) {
      const ResidentArray* array = gathered_from(i);
      if (array == nullptr) continue;
      const Dims strides = row_major_strides(e.results[i].shape_, item_size(array->dtype()));
      x.counters.add(bring(*array, Box::whole(array->grid().shape()), {e.results[i].bytes_.data(), strides},
                           x.message_bytes, pool));
    }
  }
  if (e.writes) {
    const TraceSpan committing(lane, Activity::commit);
    now_in("bringing the targets to the disk");
    targets.commit();
  }
  gather_statistics(e);
  return std::move(e.results);
}

}  // namespace tessera
