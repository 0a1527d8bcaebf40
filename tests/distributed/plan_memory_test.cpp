// What a plan says that its run takes is what the run takes: never more, and not much less where it is much.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "drawn_jobs.hpp"

namespace tessera::testing {
namespace {

constexpr std::int64_t mib = 1 << 20;

Shape drawn_shape() {
  switch (drawn(0, 3)) {
    case 0:
      return {drawn(1, 3'000'000)};
    case 1:
      return {drawn(1, 60), drawn(1, 40'000)};
    case 2:
      return {drawn(1, 4000), drawn(1, 500)};
    default:
      return {drawn(1, 30), drawn(1, 300), drawn(1, 200)};
  }
}

void compare(int threads) {
  const Shape shape = drawn_shape();
  const Array x = uniform(shape, 0, 1, {.seed = 3, .chunks = coarse_chunks(shape)});
  std::vector<Sink> sinks;
  for (std::int64_t n = drawn(1, 2); n > 0; n--) sinks.push_back(persist(drawn_result(x)));
  const std::int64_t memory = *rc::gen::element(2 * mib, 5 * mib, 12 * mib, 40 * mib, 1024 * mib);
  const std::int64_t scratch = drawn(0, 1) ? std::int64_t{1} << 30 : 0;
  Session session(with_scratch(memory, threads, scratch));
  std::optional<Plan> plan;
  try {
    plan = plan_of(sinks, session, threads, memory, scratch);
  } catch (const MemoryBudgetError&) {
  }
  try {
    session.compute(sinks);
  } catch (const MemoryBudgetError&) {
    RC_ASSERT(!plan);
    RC_DISCARD("too little memory");
  }
  const std::int64_t took = session.statistics().peak_bytes;
  if (!plan) {  // scratch files took what has no room
    RC_TAG("spilled");
    RC_ASSERT(took <= std::min(memory, session.statistics().projected_bytes));
    return;
  }
  RC_LOG() << to_string(*plan) << "took " << took << " of " << plan->peak << " bytes";
  RC_CLASSIFY(plan->peak > 4 * mib, "more than 4 MiB");
  RC_ASSERT(took <= plan->peak);
  RC_ASSERT(took <= memory);
  RC_ASSERT(session.statistics().peak_device_bytes <= plan->device_peak);
  // Of several workers, nobody knows how many are at work at a time; states that a device combines have room in the host's memory that few take.
  const bool data_decides =
      std::any_of(plan->stages.begin(), plan->stages.end(), [](const Stage& s) { return s.traffic.at_most; });
  if (threads == 1 && plan->device_peak == 0 && plan->peak > 4 * mib && !data_decides)
    RC_ASSERT(10 * took >= 7 * plan->peak);
}

RC_GTEST_PROP(PlanMemory, IsWhatOneWorkerTakes, ()) { compare(1); }
RC_GTEST_PROP(PlanMemory, IsEnoughForSeveral, ()) { compare(static_cast<int>(drawn(2, 3))); }

}  // namespace
}  // namespace tessera::testing
