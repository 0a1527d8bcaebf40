// From file to file, larger than memory: streamed chunk by chunk inside a budget.
#include <tessera/tessera.hpp>

#include <cstdio>
#include <string>

namespace ts = tessera;
using namespace tessera::literals;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  ts::Session session(argc, argv, {.memory = 64_MiB});  // per rank

  ts::Array made = ts::normal({64, 181, 360}, 288, 10, {.seed = 1, .chunks = {8, 181, 360}});
  session.compute(ts::write(made, folder + "/climate.h5:/t2m"), {.force = true});

  ts::Array t = session.open(folder + "/climate.h5:/t2m");  // (time, lat, lon); reads the metadata alone
  ts::Array anomaly = t - ts::mean(t, {.axis = 0, .keepdims = true});
  ts::Array first_year = t[ts::Slice{12}];

  std::vector<ts::Sink> sinks = {ts::write(anomaly, folder + "/anomaly.h5:/t2m", {.compress = "gzip:4"}),
                                 ts::gather(ts::max(anomaly)), ts::gather(ts::std(first_year))};
  if (session.rank() == 0) std::printf("for 100 ranks:\n%s\n", session.explain(sinks, 100).c_str());
  auto results = session.compute(sinks, {.force = true});  // under its final name only when it is complete
  if (session.rank() == 0)
    std::printf("hottest anomaly %.2f K, deviation of the first year %.2f K, read %.1f MB\n", results[1].item<double>(),
                results[2].item<double>(), 1e-6 * static_cast<double>(session.statistics().bytes_read));
}
