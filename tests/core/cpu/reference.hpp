#pragma once
// What the kernels are checked against: one element at a time, no SIMD, no code of the kernels.
#include <complex>
#include <functional>
#include <optional>
#include <vector>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/target.hpp>

#include "element.hpp"
#include "memory.hpp"

namespace tessera::cpu::reference {

/// The operation on single elements, as NumPy defines it.
Element apply(const Instruction& in, const Element& a, const Element& b, const Element& c);
/// The operation to 64 bits of precision, for those that round (ulps > 0 in the table); nothing for the others.
std::optional<long double> exact(Op op, long double a, long double b);
/// The same of complex numbers; `b` is the second operand of `pow`.
std::optional<std::complex<long double>> exact_complex(Op op, std::complex<long double> a, std::complex<long double> b);
/// All outputs of a Program for one element of each input.
std::vector<Element> evaluate(const Program& p, const std::vector<Element>& inputs,
                              const std::vector<Element>& scalars);

/// f() once for each supported target; the target and family are set back afterwards.
void for_each_target(const std::function<void(Target)>& f);

}  // namespace tessera::cpu::reference
