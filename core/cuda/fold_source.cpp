#include <tessera/core/cuda/fold_source.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/cuda/program_text.hpp>
#include <tessera/core/cuda/source.hpp>
#include <tessera/core/cuda/texts.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera::cuda {
namespace {

constexpr std::int64_t most_state_bytes = 256;  // of a thread: in registers

bool is_moments(Combiner c) { return c == Combiner::moments || c == Combiner::nan_moments; }

std::size_t at_least_one(std::size_t n) { return std::max<std::size_t>(n, 1); }

std::int64_t largest_input(const Program& p) {
  std::int64_t largest = 1;
  for (const DType t : p.inputs) largest = std::max(largest, item_size(t));
  return largest;
}

std::int64_t state_bytes(std::span<const Fold> folds) {
  std::int64_t bytes = 0;
  for (const Fold& fold : folds) bytes += 8 * fold.layout().components;
  return bytes;
}

std::string fold_call_text(const Program& p, std::span<const Fold> folds) {
  const std::size_t inputs = at_least_one(p.inputs.size());
  return fmt::format(
      "constexpr int axes = {}, lanes = {}, outputs_each = {};\n"
      "struct Call {{\n  long long pieces, outputs, threads, kept_rank, reduced_rank, position;\n"
      "  long long extent[axes], leaf[axes], last_leaf[axes], position_stride[axes];\n  const char* in[{}];\n  long "
      "long "
      "in_stride[{}][axes];\n"
      "  char* states[{}];\n  unsigned long long scalar[{}][2];\n}};\n",
      fold_axes, lanes_each(p, folds), outputs_each(p, folds), inputs, inputs, folds.size(),
      at_least_one(p.scalars.size()));
}

/// Where the operands of an element are.
std::string row_struct(const Program& p) {
  std::string start = "position(call.position)", members, move, arguments;
  for (std::size_t i = 0; i < p.inputs.size(); i++) {
    start += fmt::format(", in{0}(call.in[{0}])", i);
    members += fmt::format("  const char* in{};\n", i);
    move += fmt::format("    in{0} += index * call.in_stride[{0}][axis];\n", i);
    arguments += fmt::format(", *reinterpret_cast<const {}*>(in{})", c_type(p.inputs[i]), i);
  }
  return fmt::format(
      "using Element = {};\nstruct Row {{\n  long long position;\n{}  __device__ Row(const Call& call) : {} {{}}\n"
      "  __device__ void move(const Call& call, int axis, long long index) {{\n"
      "    position += index * call.position_stride[axis];\n{}  }}\n"
      "  __device__ Element make(const Call& call) const {{\n    Element e;\n    make_element(call{}, e);\n    return "
      "e;\n  }}\n}};\n",
      c_type(p.type(p.outputs[0])), members, start, move, arguments);
}

/// The operands of n neighbours along an axis, each of which is n elements or one that stays.
std::string inputs_struct(const Program& p) {
  std::string members, load, arguments;
  for (std::size_t i = 0; i < p.inputs.size(); i++) {
    const std::string type = c_type(p.inputs[i]);
    members += fmt::format("  Pack<{}, n> v{};\n", type, i);
    load += fmt::format(
        "    if (n == 1 || call.in_stride[{0}][axis]) v{0} = *reinterpret_cast<const Pack<{1}, n>*>(row.in{0});\n"
        "    else for (int j = 0; j < n; j++) v{0}.v[j] = *reinterpret_cast<const {1}*>(row.in{0});\n",
        i, type);
    arguments += fmt::format(", v{}.v[j]", i);
  }
  return fmt::format(
      "template <int n> struct Inputs {{\n  long long position;\n{}"
      "  __device__ void load(const Call& call, const Row& row, int axis) {{\n    position = row.position;\n{}  }}\n"
      "  __device__ Element make(const Call& call, int j) const {{\n    Element e;\n    make_element(call{}, e);\n    "
      "return e;\n"
      "  }}\n}};\n",
      members, load, arguments);
}

/// Where the state of an output goes (StateLayout), as an initializer of StatePlace.
std::string place_text(const Fold& fold, std::size_t k) {
  const StateLayout layout = fold.layout();
  std::int64_t all = 0;
  std::string text;
  for (int c = 0; c < 3; c++) {
    text += c < layout.components
                ? fmt::format("{}states + {} * call.outputs + {} * output", c ? ", " : "", all, layout.item[c])
                : ", nullptr";
    if (c < layout.components) all += layout.item[c];
  }
  const std::string bytes = layout.components > 1 ? fmt::format("({} * call.outputs + 7) / 8 * 8", all)
                                                  : fmt::format("{} * call.outputs", all);
  return fmt::format("    char* const states = call.states[{}] + leaf * ({});\n    f{}.store(shared, {{{{{}}}}});\n", k,
                     bytes, k, text);
}

/// What a thread keeps of all folds, for one lane.
std::string lane_struct(std::span<const Fold> folds) {
  std::string members, begin, take, join, store;
  for (std::size_t k = 0; k < folds.size(); k++) {
    const std::string type = lane_type(folds[k]);
    members += fmt::format("  {} f{};\n", type, k);
    begin += fmt::format("f{}.begin(); ", k);
    take += fmt::format("    f{}.take(shared, static_cast<{}::Element>(x), position);\n", k, type);
    join += fmt::format("f{0}.join(right.f{0}); ", k);
    store += "    {\n" + place_text(folds[k], k) + "    }\n";
  }
  return fmt::format(
      "struct Lane {{\n{}  __device__ void begin() {{ {}}}\n"
      "  __device__ void take(const Leaf& shared, Element x, long long position) {{\n{}  }}\n"
      "  __device__ void join(const Lane& right) {{ {}}}\n"
      "  __device__ void store(const Call& call, const Leaf& shared, long long leaf, long long output) const {{\n{}  "
      "}}\n}};\n",
      members, begin, take, join, store);
}

/// What of a leaf is looked at before its elements are folded.
std::string shared_text(const Program& p, std::span<const Fold> folds) {
  bool moments = false, skips = false;
  for (const Fold& fold : folds) {
    moments = moments || is_moments(fold.combiner);
    skips = skips || fold.combiner == Combiner::nan_moments;
  }
  return fmt::format(
      "constexpr bool shifted = {}, skips_numbers = {};\n__device__ double as_number(Element x) {{ return {}; }}\n",
      moments, skips, is_complex(p.type(p.outputs[0])) ? "static_cast<double>(x.re)" : "static_cast<double>(x)");
}

/// The largest power of two, at least `least`, of elements that are 16 bytes and whose states a thread can hold.
int elements_each(const Program& p, std::int64_t bytes_of_states, int least) {
  std::int64_t n = 16 / largest_input(p);
  while (n > least && n * bytes_of_states > most_state_bytes) n /= 2;
  return static_cast<int>(std::max<std::int64_t>(n, least));
}

}  // namespace

