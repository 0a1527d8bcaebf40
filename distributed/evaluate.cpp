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
#include <tessera/distributed/evaluation.hpp>
#include <tessera/distributed/growing_datasets.hpp>
#include <tessera/distributed/job_bytes.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

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

// Files that are read must stay as they were when they were opened: else results would be made of two states of them.
void verify_sources(const Plan& plan) {
  for (const auto& s : plan.sources)
    if (const Store* store = s.node->store()) run_store_code(*store, [&] { store->verify(); });
}

}  // namespace

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
  std::int64_t base = 0, room = 0;
  failure.then([&] {
    aside.rethrow();
    identity = call.identity(requests);
    // The same call of another session is another one.
    begun.hash = Hash().add(call.hash(requests)).add(serial).value();
    base = baseline();
    room = scratch_room();
    planned = limits(comm->size(), 0, 0, 0);  // its names take memory: a rank that has none says so here
  });
  const auto on_device = [this] { return has_device() ? device_pool->statistics().in_use : 0; };
  std::int64_t values[6] = {base, pool->statistics().in_use, calls, on_device(), -room, kept.is_forgotten()};
  begin_call(*comm, begun, failure, values);
  calls = values[2] + 1;
  if (values[5] != 0) {
    kept.drop();
    std::int64_t in_use[2] = {pool->statistics().in_use, on_device()};
    comm->allreduce_max(in_use);
    values[1] = in_use[0], values[3] = in_use[1];
  }
  const std::int64_t taken = values[0] + values[1];
  planned.memory = memory - taken, planned.baseline = taken, planned.scratch = -values[4];
  if (has_device()) planned.device_memory = device_memory - values[3];
  pool->set_limit(memory - values[0]);
  return identity;
}

PlanLimits Session::State::limits(int ranks, std::int64_t taken, std::int64_t device_taken,
                                  std::int64_t scratch_room) const {
  PlanLimits l{ranks, threads, memory - taken, taken};
  l.scratch = scratch_room;
  if (has_device()) {
    l.device = device.get();
    l.device_memory = device_memory - device_taken;
    l.device_least = device_least;
    l.one_kind = one_kind_of_device;
    l.link = links.name(), l.no_link = links.why_not();
  }
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
           plan.scratch_peak <= limits.scratch && plan.limits.link == limits.link &&
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
    const double now = seconds_since(e.running);
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
                                  pinned_pool,
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  serial,
                                  message_bytes(e.plan->limits.memory),
                                  scratch});
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

// The plan, or that no rank has one.
void Session::State::plan_together(Evaluation& e, const Requests& asked, std::vector<NodePtr>& nodes,
                                   const PlanLimits& limits) {
  try {
    const TraceSpan planning(trace ? trace->evaluation() : nullptr, Activity::plan);
    together(*comm, [&] {
      if (any_grows(asked)) nodes = topological_order(asked.roots);  // walked as their files' chunks lie
      prepare(e, asked.requests, nodes, limits);
    });
    link_devices(e, asked, nodes, limits);
  } catch (...) {
    // Another rank may have no such plan, and one made later with other limits would be another.
    e.plan = nullptr;
    plans.clear();
    throw;
  }
}

// Connects the devices when a plan first needs that; where they can't be, there is a plan that does without. Collective.
void Session::State::link_devices(Evaluation& e, const Requests& asked, const std::vector<NodePtr>& nodes,
                                  PlanLimits limits) {
  if (!uses_link(*e.plan)) return;
  now_in("linking the devices");
  if (!links.connect(*comm, *device)) {
    plans.clear();
    together(*comm, [&] {
      limits.link = {}, limits.no_link = links.why_not();
      prepare(e, asked.requests, nodes, limits);
    });
  }
  e.execution->link = links.link();
}

void Session::State::plan_sinks(Evaluation& e, Asked& asked, PlanLimits limits, const SinkCall& call) {
  asked.requests = grown_together(*comm, asked.sinks, std::move(asked.requests));
  charge_planning(limits, asked.nodes, call);
  e.sinks = asked.sinks;
  e.writes = asked.requests.writes;
  pool->reset_peak();
  device_pool->reset_peak();
  pinned_pool->reset_peak();
  e.held = pool->statistics().in_use;
  e.device_held = has_device() ? device_pool->statistics().in_use : 0;
  plan_together(e, asked.requests, asked.nodes, limits);
}

