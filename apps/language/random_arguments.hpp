#pragma once
// What functions that draw random numbers take alike.
#include "functions.hpp"

namespace tessera::language {

/// Each call of a program draws from a stream of its own, unless it is given.
RandomOptions random_options(const Arguments& a, CallContext& context);
/// The parameters of a function that begins with `start`, and of all that draw.
std::string signature(const std::string& start, const char* dtype);
/// `shape`, or as NumPy has it the parameters' own when there is none.
Shape shape_of(const Arguments& a, const std::vector<std::string>& parameters);
Operand parameter(const Arguments& a, const std::string& name, double otherwise);
/// Laws that are drawn by rejection, element by element, can't be moved and stretched: their parameters are numbers.
double number_alone(const Arguments& a, const char* name, double otherwise);

}  // namespace tessera::language
