#include <tessera/core/scalar.hpp>

#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tessera {

Kind Scalar::kind() const {
  constexpr Kind kinds[] = {Kind::boolean, Kind::integer, Kind::integer, Kind::real, Kind::complex};
  return kinds[value_.index()];
}

DType Scalar::default_dtype() const {
  constexpr DType types[] = {DType::bool_, DType::int64, DType::uint64, DType::float64, DType::complex128};
  if (const auto* u = std::get_if<std::uint64_t>(&value_);
      u && *u <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return DType::int64;
  return types[value_.index()];
}

bool Scalar::fits(DType t) const {
  if (kind() > kind_of(t)) return false;
  if (!is_integer(t) || kind() == Kind::boolean) return true;
  return visit_dtype(t, [&]<class T>(T) {
    if constexpr (std::integral<T> && !std::same_as<T, bool>) {
      if (const auto* u = std::get_if<std::uint64_t>(&value_)) return std::in_range<T>(*u);
      return std::in_range<T>(std::get<std::int64_t>(value_));
    } else {
      return true;
    }
  });
}

namespace {
std::string python_float(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  std::string s = fmt::format("{}", v);
  if (s.find_first_of(".en") == std::string::npos) s += ".0";
  return s;
}
}  // namespace

std::string to_string(const Scalar& s) {
  return std::visit(
      [](auto v) -> std::string {
        using V = decltype(v);
        if constexpr (std::same_as<V, bool>)
          return v ? "True" : "False";
        else if constexpr (std::same_as<V, double>)
          return python_float(v);
        else if constexpr (std::same_as<V, std::complex<double>>) {
          const std::string im = fmt::format("{}", v.imag());
          return "(" + fmt::format("{}", v.real()) + (std::signbit(v.imag()) ? "" : "+") + im + "j)";
        } else
          return std::to_string(v);
      },
      s.value_);
}

}  // namespace tessera
