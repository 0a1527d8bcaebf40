// When keeping beats computing again: y is `operations` simple operations of a resident array, two shifted slices of it
// are added and summed up. As one expression y is computed for both slices, unless the optimizer keeps it
// (core/optimize/keep.hpp, whose keep_cost is chosen by this); "kept" makes it whole first.
#include "measure.hpp"

namespace ts = tessera;

namespace bench {

void keep(ts::Session& session, const Arguments& arguments) {
  const std::int64_t operations = arguments.number("operations", 32), rounds = arguments.number("rounds", 5);
  const ts::Array x = session.persist(ts::uniform({arguments.number("elements", std::int64_t{1} << 26)}));
  ts::Array y = x;
  for (std::int64_t i = 0; i < operations; i++) y = i % 2 ? y * 0.75 : y + 0.125;
  const auto neighbours = [](const ts::Array& a) { return ts::sum(a[ts::Slice{1, {}}] + a[ts::Slice{-1}]); };
  const ts::Array expression = neighbours(y);
  const bool keeps = session.explain({ts::gather(expression)}).find("kept") != std::string::npos;
  std::vector<double> fused, kept;
  for (std::int64_t round = -1; round < rounds; round++) {  // the first one warms up
    const double first = timed([&] { session.item<double>(expression); });
    const double second = timed([&] { session.item<double>(neighbours(session.persist(y))); });
    if (round >= 0) fused.push_back(first), kept.push_back(second);
  }
  report(session, "expression", fused, {{"operations", static_cast<double>(operations)}, {"keeps", keeps}});
  report(session, "kept", kept);
}

}  // namespace bench
