// The golden cases of functions that are made of operations of the table, by name.
#include <set>
#include <stdexcept>

#include "golden.hpp"

namespace tessera::testing {
namespace {

using Options = std::map<std::string, std::string>;

std::optional<double> real(const Options& o, const char* key) {
  const auto found = o.find(key);
  return found == o.end() ? std::nullopt : std::optional(std::strtod(found->second.c_str(), nullptr));
}

Array part_of(const std::pair<Array, Array>& results, const Options& o) {
  return o.at("part") == "0" ? results.first : results.second;
}

std::vector<Array> arrays(const std::vector<Operand>& operands, std::size_t first, std::size_t end) {
  std::vector<Array> list;
  for (std::size_t k = first; k < end; k++) list.push_back(*operands[k].array());
  return list;
}

Array chosen(const std::string& name, const std::vector<Operand>& operands, const Options& o) {
  if (name == "choose")
    return choose(*operands[0].array(), {operands.begin() + 1, operands.end()},
                  o.at("mode") == "wrap" ? Outside::wrap : Outside::clip);
  const auto count = static_cast<std::size_t>(*real(o, "count"));
  if (name == "select") {  // conditions, choices, default
    const auto from = operands.begin() + static_cast<std::ptrdiff_t>(count);
    return select(arrays(operands, 0, count), {from, from + static_cast<std::ptrdiff_t>(count)}, operands[2 * count]);
  }
  std::vector<Branch> pieces;  // x, conditions, pieces; a function for the number 99
  for (std::size_t k = count + 1; k < operands.size(); k++) {
    if (const auto* s = operands[k].scalar(); s && *s == Scalar(99))
      pieces.emplace_back([](const Array& x) { return x * x; });
    else
      pieces.emplace_back(operands[k]);
  }
  return piecewise(*operands[0].array(), arrays(operands, 1, count + 1), pieces);
}

}  // namespace

bool is_composite(const std::string& name) {
  static const std::set<std::string> names = {"divmod", "frexp",  "modf",       "angle",  "float_power",
                                              "fabs",   "round",  "nan_to_num", "clip",   "clip_lo",
                                              "isin",   "select", "piecewise",  "choose", "isclose"};
  return names.contains(name);
}

Array composite(const std::string& name, const std::vector<Operand>& operands, const Options& o) {
  const auto x = [&] { return *operands[0].array(); };
  if (name == "divmod") return part_of(divmod(operands[0], operands[1]), o);
  if (name == "frexp") return part_of(frexp(x()), o);
  if (name == "modf") return part_of(modf(x()), o);
  if (name == "angle") return angle(x(), o.contains("part"));
  if (name == "fabs") return fabs(x());
  if (name == "float_power") return float_power(operands[0], operands[1]);
  if (name == "round") return tessera::round(x(), static_cast<std::int64_t>(real(o, "decimals").value_or(0)));
  if (name == "nan_to_num") return nan_to_num(x(), real(o, "nan").value_or(0), real(o, "posinf"), real(o, "neginf"));
  if (name == "clip") return clip(x(), operands[1], operands[2]);
  if (name == "clip_lo") return clip(x(), operands[1], std::nullopt);
  if (name == "isclose")
    return isclose(operands[0], operands[1],
                   {real(o, "rtol").value_or(1e-5), real(o, "atol").value_or(1e-8), o.contains("equal_nan")});
  if (name == "isin") {
    if (operands.size() == 2 && operands[1].array()) return isin(x(), *operands[1].array(), o.contains("invert"));
    std::vector<Scalar> values;
    for (std::size_t k = 1; k < operands.size(); k++) values.push_back(*operands[k].scalar());
    return isin(x(), values, o.contains("invert"));
  }
  return chosen(name, operands, o);
}

}  // namespace tessera::testing
