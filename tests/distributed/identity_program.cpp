// Prints the identities of some evaluations over the file of its first argument, one a line: identity_test.py compares
// them between processes. The second argument: where results go.
#include <cstdio>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace ts = tessera;

namespace {

void print(ts::Session& session, const char* name) {
  if (session.rank() == 0)
    std::printf("%s %016llx\n", name, static_cast<unsigned long long>(session.statistics().identity));
}

ts::Array column_means(const ts::Array& x) { return ts::mean(ts::sqrt(x) + ts::power(x, 2), {.axis = {0}}); }

void evaluate_all(ts::Session& session, const std::string& source, const std::string& target) {
  const ts::Array x = session.open(source);
  const auto written = [&](const char* name, const ts::Array& y, const std::string& filters = "", bool force = true) {
    ts::Sink sink = ts::write(y, target);
    sink.compress = filters;
    session.compute({sink, ts::gather(ts::max(y))}, {.force = force});
    print(session, name);
  };
  written("written", column_means(x));
  written("again", column_means(x));
  written("compressed", column_means(x), "gzip:1");
  written("scalar", column_means(x) * 2);

  const ts::Array kept = session.persist(x * 3);
  print(session, "persist");
  session.compute(ts::sum(kept));
  print(session, "persisted");
  session.compute(ts::sum(session.persist(kept + 1) - kept));
  print(session, "persisted_twice");

  session.compute(ts::sum(ts::uniform({1000}, 0, 1, {.seed = 7})));
  print(session, "random");
  session.compute(ts::sum(ts::uniform({1000}, 0, 1, {.seed = 8})));
  print(session, "another_seed");

  // The same words, other elements: nobody can tell what a host has in its memory.
  const std::vector<double> host(10, 1.0);
  const bool has_block = session.rank() == 0;
  const ts::Array borrowed =
      session.from_local(has_block ? host.data() : nullptr, ts::DType::float64, {10}, {{0}, {has_block ? 10 : 0}}, {8});
  session.compute(ts::sum(borrowed));
  print(session, "host");
  session.compute(ts::sum(session.persist(borrowed * 2)));
  print(session, "host_persisted");
}

}  // namespace

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  evaluate_all(session, argv[1], argv[2]);
}
