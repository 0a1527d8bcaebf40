#pragma once
// The words of special_cases.txt: values, conditions, results.
#include <string>
#include <vector>

#include "reference.hpp"

namespace tessera::cpu::special {

/// The numbers of one row of operands or of one result; a complex value is two. float32 is kept as the double of the
/// same value.
using Numbers = std::vector<double>;

/// All combinations of awkward values for so many operands of a dtype (fewer values for more numbers).
std::vector<Numbers> operands_of(int operands, DType t);
reference::Element element_of(DType t, const double* parts);
Numbers numbers_of(const reference::Element& e);

/// Whether a row meets the conditions, one for each number.
bool takes(const std::vector<std::string>& conditions, const Numbers& row);
/// Whether `got` is the result that the word says.
bool is(const std::string& result, double got, const Numbers& row, DType t);
/// Equal with the sign of zeros, both NaN, or within `relative`.
bool close(double a, double b, double relative);
std::string show(const Numbers& numbers);

}  // namespace tessera::cpu::special
