// Random expressions against the slow evaluator, with random chunks, budgets, threads and company in one plan.
// A long run: RC_PARAMS="max_success=100000" mpirun -n 2 build/release/tests/expressions/expressions_test
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/distributed/communicator.hpp>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

// One thread and room enough, three threads and a budget that makes small tiles, or so little that some plans are
// refused.
Session& session_of(int kind) {
  static Session sessions[] = {Session(SessionOptions{.memory = 64 << 20, .threads = 1}),
                               Session(SessionOptions{.memory = 2 << 20, .threads = 3}),
                               Session(SessionOptions{.memory = 12 << 10, .threads = 1})};
  return sessions[kind];
}

RC_GTEST_PROP(Expressions, GiveWhatTheObviousEvaluatorGives, ()) {
  Session& session = session_of(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 3)));
  bool refused = false;
  // A plan may be refused, on all ranks, before anything is done. One that was not must keep within the budget.
  const auto with_room = [&](const auto& f) {
    try {
      return f(session);
    } catch (const MemoryBudgetError& e) {
      if (std::string_view(e.what()).find("needs at least") == std::string_view::npos) throw;
      refused = true;
      return f(session_of(0));
    }
  };
  Drawer drawer([&](const Array& x) { return with_room([&](Session& s) { return s.persist(x); }); },
                [&](const Array& x) { return with_room([&](Session& s) { return s.values<std::int64_t>(x); }); });
  const std::vector<Drawn> all = drawer.draw(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(2, 24)));
  // The last, and some on the way to it, in one plan.
  std::vector<std::size_t> roots;
  for (std::size_t k = 0; k + 1 < all.size(); k++)
    if (*rc::gen::inRange(0, 4) == 0) roots.push_back(k);
  roots.push_back(all.size() - 1);
  std::vector<Sink> sinks;
  for (auto r : roots) sinks.push_back(gather(all[r].array));
  std::string wrong;
  std::vector<Result> results;
  try {
    results = with_room([&](Session& s) { return s.compute(sinks); });
  } catch (const Error& e) {  // on all ranks
    for (const auto& d : all) wrong += d.text + "\n";
    RC_FAIL(e.what() + ("\n" + wrong));
  }

  for (std::size_t k = 0; k < roots.size(); k++)
    if (const std::string d = difference(all[roots[k]], results[k]); !d.empty())
      wrong += "v" + std::to_string(roots[k]) + ": " + d + "\n";
  // Ranks agree before one of them gives up, or they would go on with different cases.
  const auto bad = static_cast<std::byte>(!wrong.empty());
  std::vector<std::byte> others(static_cast<std::size_t>(session.size()));
  session.communicator().allgather(&bad, others.data(), 1);
  bool failed = false;
  for (auto b : others) failed = failed || b != std::byte{0};
  if (failed)
    for (const auto& d : all) wrong += d.text + "\n";
  if (failed) RC_FAIL(wrong);
  RC_TAG(refused ? "refused" : &session == &session_of(2) ? "tiny" : "");
}

}  // namespace
}  // namespace tessera::testing
