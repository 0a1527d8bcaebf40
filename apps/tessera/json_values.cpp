#include "json_values.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "../printing/array_text.hpp"

namespace tessera::command {
namespace {
using Json = nlohmann::ordered_json;
}  // namespace

Json json_number(double v, bool single) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  if (single)
    return std::stod(printing::element_text(
        DType::float32, reinterpret_cast<const std::byte*>(std::array{static_cast<float>(v)}.data())));
  return v;
}

Json json_element(DType type, const std::byte* at) {
  return visit_dtype(type, [&]<class T>(T v) -> Json {
    std::memcpy(&v, at, sizeof(T));
    if constexpr (std::is_integral_v<T>)
      return v;
    else if constexpr (std::is_floating_point_v<T>)
      return json_number(v, sizeof(T) == 4);
    else
      return Json::array({json_number(v.real(), sizeof(T) == 8), json_number(v.imag(), sizeof(T) == 8)});
  });
}

Json json_scalar(const Scalar& s) {
  if (s.kind() == Kind::boolean) return s.as<bool>();
  if (s.kind() == Kind::real) return json_number(s.as<double>());
  if (s.kind() == Kind::complex) {
    const auto c = s.as<std::complex<double>>();
    return Json::array({json_number(c.real()), json_number(c.imag())});
  }
  if (s.default_dtype() == DType::uint64) return s.as<std::uint64_t>();
  return s.as<std::int64_t>();
}

Json json_value(const language::Value& value) {
  if (const auto* s = value.get<Scalar>()) return json_scalar(*s);
  if (value.is_none()) return nullptr;
  if (const auto* items = value.get<language::Value::Tuple>()) {
    Json list = Json::array();
    for (const auto& item : *items) list.push_back(json_value(item));
    return list;
  }
  return language::to_string(value);
}

Json json_dims(const Dims& dims) { return std::vector<std::int64_t>(dims.begin(), dims.end()); }

}  // namespace tessera::command
