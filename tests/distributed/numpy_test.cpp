// Every function against NumPy, over dtypes and awkward values, with the inputs lying in every way. TESSERA_GOLDEN
// names the folder that make_golden.py wrote; TESSERA_SHARE=30 tries one of thirty cases (share.hpp).
#include <gtest/gtest.h>

#include <cstdlib>

#include "../share.hpp"
#include "golden.hpp"

namespace tessera::testing {
namespace {

constexpr std::size_t batch = 16;       // cases of one compute: several results in one plan
constexpr std::size_t most_shown = 40;  // differences
// On one rank a case is tried in all six layouts, on several in two of them, which differ with the number of ranks.
constexpr std::size_t layouts_in_turn = 3;

// All of `cases` in one plan; one by one when that fails, to say which.
void check(Session& session, const std::vector<const GoldenCase*>& cases, GoldenInputs& inputs,
           std::vector<std::string>& wrong) {
  std::vector<Sink> sinks;
  std::vector<const GoldenCase*> built;
  for (const auto* c : cases) {
    try {
      sinks.push_back(gather(build_expression(c->expression, inputs)));
      built.push_back(c);
    } catch (const std::exception& e) {
      wrong.push_back("case " + c->name + " " + c->expression.substr(0, 200) + ": " + e.what());
    }
  }
  std::vector<Result> results;
  try {
    results = session.compute(sinks);
  } catch (const std::exception& e) {
    if (cases.size() == 1) {
      wrong.push_back("case " + cases[0]->name + " " + cases[0]->expression.substr(0, 200) + ": " + e.what());
      return;
    }
    for (const auto* c : cases) check(session, {c}, inputs, wrong);
    return;
  }
  const Statistics& s = session.statistics();
  if (s.peak_bytes > s.projected_bytes)
    wrong.push_back("case " + cases[0]->name + " and those after it took " + std::to_string(s.peak_bytes) +
                    " bytes, the plan said " + std::to_string(s.projected_bytes));
  for (std::size_t i = 0; i < results.size(); i++)
    if (const auto text = difference(*built[i], results[i]); !text.empty()) wrong.push_back(text);
}

const std::string folder = std::getenv("TESSERA_GOLDEN") != nullptr ? std::getenv("TESSERA_GOLDEN") : "golden";

std::string name_of(Layout layout) {
  constexpr const char* names[] = {"files", "stores", "resident", "host", "written", "mixed"};
  return names[static_cast<int>(layout)];
}

class NumPy : public ::testing::TestWithParam<Layout> {};

TEST_P(NumPy, Agrees) {
  static const std::vector<GoldenCase> cases = read_golden(folder);
  Session session(SessionOptions{.memory = std::int64_t{256} << 20, .threads = GetParam() == Layout::mixed ? 3 : 1});
  GoldenInputs inputs(session, folder, GetParam());
  std::vector<const GoldenCase*> drawn;
  for (const auto& c : cases)
    if (is_in_share(name_of(GetParam()) + c.name)) drawn.push_back(&c);
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < drawn.size(); i += batch) {
    const std::size_t turn =
        i / batch + static_cast<std::size_t>(GetParam()) + static_cast<std::size_t>(session.size() + 1) / 2;
    if (session.size() > 1 && turn % layouts_in_turn != 0) continue;
    const auto first = drawn.begin() + static_cast<std::ptrdiff_t>(i);
    check(session, {first, first + static_cast<std::ptrdiff_t>(std::min(batch, drawn.size() - i))}, inputs, wrong);
  }
  for (std::size_t i = 0; i < std::min(wrong.size(), most_shown); i++) ADD_FAILURE() << wrong[i];
  EXPECT_EQ(wrong.size(), 0u) << "of " << drawn.size() << " cases";
}

INSTANTIATE_TEST_SUITE_P(Layouts, NumPy,
                         ::testing::Values(Layout::files, Layout::stores, Layout::resident, Layout::host,
                                           Layout::written, Layout::mixed),
                         [](const auto& layout) { return name_of(layout.param); });

}  // namespace
}  // namespace tessera::testing
