// Opening a dataset of very many chunks; and reading a file without doing anything with it, the limit for work on
// files.
#include <cstdio>
#include <cstdlib>

#include "measure.hpp"
#include "native/read_file.hpp"

namespace ts = tessera;

namespace bench {

void open_file(ts::Session& session, const Arguments& arguments) {
  const std::string source = arguments.text("source", "");
  const std::int64_t rounds = arguments.number("rounds", 3);
  std::vector<double> seconds;
  double first = 0, whole = 0;
  for (std::int64_t round = 0; round < rounds; ++round) {
    std::vector<ts::Array> opened;
    seconds.push_back(timed([&] { opened.push_back(session.open(source)); }));
    if (round > 0) continue;
    first = timed([&] { session.item<double>(ts::sum(opened[0][{ts::Slice{0, 10, {}}}])); });
    whole = timed([&] { session.item<double>(ts::sum(opened[0])); });
  }
  report(session, "tessera", seconds, {{"first_chunk", first}, {"whole", whole}});
}

void read_limit(ts::Session& session, const Arguments& arguments) {
  const std::string file = arguments.text("file", "");
  std::vector<double> seconds;
  for (std::int64_t round = 0; round < arguments.number("rounds", 3); ++round) {
    std::int64_t bytes = 0;
    seconds.push_back(timed([&] { bytes = read_file(file); }));
    if (bytes < 0) {
      std::fprintf(stderr, "measure: can't read %s\n", file.c_str());
      std::exit(1);
    }
  }
  report(session, "limit", seconds);
}

}  // namespace bench
