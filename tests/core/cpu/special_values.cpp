#include "special_values.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace tessera::cpu::special {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::copysign(std::numeric_limits<double>::quiet_NaN(), 1.0);

bool is_odd(double v) { return std::isfinite(v) && std::fabs(std::fmod(v, 2)) == 1; }
bool is_number(const std::string& word) {
  return word.find_first_not_of("+-.0123456789") == std::string::npos && word != "+" && word != "-";
}

// One condition on `v`; x1 is the first operand, which some conditions on the second name.
bool takes(const std::string& w, double v, double x1) {
  const double m = std::fabs(v);
  if (w == "any") return true;
  if (w == "nan") return std::isnan(v);
  if (w == "+nan") return std::isnan(v) && !std::signbit(v);
  if (w == "-nan") return std::isnan(v) && std::signbit(v);
  if (std::isnan(v)) return w == "!1";
  if (w == "num") return true;
  if (w == "infs") return std::isinf(v);
  if (w == "inf" || w == "-inf") return v == (w == "inf" ? inf : -inf);
  if (w == "+0" || w == "-0") return v == 0 && std::signbit(v) == (w == "-0");
  if (w == "pos") return v > 0;
  if (w == "neg") return v < 0;
  if (w == "fpos") return v > 0 && m < inf;
  if (w == "fneg") return v < 0 && m < inf;
  if (w == "fin") return m < inf;
  if (w == "fin0") return m < inf && v != 0;
  if (w == "non0") return v != 0;
  if (w == ">1") return v > 1;
  if (w == "<-1") return v < -1;
  if (w == "<1") return v < 1;
  if (w == "|>1|") return m > 1;
  if (w == "|1|") return m == 1;
  if (w == "|<1|") return m < 1;
  if (w == "!1") return v != 1;
  if (w == "whole") return m < inf && std::trunc(v) == v;
  if (w == "fin-broken") return m < inf && std::trunc(v) != v;
  if (w == "pos-odd") return v > 0 && is_odd(v);
  if (w == "pos-notodd") return v > 0 && !is_odd(v);
  if (w == "neg-odd") return v < 0 && is_odd(v);
  if (w == "neg-notodd") return v < 0 && !is_odd(v);
  if (w == "=x1") return v == x1 && m < inf;
  if (w == "!=x1") return v != x1 && m < inf;
  if (w == "-x1") return v == -x1;
  if (w == "same") return v != 0 && m < inf && x1 != 0 && (v > 0) == (x1 > 0) && std::isfinite(x1);
  if (w == "other") return v != 0 && m < inf && x1 != 0 && (v > 0) != (x1 > 0) && std::isfinite(x1);
  if (is_number(w)) return v == std::stod(w);
  throw std::runtime_error("no condition " + w);
}

double angle(std::string w) {  // pi, -3pi/4
  const double sign = w[0] == '-' ? -1 : 1;
  if (w[0] == '-') w.erase(0, 1);
  const auto pi = w.find("pi"), slash = w.find('/');
  const double times = pi == 0 ? 1 : std::stod(w.substr(0, pi));
  const double by = slash == std::string::npos ? 1 : std::stod(w.substr(slash + 1));
  return sign * times * std::numbers::pi / by;
}

double rounded(double v, DType t) { return real_part(t) == DType::float32 ? static_cast<float>(v) : v; }

}  // namespace

std::vector<Numbers> operands_of(int operands, DType t) {
  const bool narrow = real_part(t) == DType::float32;
  const int numbers = operands * (is_complex(t) ? 2 : 1);
  Numbers values = {0.0, 1.0, inf, nan, 0.75};
  if (numbers < 4) values.insert(values.end(), {2.0, 3.0, 2.5, 0.5, 1.5, 1e-3});
  if (numbers < 3) {
    values.insert(values.end(), {4.0, 7.25, 100.0, 1e10});
    if (narrow) {
      const float f[] = {std::numeric_limits<float>::max(), std::numeric_limits<float>::min(),
                         std::numeric_limits<float>::denorm_min()};
      values.insert(values.end(), std::begin(f), std::end(f));
    } else {
      values.insert(values.end(), {std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
                                   std::numeric_limits<double>::denorm_min()});
    }
  }
  for (std::size_t i = values.size(); i-- > 0;) values.push_back(-values[i]);
  for (auto& v : values) v = rounded(v, t);
  std::vector<Numbers> rows = {{}};
  for (int k = 0; k < numbers; k++) {
    std::vector<Numbers> longer;
    for (const auto& row : rows)
      for (const double v : values) {
        longer.push_back(row);
        longer.back().push_back(v);
      }
    rows = std::move(longer);
  }
  return rows;
}

