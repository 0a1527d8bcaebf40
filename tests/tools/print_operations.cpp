// What the table of elementwise operations says, for programs and readers:
//
//   print_operations tsv        a line an operation: name, arity, rule, NumPy's name, kernel, ulps, separated by tabs
//   print_operations markdown   the table of docs/functions.md
#include <cstdio>
#include <string>

#include <tessera/core/kernel/operations.hpp>

namespace {

using namespace tessera;

const char* rule_name(Rule rule) {
  constexpr const char* names[] = {"any",       "numeric",        "real",     "inexact",  "floating",
                                   "magnitude", "rounding",       "compose",  "exponent", "scale",
                                   "predicate", "real_predicate", "equality", "order",    "order_keep",
                                   "logical",   "bitwise",        "shift",    "choose"};
  return names[static_cast<int>(rule)];
}
const char* kernel_name(KernelKind kind) {
  constexpr const char* names[] = {"plain",     "plain_complex", "math",      "math_complex",
                                   "math_rare", "rare",          "registers", "own"};
  return names[static_cast<int>(kind)];
}
/// The dtypes in words, and what comes out.
const char* dtypes(Rule rule) {
  switch (rule) {
    case Rule::any:
      return "all";
    case Rule::numeric:
      return "integers, floats, complex; bool as int8";
    case Rule::real:
      return "integers, floats; bool as int8";
    case Rule::inexact:
      return "floats, complex; others as float64";
    case Rule::floating:
      return "floats; others as float64";
    case Rule::magnitude:
      return "all; complex gives its real dtype";
    case Rule::rounding:
      return "all but complex";
    case Rule::compose:
      return "floats, others as float64; gives complex";
    case Rule::exponent:
      return "floats, others as float64; gives int32";
    case Rule::scale:
      return "x1 floats, others as float64; x2 integers";
    case Rule::predicate:
    case Rule::equality:
    case Rule::logical:
      return "all; gives bool";
    case Rule::real_predicate:
    case Rule::order:
      return "all but complex; gives bool";
    case Rule::order_keep:
      return "all but complex";
    case Rule::bitwise:
      return "integers, bool";
    case Rule::shift:
      return "integers; bool as int8";
    case Rule::choose:
      return "all, after a condition";
  }
  return "";
}

void print_tsv(const OperationInfo& row) {
  std::printf("%s\t%d\t%s\t%s\t%s\t%g\n", std::string(row.name).c_str(), row.arity, rule_name(row.rule),
              std::string(row.numpy).c_str(), kernel_name(row.kernel), row.ulps);
}
void print_markdown(const OperationInfo& row) {
  constexpr const char* arguments[] = {"", "x", "x1, x2", "condition, x1, x2"};
  const std::string other = row.numpy.empty() || row.numpy == row.name ? "" : "`" + std::string(row.numpy) + "`";
  char error[16] = "";
  if (row.ulps > 0) std::snprintf(error, sizeof error, "%g", row.ulps);
  std::printf("| `%s(%s)` | %s | %s | %s | %s |\n", std::string(row.name).c_str(), arguments[row.arity],
              std::string(row.says).c_str(), dtypes(row.rule), error, other.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string format = argc > 1 ? argv[1] : "";
  if (format != "tsv" && format != "markdown") {
    std::fprintf(stderr, "print_operations tsv|markdown\n");
    return 2;
  }
  if (format == "markdown")
    std::printf("| function | result | dtypes | ulps | also named |\n| --- | --- | --- | --- | --- |\n");
  for (int k = 0; k < op_count - 1; k++) (format == "tsv" ? print_tsv : print_markdown)(info(static_cast<Op>(k)));
}