std::string lane_type(const Fold& fold) {
  const auto of = [&](const char* name) { return fmt::format("{}<{}>", name, c_type(fold.element)); };
  const bool boolean = fold.element == DType::bool_;
  switch (fold.combiner) {
    case Combiner::sum:
      return of(boolean ? "Either" : "Sum");
    case Combiner::prod:
      return of(boolean ? "Both" : is_complex(fold.element) ? "ComplexProduct" : "Product");
    case Combiner::min:
      return of(boolean ? "Both" : "Least");
    case Combiner::max:
      return of(boolean ? "Either" : "Greatest");
    case Combiner::fmin:
      return of("LeastNumber");
    case Combiner::fmax:
      return of("GreatestNumber");
    case Combiner::any:
      return of("Either");
    case Combiner::all:
      return of("Both");
    case Combiner::nan_sum:
      return "NanSum";
    case Combiner::moments:
      return "Moments";
    case Combiner::nan_moments:
      return "NanMoments";
    case Combiner::argmin:
      return of("ArgLeast");
    case Combiner::argmax:
      return of("ArgGreatest");
    case Combiner::nanargmin:
      return of("NanArgLeast");
    case Combiner::nanargmax:
      return of("NanArgGreatest");
    case Combiner::user:
      break;
  }
  return {};
}

FoldCallLayout fold_call_layout(const Program& p, std::size_t folds) {
  const auto n = [](std::size_t v) { return static_cast<std::int64_t>(at_least_one(v)); };
  constexpr std::int64_t of_axes = 8 * fold_axes;
  FoldCallLayout l{};
  l.extent = 8 * 6;
  l.leaf = l.extent + of_axes;
  l.last_leaf = l.leaf + of_axes;
  l.position_stride = l.last_leaf + of_axes;
  l.inputs = l.position_stride + of_axes;
  l.input_strides = l.inputs + 8 * n(p.inputs.size());
  l.states = l.input_strides + of_axes * n(p.inputs.size());
  l.scalars = l.states + 8 * n(folds);
  l.bytes = l.scalars + 16 * n(p.scalars.size());
  return l;
}

bool has_fold_source(const Fold& fold) {
  const DType t = fold.element;
  switch (fold.combiner) {
    case Combiner::user:
      return false;
    case Combiner::sum:
    case Combiner::prod:
      return true;
    case Combiner::any:
    case Combiner::all:
      return t == DType::bool_;
    case Combiner::fmin:
    case Combiner::fmax:
      return is_real_floating(t);
    case Combiner::nan_sum:
    case Combiner::moments:
    case Combiner::nan_moments:
      return t == DType::float64;
    default:
      return !is_complex(t);
  }
}

bool has_fold_source(const Program& p) {
  return p.outputs.size() == 1 && fold_call_layout(p, most_folds_together).bytes <= most_call_bytes && has_text(p);
}

int lanes_each(const Program& p, std::span<const Fold> folds) { return elements_each(p, state_bytes(folds), 2); }
int outputs_each(const Program& p, std::span<const Fold> folds) {
  return elements_each(p, state_bytes(folds) + static_cast<std::int64_t>(sizeof(double)) * 3, 1);
}

std::string fold_source(const Program& p, std::span<const Fold> folds) {
  std::string text = functions_text(p) + fold_call_text(p, folds) + pack_text() + element_text_of(p) + row_struct(p) +
                     inputs_struct(p);
  text += combiners_text();
  text += shared_text(p, folds) + lane_struct(folds);
  return text += fold_text();
}

}  // namespace tessera::cuda
