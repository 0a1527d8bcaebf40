#include <tessera/core/cpu/sampler_math.hpp>

#include <array>
#include <cstddef>
#include <numbers>

extern "C" {
double Sleef_cinz_logd1_u10purec(double);
double Sleef_cinz_log1pd1_u10purec(double);
double Sleef_cinz_expd1_u10purec(double);
double Sleef_cinz_cospid1_u05purec(double);
double Sleef_cinz_asind1_u10purec(double);
}

namespace tessera::cpu {

double exact_log(double x) { return Sleef_cinz_logd1_u10purec(x); }
double exact_log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
double exact_exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
double exact_cos_pi(double x) { return Sleef_cinz_cospid1_u05purec(x); }
double exact_asin(double x) { return Sleef_cinz_asind1_u10purec(x); }

double stirling_error(double n) {
  static const auto small = [] {
    std::array<double, 16> e{};
    double factorial = 1;
    for (int k = 1; k < 16; k++) {
      factorial *= k;
      e[static_cast<std::size_t>(k)] =
          exact_log(factorial) - 0.5 * exact_log(2 * std::numbers::pi * k) - k * exact_log(k) + k;
    }
    return e;
  }();
  if (n < 16) return small[static_cast<std::size_t>(n)];
  const double s = 1 / (n * n);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 * s) * s) * s) * s) / n;
}

double log_factorial(double n) {
  if (n < 1) return 0;
  return stirling_error(n) + 0.5 * exact_log(2 * std::numbers::pi * n) + n * exact_log(n) - n;
}

}  // namespace tessera::cpu
