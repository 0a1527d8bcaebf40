// special_cases.txt on every target, in both math families and both precisions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include <tessera/core/errors.hpp>

#include "reference.hpp"
#include "special_values.hpp"

namespace tessera::cpu {
namespace {

using namespace special;

struct SpecialCase {
  int line;
  std::string function;
  bool complex = false;
  std::vector<std::string> conditions, results;
  std::string law;
};

std::vector<SpecialCase> read_cases() {
  std::ifstream file(TESSERA_SPECIAL_CASES);
  std::vector<SpecialCase> cases;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    number++;
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    SpecialCase c;
    c.line = number;
    words >> c.function;
    bool results = false;
    for (std::string word; words >> word;) {
      if (word == "c" && c.conditions.empty())
        c.complex = true;
      else if (word == "->")
        results = true;
      else
        (results ? c.results : c.conditions).push_back(word);
    }
    if (!results) {
      for (const auto& word : c.conditions) c.law += (c.law.empty() ? "" : " ") + word;
      c.conditions.clear();
    }
    cases.push_back(std::move(c));
  }
  return cases;
}

/// A function of the table, or clip; `parts` operands a value, two for each complex one.
struct Function {
  Program program;
  int operands = 1;
};
Function function_of(const std::string& name, DType t) {
  Function f;
  if (name == "clip") {
    f.program.inputs = {t, t, t};
    f.program.code = {{Op::maximum, t, t, 0, 1, 0}, {Op::minimum, t, t, 3, 2, 0}};
    f.program.outputs = {4};
    f.operands = 3;
    return f;
  }
  for (int k = 0; k < op_count - 1; k++) {
    const Op op = static_cast<Op>(k);
    if (info(op).name != (name == "round" ? "rint" : name)) continue;
    f.operands = info(op).arity;
    f.program.inputs.assign(static_cast<std::size_t>(f.operands), t);
    f.program.code = {{op, t, result_dtype(op, t), 0, static_cast<ValueId>(f.operands > 1), 0}};
    f.program.outputs = {static_cast<ValueId>(f.operands)};
    return f;
  }
  throw std::runtime_error("no function " + name);
}

/// f of each row of operands (flat; a complex one is two numbers): its parts.
std::vector<Numbers> evaluate(const std::string& name, DType t, const std::vector<Numbers>& rows) {
  const Function f = function_of(name, t);
  const std::size_t parts = is_complex(t) ? 2 : 1;
  const Dims extent{static_cast<std::int64_t>(rows.size())};
  std::vector<reference::Memory> in;
  std::vector<StridedInput> operands;
  for (int k = 0; k < f.operands; k++) {
    in.emplace_back(t, extent, reference::Memory::Layout::dense);
    for (std::size_t i = 0; i < rows.size(); i++)
      in.back().set(Dims{static_cast<std::int64_t>(i)}, element_of(t, &rows[i][static_cast<std::size_t>(k) * parts]));
  }
  for (const auto& m : in) operands.push_back(m.operand());
  reference::Memory out(f.program.type(f.program.outputs[0]), extent, reference::Memory::Layout::dense);
  const StridedOutput results[] = {out.result()};
  Kernel::compile(f.program)->map(extent, operands, {}, results, false);
  std::vector<Numbers> values;
  for (std::size_t i = 0; i < rows.size(); i++)
    values.push_back(numbers_of(out.get(Dims{static_cast<std::int64_t>(i)})));
  return values;
}

std::vector<Numbers> mapped(const std::vector<Numbers>& rows, Numbers (*f)(const Numbers&)) {
  std::vector<Numbers> out;
  for (const auto& r : rows) out.push_back(f(r));
  return out;
}
Numbers conjugate(const Numbers& z) { return {z[0], -z[1]}; }
Numbers opposite(const Numbers& z) {
  Numbers out;
  for (const double v : z) out.push_back(-v);
  return out;
}
Numbers turned(const Numbers& z) { return {-z[1], z[0]}; }
Numbers turned_back(const Numbers& z) { return {z[1], -z[0]}; }

/// What a law says the results must be.
std::vector<Numbers> by_law(const SpecialCase& c, DType t, const std::vector<Numbers>& rows) {
  const auto f = [&](const std::string& name, Numbers (*before)(const Numbers&)) {
    return evaluate(name, t, mapped(rows, before));
  };
  const std::string last = c.law.substr(c.law.rfind(' ') + 1);
  if (c.law == "conj") return mapped(f(c.function, conjugate), conjugate);
  if (c.law == "odd") return mapped(f(c.function, opposite), opposite);
  if (c.law == "even") return f(c.function, opposite);
  if (c.law == "symmetric") return f(c.function, turned);  // f(-b, a)
  if (c.law.starts_with("rotated")) return mapped(f(last, turned), turned_back);
  if (c.law.starts_with("turned")) return f(last, turned);
  std::vector<Numbers> out;
  if (c.law.starts_with("scaled")) {
    const double by = std::log(std::stod(last));
    for (const auto& v : f("log", [](const Numbers& z) { return z; })) out.push_back({v[0] / by, v[1] / by});
    return out;
  }
  if (c.law == "both parts" || c.law == "either part") {
    for (const auto& z : rows) out.push_back({(z[0] == z[2] && z[1] == z[3]) == (c.law == "both parts") ? 1.0 : 0.0});
    return out;
  }
  if (c.law != "parts") throw std::runtime_error("no law " + c.law);
  for (std::size_t part = 0; part < 2; part++) {
    std::vector<Numbers> real;
    for (const auto& z : rows) real.push_back(z.size() > 2 ? Numbers{z[part], z[part + 2]} : Numbers{z[part]});
    const auto values = evaluate(c.function, real_part(t), real);
    for (std::size_t i = 0; i < rows.size(); i++)
      if (part == 0)
        out.push_back(values[i]);
      else
        out[i].push_back(values[i][0]);
  }
  return out;
}

/// How many rows a case was tried on, and the first few that were wrong.
int try_case(const SpecialCase& c, DType t, const std::vector<Numbers>& rows, const std::vector<Numbers>& got,
             std::vector<bool>& taken) {
  const double eps =
      real_part(t) == DType::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const double least = real_part(t) == DType::float32 ? std::numeric_limits<float>::denorm_min()
                                                      : std::numeric_limits<double>::denorm_min();
  const auto wanted = c.law.empty() ? std::vector<Numbers>{} : by_law(c, t, rows);
  int tried = 0, wrong = 0;
  for (std::size_t i = 0; i < rows.size(); i++) {
    bool right = true;
    if (c.law.empty()) {
      if (c.conditions[0] == "else" ? taken[i] : !takes(c.conditions, rows[i])) continue;
      taken[i] = true;
      for (std::size_t k = 0; k < c.results.size(); k++) right = right && is(c.results[k], got[i][k], rows[i], t);
    } else {
      // Where one part is NaN, laws leave the sign of the other open; the last bit of a subnormal number may differ.
      const bool loose = std::any_of(wanted[i].begin(), wanted[i].end(), [](double v) { return std::isnan(v); });
      for (std::size_t k = 0; k < got[i].size(); k++) {
        const double a = got[i][k], b = wanted[i][k];
        right = right && (close(a, b, 4 * eps) || (a != b && std::fabs(a - b) <= least) ||
                          (loose && std::fabs(a) == std::fabs(b)));
      }
    }
    tried++;
    if (right || ++wrong > 3) continue;
    ADD_FAILURE() << "special_cases.txt:" << c.line << ": " << c.function << " " << to_string(t) << " of "
                  << show(rows[i]) << " gives " << show(got[i]) << (c.law.empty() ? "" : ", by law " + show(wanted[i]))
                  << " on " << to_string(target());
  }
  return tried;
}

TEST(SpecialCases, OfTheArrayStandard) {
  const auto cases = read_cases();
  EXPECT_GT(cases.size(), 500u);
  const auto original = math_family();
  reference::for_each_target([&](Target) {
    for (const MathFamily family : {MathFamily::no_fma, MathFamily::fma}) {
      if (family == MathFamily::fma && !supports_fma()) continue;
      set_math_family(family);
      for (std::size_t i = 0; i < cases.size();) {
        std::size_t end = i;
        while (end < cases.size() && cases[end].function == cases[i].function) end++;
        for (const bool complex : {false, true})
          for (const bool wide : {false, true}) {
            const DType t =
                complex ? (wide ? DType::complex128 : DType::complex64) : (wide ? DType::float64 : DType::float32);
            if (!admits(info(function_of(cases[i].function, t).program.code[0].op).rule, t)) continue;
            const auto rows = operands_of(function_of(cases[i].function, t).operands, t);
            const auto got = evaluate(cases[i].function, t, rows);
            std::vector<bool> taken(rows.size(), false);
            for (std::size_t k = i; k < end; k++)
              if (cases[k].complex == complex) {
                EXPECT_GT(try_case(cases[k], t, rows, got, taken), 0)
                    << "special_cases.txt:" << cases[k].line << " was tried on nothing";
              }
          }
        i = end;
      }
    }
  });
  set_math_family(original);
}

}  // namespace
}  // namespace tessera::cpu
