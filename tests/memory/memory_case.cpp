// memory_case FILE CASE BUDGET: evaluates one case on a file that is larger than the budget, in a process of its own,
// and ends with 0 when VmHWM, libraries and all, stayed below the budget on every rank and the plan's own projection
// held.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

namespace ts = tessera;

namespace {

double attribute(const ts::Array& x, const std::string& name) {
  for (const auto& a : ts::as_source(*x.node()).store()->info().attributes)
    if (a.name == name) return std::get<std::vector<double>>(a.value)[0];
  throw ts::IoError("no attribute " + name);
}

std::vector<ts::Sink> sinks_of(const std::string& name, const ts::Array& x, const std::string& out) {
  if (name == "sum") return {ts::gather(ts::sum(x))};
  if (name == "mean" || name == "refused")
    return {ts::gather(ts::sum(ts::mean(ts::sqrt(x) + ts::pow(x, 2), {.axis = {0}})))};
  if (name == "mean_written") return {ts::write(ts::mean(ts::sqrt(x) + ts::pow(x, 2), {.axis = {0}}), out + ".h5:/y")};
  if (name == "last_axis") return {ts::gather(ts::max(ts::mean(x, {.axis = {2}})))};
  if (name == "std") return {ts::gather(ts::std(x)), ts::gather(ts::min(x)), ts::gather(ts::max(x * 2.0))};
  if (name == "anomaly") return {ts::gather(ts::max(ts::abs(x - ts::mean(x, {.axis = {0}, .keepdims = true}))))};
  if (name == "written") return {ts::write(ts::sqrt(x) * 2.0, out + ".h5:/y")};
  if (name == "compressed") {
    ts::Sink sink = ts::write(ts::sqrt(x) * 2.0, out + ".h5:/y");
    sink.compress = "gzip:1";
    return {sink};
  }
  if (name == "written_npy") return {ts::write(ts::sqrt(x) * 2.0, out + ".npy")};
  if (name == "transposed") return {ts::write(x.T() + 1.0, out + ".h5:/y")};
  throw ts::UsageError("no case " + name);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string source = argv[1], name = argv[2], text = argv[3];
  const std::int64_t budget = ts::parse_size(text, "BUDGET");
  int failed = 0;
  try {
    ts::Session session(argc, argv, {.memory = budget, .threads = 2, .whole_process = true});
    const ts::Array x = session.open(source);
    std::string dataset = source.substr(source.rfind('/') + 1);
    const std::string out = "memory_" + name + "_" + dataset + "_" + text + "_" + std::to_string(session.size());
    const auto results = session.compute(sinks_of(name, x, out), {.force = true});
    const ts::Statistics s = session.statistics();
    const std::int64_t peak = ts::peak_resident_bytes();
    const auto expect = [&](bool ok, const std::string& what) {
      if (ok) return;
      failed = 1;
      std::printf("rank %d: %s\n", session.rank(), what.c_str());
    };
    expect(peak > 0 && peak < budget, "VmHWM " + ts::format_size(peak) + " of " + ts::format_size(budget));
    expect(s.peak_bytes <= s.projected_bytes,
           "Tessera took " + ts::format_size(s.peak_bytes) + ", the plan said " + ts::format_size(s.projected_bytes));
    expect(x.bytes() > budget, "the case fits in its budget: it shows nothing");
    if (name == "sum") {
      const double want = attribute(x, "sum");
      expect(std::abs(results[0].item<double>() - want) <= 1e-12 * want, "the sum is wrong");
    }
    if (session.rank() == 0) {
      std::printf("%s %s %s on %d: VmHWM %s, Tessera's %s of %s, %.2f s\n", source.c_str(), name.c_str(), text.c_str(),
                  session.size(), ts::format_size(s.peak_resident_bytes).c_str(), ts::format_size(s.peak_bytes).c_str(),
                  ts::format_size(s.projected_bytes).c_str(), s.seconds);
      for (const char* ending : {".h5", ".npy"}) std::filesystem::remove(out + ending);
    }
    session.communicator().barrier();
  } catch (const std::exception& e) {
    std::printf("%s %s %s: %s\n", source.c_str(), name.c_str(), text.c_str(), e.what());
    return 1;
  }
  return failed;
}
