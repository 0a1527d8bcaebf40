#include "measure.hpp"

#include <cstdio>
#include <sstream>

namespace bench {

Arguments::Arguments(int argc, char** argv) {
  for (int i = 2; i + 1 < argc; i += 2) values_[std::string(argv[i]).substr(2)] = argv[i + 1];
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

std::int64_t Arguments::number(const std::string& name, std::int64_t otherwise) const {
  return static_cast<std::int64_t>(std::stod(text(name, std::to_string(otherwise))));
}

tessera::Shape Arguments::shape(const std::string& name, const tessera::Shape& otherwise) const {
  std::istringstream words(text(name, ""));
  tessera::Shape shape;
  for (std::string word; std::getline(words, word, ',');) shape.push_back(std::stoll(word));
  return shape.empty() ? otherwise : shape;
}

void report(const tessera::Session& session, const std::string& who, const std::vector<double>& seconds,
            const std::vector<std::pair<std::string, double>>& more) {
  if (session.rank() != 0) return;
  std::printf("{\"who\": \"%s\", \"seconds\": [", who.c_str());
  for (std::size_t i = 0; i < seconds.size(); ++i) std::printf("%s%.9g", i == 0 ? "" : ", ", seconds[i]);
  std::printf("]");
  for (const auto& [name, value] : more) std::printf(", \"%s\": %.17g", name.c_str(), value);
  std::printf("}\n");
}

std::vector<Run> runs(const tessera::Session& session, const tessera::Array& x) {
  std::vector<Run> merged;
  for (const tessera::Session::LocalChunk& chunk : session.local_chunks(x)) {
    const auto* data = reinterpret_cast<const double*>(chunk.data);
    const std::int64_t size = chunk.box.size();
    if (!merged.empty() && merged.back().data + merged.back().size == data)
      merged.back().size += size;
    else
      merged.push_back({data, size});
  }
  return merged;
}

}  // namespace bench

int main(int argc, char** argv) try {
  const std::map<std::string, void (*)(tessera::Session&, const bench::Arguments&)> cases{
      {"add", bench::add},
      {"chain", bench::chain},
      {"black_scholes", bench::black_scholes},
      {"sum", bench::sum},
      {"pi", bench::pi},
      {"scaling", bench::scaling},
      {"chunks", bench::chunks},
      {"spread", bench::spread},
      {"loop", bench::loop},
      {"open", bench::open_file},
      {"read", bench::read_limit},
      {"keep", bench::keep},
      {"cumulative", bench::cumulative},
      {"sort", bench::sort},
      {"take", bench::take},
      {"filter", bench::filter},
      {"heat", bench::heat},
      {"product", bench::product},
      {"histogram", bench::histogram},
      {"group_mean", bench::group_mean},
      {"climatology", bench::climatology},
      {"rolling", bench::rolling},
      {"rechunk", bench::rechunk},
      {"transpose", bench::transpose}};
  const auto found = cases.find(argc > 1 ? argv[1] : "");
  if (found == cases.end()) {
    std::fprintf(stderr, "measure CASE [--name value ...]; cases:");
    for (const auto& [name, run] : cases) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  const bench::Arguments arguments(argc, argv);
  tessera::SessionOptions options;
  options.memory = tessera::parse_size(arguments.text("memory", "9G"), "--memory");
  options.threads = static_cast<int>(arguments.number("threads", 0));
  tessera::Session session(argc, argv, options);
  found->second(session, arguments);
  return 0;
} catch (const tessera::Error& error) {
  std::fprintf(stderr, "measure: %s\n", error.what());
  return tessera::exit_code(error.kind());
}