// Over what is kept; keep_more: with what this count should keep, too.
void Session::State::plan_in_place(Evaluation& e, Asked& asked, PlanLimits limits, const SinkCall& call,
                                   bool keep_more) {
  Asked over;
  together(*comm, [&] {
    if (keep_more) e.kept = KeptFromCounting::wanted_of(call.sinks);
    over.over.assign(call.sinks.begin(), call.sinks.end());
    over.over.insert(over.over.end(), e.kept.begin(), e.kept.end());
    over.over = kept.in_place(over.over);
    for (std::size_t i = e.kept.size(); i-- > 0;) {
      const auto at = over.over.begin() + static_cast<std::ptrdiff_t>(call.sinks.size() + i);
      if (at->array.node()->kind() != NodeKind::source) continue;  // else it is kept already
      over.over.erase(at), e.kept.erase(e.kept.begin() + static_cast<std::ptrdiff_t>(i));
    }
    over.sinks = over.over;
    over.requests = requests_of(over.sinks);
    over.nodes = topological_order(over.requests.roots);
    kept.reserve(e.kept.size());
  });
  plan_sinks(e, over, limits, call);
  asked = std::move(over);
}

// returns: whether there is such a plan; else nothing is kept any more, and what it took is in the limits.
bool Session::State::plan_over_kept(Evaluation& e, Asked& asked, PlanLimits& limits, const SinkCall& call) {
  try {
    plan_in_place(e, asked, limits, call, true);
    return true;
  } catch (const MemoryBudgetError&) {  // on all ranks
    e.kept.clear();
    give_up_kept(limits);
    return false;
  }
}

void Session::State::give_up_kept(PlanLimits& limits) {
  const auto in_use = [this] { return std::pair(pool->statistics().in_use, device_pool->statistics().in_use); };
  const auto [host, on_device] = in_use();
  kept.drop();
  std::int64_t freed[2] = {in_use().first - host, in_use().second - on_device};  // negative: the least of all ranks
  comm->allreduce_max(freed);
  limits.memory -= freed[0], limits.baseline += freed[0];
  if (has_device()) limits.device_memory -= freed[1];
}

// A plan over what is kept, else without, else over what has to go into scratch files first.
void Session::State::plan_evaluation(Evaluation& e, Asked& asked, PlanLimits& limits, const SinkCall& call) {
  const bool concerns_kept = kept.any() || KeptFromCounting::counts(call.sinks);
  if (concerns_kept && plan_over_kept(e, asked, limits, call)) return;
  std::string no_room;
  try {
    return plan_sinks(e, asked, limits, call);
  } catch (const MemoryBudgetError& refused) {  // on all ranks
    no_room = refused.what();
  }
  const std::vector<Sink> instead = find_room(e, asked, limits, call);
  if (instead.empty()) throw MemoryBudgetError(no_room + scratch_advice(call.sinks, limits));
  plan_in_place(e, asked, limits, {call.name, instead, call.options}, false);
}

void Session::State::run_plan(Evaluation& e) {
  e.running = Clock::now();
  try {
    execute(*e.execution);
  } catch (...) {  // on all ranks: of what was under way over the link some may be
    if (e.execution->link) links.close();
    throw;
  }
  e.failure.then([&] {
    verify_sources(*e.plan);
    aside.rethrow();
  });
  gather_results(e);
}

std::vector<Result> Session::State::evaluate(const SinkCall& call, const std::function<void()>& check) {
  Evaluation e;
  e.sinks = call.sinks;
  e.begin = Clock::now();
  now_in("planning");
  statistics = {};
  TraceLane* lane = trace ? trace->evaluation() : nullptr;
  const TraceSpan span(lane, Activity::evaluation);
  Asked asked;
  e.failure.guard([&] {
    if (check) check();
    asked.sinks = call.sinks;
    asked.requests = requests_of(call.sinks);
    asked.nodes = topological_order(asked.requests.roots);
    check_residents(asked.nodes);
  });
  PlanLimits limits;
  statistics.identity = agree_on(call, asked.requests.requests, e.failure, limits);
  if (call.sinks.empty()) return {};
  plan_evaluation(e, asked, limits, call);

  Targets targets(*comm);
  if (e.writes) {
    const TraceSpan creating(lane, Activity::create);
    now_in("creating the targets");
    targets.create(e.sinks, asked.requests.datasets, call.options);
    e.execution->writers = targets.take_writers();
  }
  run_plan(e);
  if (e.writes) {
    const TraceSpan committing(lane, Activity::commit);
    now_in("bringing the targets to the disk");
    targets.commit();
  }
  gather_statistics(e);
  add_spilled(e);
  kept.keep(e.kept, std::span(e.results).last(e.kept.size()));
  e.results.resize(call.sinks.size());
  return std::move(e.results);
}

}  // namespace tessera
