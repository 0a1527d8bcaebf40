#include <tessera/core/cuda/source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include <tessera/core/cpu/normalize.hpp>
#include <tessera/core/cuda/texts.hpp>

namespace tessera::cuda {
namespace {

const char* c_type(DType t) {
  constexpr const char* names[] = {"u8",           "std::int8_t",    "std::int16_t",   "std::int32_t",  "std::int64_t",
                                   "std::uint8_t", "std::uint16_t",  "std::uint32_t",  "std::uint64_t", "float",
                                   "double",       "Complex<float>", "Complex<double>"};
  return names[static_cast<int>(t)];
}

/// The column `kernel` of operations.inc as text: of real dtypes, of complex ones; null where the CPU's is no such text.
struct Expression {
  const char *real = nullptr, *complex = nullptr;
};
#define TESSERA_KERNEL_plain(...) \
  Expression { #__VA_ARGS__, #__VA_ARGS__ }
#define TESSERA_KERNEL_plain_complex(e, ...) \
  Expression { #e, nullptr }
#define TESSERA_KERNEL_math(...) \
  Expression {}
#define TESSERA_KERNEL_math_complex(...) \
  Expression {}
#define TESSERA_KERNEL_math_rare(...) \
  Expression {}
#define TESSERA_KERNEL_rare(...) \
  Expression {}
#define TESSERA_KERNEL_registers(...) \
  Expression { #__VA_ARGS__, #__VA_ARGS__ }
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
const char* expression_of(const Instruction& in) {
  const Expression& e = expressions[static_cast<int>(in.op)];
  return is_complex(in.type) ? e.complex : e.real;
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
  return result + fmt::format("static_cast<{}>(element::kernel_{}<{}>(v{}, v{}));\n", c_type(in.to), info(s.op).name,
                              c_type(s.type), s.a, one ? s.a : s.b);
}

std::string functions_of(const Program& p) {
  std::bitset<op_count> done;
  std::string text = "namespace element {\n";
  for (const Instruction& in : p.code) {
    if (in.op == Op::where || in.op == Op::cast || returns_operand(in.op, in.type)) continue;
    const Instruction s = spelled(in);
    if (done[static_cast<std::size_t>(s.op)]) continue;
    done.set(static_cast<std::size_t>(s.op));
    text += fmt::format("template <class T> auto kernel_{}(T a, T b) {{ return {}; }}\n", info(s.op).name,
                        expression_of(s));
  }
  return text + "}\n";
}

std::string call_text(const Program& p) {
  const auto at_least_one = [](std::size_t n) { return std::max<std::size_t>(n, 1); };
  const std::size_t inputs = at_least_one(p.inputs.size()), outputs = at_least_one(p.outputs.size());
  return fmt::format(
      "constexpr int lanes = {}, axes = {};\n"
      "struct Call {{\n  long long count, rank;\n  long long extent[axes];\n  const char* in[{}];\n  char* out[{}];\n"
      "  long long in_stride[{}][axes], out_stride[{}][axes];\n  unsigned long long scalar[{}][2];\n}};\n"
      "template <class T, int n> struct alignas(sizeof(T) * n) Pack {{ T v[n]; }};\n",
      elements_per_pack(p), most_axes, inputs, outputs, inputs, outputs, at_least_one(p.scalars.size()));
}

/// `void element(const Call& call, double v0, ..., double& o0, ...)`
std::string element_function(const Program& p) {
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

/// Packs of all inputs, and what becomes of them.
std::string packs_struct(const Program& p) {
  std::string members, load, declared, arguments, store;
  for (std::size_t i = 0; i < p.inputs.size(); i++) {
    const std::string pack = fmt::format("Pack<{}, n>", c_type(p.inputs[i]));
    members += fmt::format("  {} v{};\n", pack, i);
    load += fmt::format("    v{0} = reinterpret_cast<const {1}*>(call.in[{0}])[p];\n", i, pack);
    arguments += fmt::format(", v{}.v[j]", i);
  }
  for (std::size_t k = 0; k < p.outputs.size(); k++) {
    const std::string pack = fmt::format("Pack<{}, n>", c_type(p.type(p.outputs[k])));
    declared += fmt::format("    {} o{};\n", pack, k);
    arguments += fmt::format(", o{}.v[j]", k);
    store += fmt::format("    reinterpret_cast<{1}*>(call.out[{0}])[p] = o{0};\n", k, pack);
  }
  return fmt::format(
      "template <int n> struct Inputs {{\n{}  __device__ void load(const Call& call, long long p) {{\n{}  }}\n"
      "  __device__ void store(const Call& call, long long p) const {{\n{}#pragma unroll\n"
      "    for (int j = 0; j < n; j++) make_element(call{});\n{}  }}\n}};\n",
      members, load, declared, arguments, store);
}

/// Where the operands of one element lie.
std::string places_struct(const Program& p) {
  std::string members, add, arguments;
  for (std::size_t i = 0; i < p.inputs.size(); i++) {
    members += fmt::format("  long long in{} = 0;\n", i);
    add += fmt::format("    in{0} += index * call.in_stride[{0}][axis];\n", i);
    arguments += fmt::format(", *reinterpret_cast<const {0}*>(call.in[{1}] + in{1})", c_type(p.inputs[i]), i);
  }
  for (std::size_t k = 0; k < p.outputs.size(); k++) {
    members += fmt::format("  long long out{} = 0;\n", k);
    add += fmt::format("    out{0} += index * call.out_stride[{0}][axis];\n", k);
    arguments += fmt::format(", *reinterpret_cast<{0}*>(call.out[{1}] + out{1})", c_type(p.type(p.outputs[k])), k);
  }
  return fmt::format(
      "struct Places {{\n{}  __device__ void add(const Call& call, int axis, long long index) {{\n{}  }}\n"
      "  __device__ void make(const Call& call) const {{ make_element(call{}); }}\n}};\n",
      members, add, arguments);
}

}  // namespace

CallLayout call_layout(const Program& p) {
  const auto n = [](std::size_t v) { return static_cast<std::int64_t>(std::max<std::size_t>(v, 1)); };
  CallLayout l{};
  l.inputs = 8 * (2 + most_axes);
  l.outputs = l.inputs + 8 * n(p.inputs.size());
  l.input_strides = l.outputs + 8 * n(p.outputs.size());
  l.output_strides = l.input_strides + 8 * most_axes * n(p.inputs.size());
  l.scalars = l.output_strides + 8 * most_axes * n(p.outputs.size());
  l.bytes = l.scalars + 16 * n(p.scalars.size());
  return l;
}

bool has_source(const Program& p) {
  return call_layout(p).bytes <= most_call_bytes && std::all_of(p.code.begin(), p.code.end(), is_known);
}

int elements_per_pack(const Program& p) {
  std::int64_t largest = 1;
  for (const DType t : p.inputs) largest = std::max(largest, item_size(t));
  for (const ValueId v : p.outputs) largest = std::max(largest, item_size(p.type(v)));
  return static_cast<int>(16 / largest);
}

std::string map_source(const Program& p) {
  std::string text(prelude_text());
  text += element_text();
  // The order in which the CPU's registers have it.
  text +=
      "namespace element {\ntemplate <class T> Complex<T> multiply(Complex<T> a, Complex<T> b) {\n"
      "  return {a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im};\n}\n}\n";
  text += functions_of(p) + call_text(p) + element_function(p) + packs_struct(p) + places_struct(p);
  text += map_text();
  return text;
}

}  // namespace tessera::cuda
