#pragma once
// Values as JSON. JSON has no nan and inf: they are the strings "nan", "inf", "-inf". A complex number is
// [real, imaginary].
#include <nlohmann/json_fwd.hpp>

#include "../language/value.hpp"

namespace tessera::command {

/// A float; with `single`, the fewest digits that give the float32.
nlohmann::ordered_json json_number(double value, bool single = false);
/// The element of `type` at `at`.
nlohmann::ordered_json json_element(DType type, const std::byte* at);
/// A scalar, tuple, string ...; anything but an array.
nlohmann::ordered_json json_value(const language::Value& value);
nlohmann::ordered_json json_scalar(const Scalar& value);
nlohmann::ordered_json json_dims(const Dims& dims);

}  // namespace tessera::command
