// mean and std over each axis of a resident float32 array, against reading the same memory once, as fast as it goes.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "measure.hpp"
#include "native/read_sweep.hpp"

namespace ts = tessera;

namespace bench {

void spread(ts::Session& session, const Arguments& arguments) {
  const ts::Shape shape = arguments.shape("shape", {512, 1024, 1024}), chunks = arguments.shape("chunks", {});
  const ts::Array x = session.persist(ts::astype(ts::uniform(shape, 0, 1, {.chunks = chunks}), ts::DType::float32));
  const std::int64_t rounds = arguments.number("rounds", 5), only = arguments.number("axis", -1);
  std::vector<Floats> memory;
  for (const auto& chunk : session.local_chunks(x))
    memory.push_back({reinterpret_cast<const float*>(chunk.data), chunk.box.size()});
  using Reduction = ts::Array (*)(const ts::Array&, const ts::ReduceOptions&);
  struct Case {
    std::string name;
    Reduction f;
    double expected;  // of uniform numbers in [0, 1)
    std::vector<double> seconds;
  };
  const double deviation = std::sqrt(1.0 / 12);
  for (int axis = 0; axis < x.rank(); axis++) {
    if (only >= 0 && axis != only) continue;
    const std::string at = " axis " + std::to_string(axis);
    std::vector<Case> cases = {{"mean" + at, &ts::mean, 0.5, {}}, {"std" + at, &ts::std, deviation, {}}};
    std::vector<double> limit;
    for (std::int64_t round = -1; round < rounds; ++round) {  // the first one warms up
      const double read = timed([&] {
        if (!(read_sweep(memory) > 0)) std::exit(1);
      });
      if (round >= 0) limit.push_back(read);
      for (Case& c : cases) {
        std::vector<ts::Result> result;
        const double seconds = timed([&] { result.push_back(session.compute(c.f(x, {.axis = axis}))); });
        const double first = static_cast<double>(result[0].values<float>()[0]);
        if (!(std::abs(first - c.expected) < 6 / std::sqrt(static_cast<double>(shape[axis])))) {
          std::fprintf(stderr, "measure: %s is %.9g\n", c.name.c_str(), first);
          std::exit(1);
        }
        if (round >= 0) c.seconds.push_back(seconds);
      }
    }
    for (const Case& c : cases) report(session, c.name, c.seconds, {{"bytes", static_cast<double>(x.bytes())}});
    report(session, "read" + at, limit);
  }
}

}  // namespace bench
