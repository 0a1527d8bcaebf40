#include <tessera/core/cuda/user_source.hpp>

#include <fmt/format.h>

#include <tessera/core/cuda/program_text.hpp>
#include <tessera/core/cuda/source.hpp>
#include <tessera/core/cuda/texts.hpp>
#include <tessera/core/shape.hpp>

namespace tessera::cuda {
namespace {

static_assert(block_axes == max_rank);

// int32_t and the like, which NVRTC has no header for.
constexpr const char* integer_names =
    "#ifdef __CUDACC_RTC__\n"
    "using std::int8_t; using std::int16_t; using std::int32_t; using std::int64_t;\n"
    "using std::uint8_t; using std::uint16_t; using std::uint32_t; using std::uint64_t;\n"
    "#endif\n";

/// As users write it: a bool is one.
const char* user_type(DType t) { return t == DType::bool_ ? "bool" : c_type(t); }

/// The user's lines, counted from 1 under the function's name.
std::string numbered(const UserFunction& f) {
  return fmt::format("#line 1 \"{}\"\n{}\n#line 1 \"tessera.cu\"\n", f.name, f.cuda);
}

/// `void make_element(call, v0, ..., o0)` that calls the function.
std::string element_that_calls(const UserMap& f) {
  std::string parameters = "const Call&", arguments;
  for (std::size_t i = 0; i < f.parameters.size(); i++) {
    parameters += fmt::format(", {} v{}", c_type(f.parameters[i]), i);
    arguments += fmt::format("{}static_cast<{}>(v{})", i ? ", " : "", user_type(f.parameters[i]), i);
  }
  return fmt::format(
      "__device__ __forceinline__ void make_element({}, {}& o0) {{\n"
      "  o0 = static_cast<{}>(static_cast<{}>(user::{}({})));\n}}\n",
      parameters, c_type(f.result), c_type(f.result), user_type(f.result), f.name, arguments);
}

}  // namespace

Program stand_in(const UserMap& f) {
  Program p;
  p.inputs = f.parameters;
  p.code = {{Op::cast, f.parameters.at(0), f.result, 0, 0, 0}};
  p.outputs = {p.code_value(0)};
  return p;
}

bool has_source(const UserMap& f) { return !f.cuda.empty() && call_layout(stand_in(f)).bytes <= most_call_bytes; }

std::string map_source(const UserMap& f) {
  const Program p = stand_in(f);
  return functions_text(p) + integer_names +
         map_loops(p, "namespace user {\n" + numbered(f) + "}\n" + element_that_calls(f));
}

bool has_source(const ChunkFunction& f) {
  const std::size_t views = f.parameters.size() + 1;
  return !f.cuda.empty() && views * sizeof(BlockViewBytes) + sizeof(BlockPlaceBytes) <= most_call_bytes;
}

// A kernel of other parameters would read what is not there: what it takes is looked at when it is compiled.
std::string blocks_source(const ChunkFunction& f) {
  std::string views;
  for (const DType p : f.parameters) views += fmt::format("BlockView<const {}>, ", user_type(p));
  views += fmt::format("BlockView<{}>", user_type(f.result));
  std::string text(prelude_text());
  text += integer_names;
  text += fmt::format("constexpr int block_axes = {};\n", block_axes);
  text += blocks_text();
  text += numbered(f);
  text += fmt::format(
      "template <class F> inline constexpr bool takes_blocks = false;\n"
      "template <> inline constexpr bool takes_blocks<void({0})> = true;\n"
      "template <> inline constexpr bool takes_blocks<void({0}, BlockPlace)> = true;\n"
      "static_assert(takes_blocks<decltype({1})>,\n"
      "              \"{1} must be: extern \\\"C\\\" __global__ void {1}({0}), with a BlockPlace behind these or "
      "without\");\n",
      views, f.name);
  return text;
}

}  // namespace tessera::cuda
