// A program outside of Tessera's tree.
#include <cstdio>
#include <cstring>
#include <tessera/tessera.hpp>

#if !TESSERA_VERSION_AT_LEAST(0, 1, 0) || TESSERA_VERSION_AT_LEAST(1000, 0, 0)
#error "the version of the headers"
#endif

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
  return mean == 4.5 && std::strcmp(ts::version(), TESSERA_VERSION) == 0 ? 0 : 1;
}
