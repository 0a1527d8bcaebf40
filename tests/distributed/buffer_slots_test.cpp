// Buffers that values of a tile share, against looking at all that is made of each.
#include <gtest/gtest.h>

#include <set>

#include <tessera/distributed/plan/buffer_slots.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

Array source(std::uint64_t seed) { return uniform({40, 60}, 0, 1, {.seed = seed, .chunks = {20, 30}}); }

Array around(const Array& u) {
  const auto view = [&](std::int64_t i, std::int64_t j) {
    return u[{Slice{i, u.shape()[0] - 2 + i, {}}, Slice{j, u.shape()[1] - 2 + j, {}}}];
  };
  return (view(1, 2) + view(1, 0) + view(2, 1) + view(0, 1)) / 4.0;
}

Plan plan_for(const Array& x) {
  return make_plan({{x.node(), PlanSink::Kind::persist}}, {1, 1, std::int64_t{1} << 30, 0});
}

std::vector<TileInput> taken_by(const TileValue& v) {
  if (const auto* how = v.as<ComputedValue>()) return how->inputs;
  if (const auto* how = v.as<JoinedValue>()) return how->inputs;
  if (const auto* how = v.as<StencilValue>()) return {how->input};
  if (const auto* how = v.as<CallValue>()) return how->inputs;
  return {};
}

bool takes(const std::vector<TileInput>& inputs, std::size_t value) {
  for (const auto& in : inputs)
    if (static_cast<std::size_t>(in.value) == value) return true;
  return false;
}

// True where `value` is needed by `later` or behind it; what is joined may be used where it lies.
bool is_needed_from(const TileOperator& op, std::size_t value, std::size_t later) {
  for (const auto& o : op.outputs)
    if (takes(o.inputs, value)) return true;
  for (std::size_t v = value + 1; v < op.values.size(); v++) {
    if (!takes(taken_by(op.values[v]), value)) continue;
    if (v >= later || (op.values[v].as<JoinedValue>() && is_needed_from(op, v, later))) return true;
  }
  return false;
}

TEST(BufferSlots, AreSharedByWhatIsNotNeededAtATime) {
  const Array a = source(1), b = source(2);
  const Array steps = around(around(around(a * 2.0))), blurred = gaussian_filter(sqrt(a), {1.0, 2.0});
  for (const Array& x : {steps, blurred + a, concat({steps, around(around(around(b)))}) + 1.0,
                         uniform_filter(concat({a, b}, 1), {3}) * 2.0,
                         map([](double v) { return v + 1; }, around(b), {.name = "one more"}) - around(sqrt(b))}) {
    for (const Stage& stage : plan_for(x).stages) {
      const auto* op = std::get_if<TileOperator>(&stage.op);
      if (!op) continue;
      const std::vector<int> slots = buffer_slots(*op);
      ASSERT_EQ(slots.size(), op->values.size());
      for (std::size_t i = 0; i < slots.size(); i++) {
        EXPECT_EQ(slots[i] < 0, op->values[i].is_part());
        for (std::size_t j = i + 1; j < slots.size(); j++)
          EXPECT_FALSE(slots[i] >= 0 && slots[i] == slots[j] && is_needed_from(*op, i, j)) << i << " " << j;
      }
    }
  }
}

TEST(BufferSlots, OfManyStepsAreFew) {
  Array u = source(3);
  for (int k = 0; k < 15; k++) u = around(u);
  const Plan plan = plan_for(u);
  ASSERT_EQ(plan.stages.size(), 1u);
  const auto& op = std::get<TileOperator>(plan.stages[0].op);
  EXPECT_GE(op.values.size(), 15u);
  const std::vector<int> slots = buffer_slots(op);
  EXPECT_LE(std::set<int>(slots.begin(), slots.end()).size(), 3u);
}

}  // namespace
}  // namespace tessera::testing