reference::Element element_of(DType t, const double* parts) {
  using reference::Element;
  if (t == DType::float32) return Element::of(static_cast<float>(parts[0]));
  if (t == DType::float64) return Element::of(parts[0]);
  if (t == DType::complex64)
    return Element::of(std::complex<float>(static_cast<float>(parts[0]), static_cast<float>(parts[1])));
  return Element::of(std::complex<double>(parts[0], parts[1]));
}

Numbers numbers_of(const reference::Element& e) {
  return visit_dtype(e.type, [&]<class T>(T) -> Numbers {
    const T v = e.as<T>();
    if constexpr (requires { v.imag(); })
      return {static_cast<double>(v.real()), static_cast<double>(v.imag())};
    else
      return {static_cast<double>(v)};
  });
}

bool takes(const std::vector<std::string>& conditions, const Numbers& row) {
  if (conditions.size() != row.size()) throw std::runtime_error("conditions for another number of operands");
  for (std::size_t k = 0; k < row.size(); k++)
    if (!takes(conditions[k], row[k], row[0])) return false;
  return true;
}

bool close(double a, double b, double relative) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return std::signbit(a) == std::signbit(b);
  return std::fabs(a - b) <= relative * std::fabs(b);
}

bool is(const std::string& w, double got, const Numbers& row, DType t) {
  const double eps =
      real_part(t) == DType::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const double x1 = row[0], x2 = row.size() > 1 ? row[1] : 0;
  const auto exactly = [&](double want) { return close(got, rounded(want, t), 0); };
  if (w == "nan") return std::isnan(got);
  if (w == "+nan" || w == "-nan") return std::isnan(got) && std::signbit(got) == (w == "-nan");
  if (w == "T" || w == "F") return got == (w == "T" ? 1 : 0);
  if (w == "inf") return got == inf;
  if (w == "-inf") return got == -inf;
  if (w == "~inf") return std::isinf(got);
  if (w == "~0") return got == 0;
  if (w == "+" || w == "-") return !std::isnan(got) && std::signbit(got) == (w == "-");
  if (w == "~pi/2") return close(std::fabs(got), std::numbers::pi / 2, eps);
  if (w.find("pi") != std::string::npos) return close(got, angle(w), eps);
  if (w == "x1") return exactly(x1);
  if (w == "x2") return exactly(x2);
  if (w == "|x1|") return exactly(std::fabs(x1));
  if (w == "-|x1|") return exactly(-std::fabs(x1));
  if (w == "|x2|") return exactly(std::fabs(x2));
  if (w == "x1+x2") return exactly(x1 + x2);
  if (w == "x1-x2") return exactly(x1 - x2);
  if (w == "x1*x2") return exactly(x1 * x2);
  if (w == "x1*x1") return exactly(x1 * x1);
  if (w == "x1/x2") return exactly(x1 / x2);
  if (w == "1/x1") return exactly(1 / x1);
  const double least = w[0] == '0' ? 0.0 : inf;
  if (w == "inf*cos" || w == "0*cos") return exactly(least * std::cos(x2));
  if (w == "inf*sin" || w == "0*sin") return exactly(x2 == 0 ? x2 : std::copysign(least, std::sin(x2)));
  if (w == "0*sin2") return exactly(std::copysign(0.0, std::sin(2 * x2)));
  if (is_number(w)) return exactly(std::stod(w));
  throw std::runtime_error("no result " + w);
}

std::string show(const Numbers& numbers) {
  std::string s;
  char text[40];
  for (const double v : numbers) {
    std::snprintf(text, sizeof text, "%s%.17g", s.empty() ? "" : " ", v);
    s += text;
  }
  return "(" + s + ")";
}

}  // namespace tessera::cpu::special
