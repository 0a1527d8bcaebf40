// The table of docs/accuracy.md: the largest errors in ulps over random operands. print_accuracy [SAMPLES]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../core/cpu/accuracy.hpp"

int main(int argc, char** argv) {
  using namespace tessera;
  using cpu::MathFamily;
  const int samples = argc > 1 ? std::atoi(argv[1]) : 1000000;
  std::printf("| function | float32 | float64 | without FMA: float32 | float64 | complex64 | complex128 |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (int k = 0; k < op_count - 1; k++) {
    const Op op = static_cast<Op>(k);
    if (!cpu::accuracy::is_approximate(op)) continue;
    std::printf("| `%s`", std::string(info(op).name).c_str());
    for (const auto family : {MathFamily::fma, MathFamily::no_fma})
      for (const auto t : {DType::float32, DType::float64})
        std::printf(" | %.2f", cpu::accuracy::measure(op, t, family, samples).ulps);
    for (const auto t : {DType::complex64, DType::complex128})
      if (cpu::accuracy::is_approximate_complex(op))
        std::printf(" | %.2f", cpu::accuracy::measure_complex(op, t, samples / 10).ulps);
      else
        std::printf(" | ");
    std::printf(" |\n");
    std::fflush(stdout);
  }
}
