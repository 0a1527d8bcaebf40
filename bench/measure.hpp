#pragma once
// measure CASE [--name value ...]: one case, some rounds of it, in this process. Prints a line of JSON per competitor,
// from rank 0: {"who": "tessera", "seconds": [0.101, 0.099], ...}. Competitors take turns within each round.
#include <chrono>
#include <map>
#include <string>
#include <tessera/tessera.hpp>
#include <utility>
#include <vector>

namespace bench {

/// The words after the case.
class Arguments {
 public:
  Arguments(int argc, char** argv);
  std::string text(const std::string& name, const std::string& otherwise) const;
  std::int64_t number(const std::string& name, std::int64_t otherwise) const;
  tessera::Shape shape(const std::string& name, const tessera::Shape& otherwise) const;  ///< "1024,1024,512"

 private:
  std::map<std::string, std::string> values_;
};

/// Seconds that f() took.
template <class F>
double timed(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<F>(f)();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One line of the output; `more` are further figures.
void report(const tessera::Session& session, const std::string& who, const std::vector<double>& seconds,
            const std::vector<std::pair<std::string, double>>& more = {});

/// Elements that lie side by side in memory: this rank's chunks of a resident array, neighbours merged.
struct Run {
  const double* data;
  std::int64_t size;
};
std::vector<Run> runs(const tessera::Session& session, const tessera::Array& x);

void add(tessera::Session&, const Arguments&);            // elementwise.cpp
void chain(tessera::Session&, const Arguments&);          // elementwise.cpp
void black_scholes(tessera::Session&, const Arguments&);  // black_scholes.cpp
void sum(tessera::Session&, const Arguments&);            // reduction.cpp
void spread(tessera::Session&, const Arguments&);         // spread.cpp
void pi(tessera::Session&, const Arguments&);             // monte_carlo.cpp
void scaling(tessera::Session&, const Arguments&);        // scaling.cpp
void chunks(tessera::Session&, const Arguments&);         // chunk_cost.cpp
void loop(tessera::Session&, const Arguments&);           // loop.cpp
void keep(tessera::Session&, const Arguments&);           // keep.cpp
void rechunk(tessera::Session&, const Arguments&);        // redistribute.cpp
void transpose(tessera::Session&, const Arguments&);      // redistribute.cpp
void cumulative(tessera::Session&, const Arguments&);     // along_axis.cpp
void sort(tessera::Session&, const Arguments&);           // along_axis.cpp
void take(tessera::Session&, const Arguments&);           // along_axis.cpp
void filter(tessera::Session&, const Arguments&);         // filters.cpp
void heat(tessera::Session&, const Arguments&);           // heat.cpp
void product(tessera::Session&, const Arguments&);        // products.cpp
void histogram(tessera::Session&, const Arguments&);      // groups.cpp
void group_mean(tessera::Session&, const Arguments&);     // groups.cpp
void climatology(tessera::Session&, const Arguments&);    // groups.cpp
void rolling(tessera::Session&, const Arguments&);        // groups.cpp
void open_file(tessera::Session&, const Arguments&);      // files.cpp
void read_limit(tessera::Session&, const Arguments&);     // files.cpp

}  // namespace bench
