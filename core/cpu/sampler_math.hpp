#pragma once
// Private to samplers: functions of one number that have the same bits on every processor.

namespace tessera::cpu {

// SLEEF's without fused multiply-add, whatever the processor has.
double exact_log(double x);
double exact_log1p(double x);
double exact_exp(double x);
double exact_cos_pi(double x);  ///< cos(pi x)
double exact_asin(double x);
/// log(n!) - log(sqrt(2 pi n) (n / e)^n), n > 0 an integer.
double stirling_error(double n);
/// log(n!), n >= 0 an integer.
double log_factorial(double n);

}  // namespace tessera::cpu
