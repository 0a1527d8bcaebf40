#include <tessera/core/cuda/source.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/cuda/program_text.hpp>
#include <tessera/core/cuda/texts.hpp>

namespace tessera::cuda {
namespace {

std::string call_text(const Program& p) {
  const auto at_least_one = [](std::size_t n) { return std::max<std::size_t>(n, 1); };
  const std::size_t inputs = at_least_one(p.inputs.size()), outputs = at_least_one(p.outputs.size());
  return fmt::format(
      "constexpr int lanes = {}, axes = {};\n"
      "struct Call {{\n  long long count, rank;\n  long long extent[axes];\n  const char* in[{}];\n  char* out[{}];\n"
      "  long long in_stride[{}][axes], out_stride[{}][axes];\n  unsigned long long scalar[{}][2];\n}};\n",
      elements_per_pack(p), most_axes, inputs, outputs, inputs, outputs, at_least_one(p.scalars.size()));
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

bool has_source(const Program& p) { return call_layout(p).bytes <= most_call_bytes && has_text(p); }

int elements_per_pack(const Program& p) {
  std::int64_t largest = 1;
  for (const DType t : p.inputs) largest = std::max(largest, item_size(t));
  for (const ValueId v : p.outputs) largest = std::max(largest, item_size(p.type(v)));
  return static_cast<int>(16 / largest);
}

std::string map_source(const Program& p) { return functions_text(p) + map_loops(p, element_text_of(p)); }

std::string map_loops(const Program& p, const std::string& element) {
  std::string text = call_text(p) + pack_text() + element + packs_struct(p) + places_struct(p);
  return text += map_text();
}

}  // namespace tessera::cuda
