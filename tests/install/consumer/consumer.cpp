// A program outside of Tessera's tree.
#include <cstdio>
#include <tessera/tessera.hpp>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  const ts::Array x = ts::arange(10);
  const double mean = session.item<double>(ts::mean(ts::sqrt(x * x)));
  std::printf("mean %.1f\n", mean);
  try {
    static_cast<void>(session.open("no such file.npy"));
    return 1;
  } catch (const ts::IoError&) {  // its type crosses the library's boundary
  }
  return mean == 4.5 ? 0 : 1;
}
