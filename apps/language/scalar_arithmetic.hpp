#pragma once
// Arithmetic between numbers, by Python's rules: 7 / 2 is 3.5, -7 // 2 is -4, -7 % 3 is 2, 2 ** -1 is 0.5, True + True
// is 2. Integers are exact up to 64 bits; beyond that it is an error, never a silent wrap.
#include <string_view>

#include <tessera/tessera.hpp>

namespace tessera::language {

/// symbol: + - ~. throws ValueError.
Scalar apply_unary(std::string_view symbol, const Scalar& a);
/// symbol: + - * / // % ** & | ^ << >> < <= > >= == !=. throws ValueError: division by zero, overflow, a kind without
/// this operation.
Scalar apply_binary(std::string_view symbol, const Scalar& a, const Scalar& b);

}  // namespace tessera::language
