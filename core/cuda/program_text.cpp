#include <tessera/core/cuda/program_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include <tessera/core/cpu/normalize.hpp>
#include <tessera/core/cuda/texts.hpp>

namespace tessera::cuda {
namespace {

/// The column `kernel` of operations.inc as text: of floats, of integers and bools, of complex numbers; null where there is no such text.
struct Expression {
  const char *floats = nullptr, *integers = nullptr, *complex = nullptr;
};
#define TESSERA_KERNEL_plain(...) \
  Expression { #__VA_ARGS__, #__VA_ARGS__, #__VA_ARGS__ }
#define TESSERA_KERNEL_plain_complex(e, ...) \
  Expression { #e, #e, #__VA_ARGS__ }
#define TESSERA_KERNEL_math(...) \
  Expression { #__VA_ARGS__ }
#define TESSERA_KERNEL_math_complex(e, ...) \
  Expression { #e }
#define TESSERA_KERNEL_math_rare(e, ...) \
  Expression { #e, #__VA_ARGS__ }
#define TESSERA_KERNEL_rare(...) \
  Expression { #__VA_ARGS__, #__VA_ARGS__ }
#define TESSERA_KERNEL_registers(...) \
  Expression { #__VA_ARGS__, #__VA_ARGS__, #__VA_ARGS__ }
#define TESSERA_KERNEL_own() \
  Expression {}
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) TESSERA_KERNEL_##kernel,
constexpr Expression expressions[] = {
#include <tessera/core/kernel/operations.inc>
    Expression{}};
#undef OPERATION

// As the CPU computes it, but for what is the CPU's alone: `where` and casts are of the dtype that they have.
Instruction spelled(const Instruction& in) {
  return in.op == Op::where || in.op == Op::cast || (in.op == Op::multiply && in.type != DType::bool_)
             ? in
             : cpu::normalize(in);
}
/// Which of an operation's expressions.
int family(DType t) { return is_real_floating(t) ? 0 : is_complex(t) ? 2 : 1; }
const char* expression_of(const Instruction& in) {
  const Expression& e = expressions[static_cast<int>(in.op)];
  if (!is_complex(in.type)) return family(in.type) == 0 ? e.floats : e.integers;
  // Of the functions of complex_functions.hpp these are in functions.cu.
  const bool known = info(in.op).kernel != KernelKind::plain_complex || in.op == Op::divide || in.op == Op::reciprocal;
  return known ? e.complex : nullptr;
}
std::string function_name(const Instruction& in) {
  return fmt::format("kernel_{}_{}", info(in.op).name, "fic"[family(in.type)]);
}
bool is_known(const Instruction& in) {
  if (cpu::is_identity(in) || in.op == Op::where || in.op == Op::cast) return true;
  const Instruction as = spelled(in);
  return expression_of(as) != nullptr;
}

/// One value of the program: `const double v3 = element::kernel_add<double>(v0, v1);`
std::string line(const Program& p, std::size_t k) {
  const Instruction& in = p.code[k];
  const std::string result = fmt::format("  const {} v{} = ", c_type(in.to), p.code_value(k));
  const auto as = [](DType t, ValueId v) { return fmt::format("static_cast<{}>(v{})", c_type(t), v); };
  if (in.op == Op::where) return result + fmt::format("v{} ? v{} : v{};\n", in.a, in.b, in.c);
  if (in.op == Op::cast && in.to == DType::bool_) return result + fmt::format("Truth::apply(v{});\n", in.a);
  if (in.op == Op::cast) return result + fmt::format("CastTo<{}>::apply(v{});\n", c_type(in.to), in.a);
  if (returns_operand(in.op, in.type)) return result + as(in.to, in.a) + ";\n";
  const Instruction s = spelled(in);
  const bool one = info(s.op).arity == 1;
  return result + fmt::format("static_cast<{}>(element::{}<{}>(v{}, v{}));\n", c_type(in.to), function_name(s),
                              c_type(s.type), s.a, one ? s.a : s.b);
}

/// True when an operation is one of functions.cu.
bool calls_functions(const Program& p) {
  return std::any_of(p.code.begin(), p.code.end(),
                     [](const Instruction& in) { return calls_function(in.op, in.type); });
}

std::string functions_of(const Program& p) {
  std::bitset<3 * op_count> done;
  std::string text = "namespace element {\n";
  for (const Instruction& in : p.code) {
    if (in.op == Op::where || in.op == Op::cast || returns_operand(in.op, in.type)) continue;
    const Instruction s = spelled(in);
    const auto key = static_cast<std::size_t>(3 * static_cast<int>(s.op) + family(s.type));
    if (done[key]) continue;
    done.set(key);
    text += fmt::format("template <class T> auto {}(T a, T b) {{ return {}; }}\n", function_name(s), expression_of(s));
  }
  return text + "}\n";
}

}  // namespace

const char* c_type(DType t) {
  constexpr const char* names[] = {"u8",           "std::int8_t",    "std::int16_t",   "std::int32_t",  "std::int64_t",
                                   "std::uint8_t", "std::uint16_t",  "std::uint32_t",  "std::uint64_t", "float",
                                   "double",       "Complex<float>", "Complex<double>"};
  return names[static_cast<int>(t)];
}

bool has_text(const Program& p) { return std::all_of(p.code.begin(), p.code.end(), is_known); }

std::string functions_text(const Program& p) {
  std::string text(prelude_text());
  text += element_text();
  // The order in which the CPU's registers have it.
  text +=
      "namespace element {\ntemplate <class T> Complex<T> multiply(Complex<T> a, Complex<T> b) {\n"
      "  return {a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im};\n}\n}\n";
  if (calls_functions(p)) text += math_text();
  return text + functions_of(p);
}

std::string element_text_of(const Program& p) {
  std::string text = "__device__ __forceinline__ void make_element(const Call& call";
  for (std::size_t i = 0; i < p.inputs.size(); i++) text += fmt::format(", {} v{}", c_type(p.inputs[i]), i);
  for (std::size_t k = 0; k < p.outputs.size(); k++) text += fmt::format(", {}& o{}", c_type(p.type(p.outputs[k])), k);
  text += ") {\n";
  for (std::size_t s = 0; s < p.scalars.size(); s++)
    text += fmt::format("  const {0} v{1} = *reinterpret_cast<const {0}*>(call.scalar[{2}]);\n", c_type(p.scalars[s]),
                        p.scalar_value(s), s);
  for (std::size_t k = 0; k < p.code.size(); k++) text += line(p, k);
  for (std::size_t k = 0; k < p.outputs.size(); k++) text += fmt::format("  o{} = v{};\n", k, p.outputs[k]);
  return text + "}\n";
}

std::string pack_text() {
  return "template <class T, int n> struct alignas(sizeof(T) * n < 16 ? sizeof(T) * n : 16) Pack { T v[n]; };\n";
}

}  // namespace tessera::cuda
