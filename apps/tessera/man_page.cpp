#include "man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../language/functions.hpp"
#include "option_rows.hpp"

namespace tessera::command {
namespace {

/// Text as roff takes it: no escape, no hyphen that breaks a line or an option, no line that looks like a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string header(const std::string& name, const std::string& description) {
  return fmt::format(".TH {} 1 \"\" \"tessera {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n", upper(name),
                     TESSERA_VERSION, roff(name), roff(description));
}

std::string options_section(const CLI::App& app) {
  std::string text = ".SH OPTIONS\n";
  for (const auto& row : option_rows(app)) {
    std::string names;
    for (const auto& name : row.names) names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
    text += ".TP\n" + names + (row.value.empty() ? "" : " \\fI" + roff(row.value) + "\\fR") + "\n" + roff(row.text);
    if (!row.variable.empty()) text += fmt::format("; the environment variable {} stands for it", row.variable);
    text += ".\n";
  }
  return text;
}

std::string examples_section(const CLI::App& app) { return ".SH EXAMPLE\n.nf\n" + roff(example(app)) + "\n.fi\n"; }

std::string functions_section() {
  std::string text = ".SH FUNCTIONS\nNames and rules are NumPy's.\n.PP\n.nf\n";
  for (const auto& [name, function] : language::functions()) text += roff(function.signature.text()) + "\n";
  return text + ".fi\n";
}

constexpr const char* exit_codes =
    ".SH EXIT STATUS\n"
    ".TP\n0\ndone\n"
    ".TP\n2\nwrong words or bad input\n"
    ".TP\n3\na file is missing, damaged, full or not writable\n"
    ".TP\n4\nthe memory budget can't be met; the message has the smallest that can\n"
    ".TP\n5\na rank or the network failed\n"
    ".TP\n6\ninterrupted, and can be resumed\n"
    ".TP\n10\n\\fBdiff\\fR found a difference\n"
    ".TP\n128 + signal\ninterrupted by a signal\n";

std::string see_also(const std::string& command, const OptionTables& tables) {
  std::vector<std::string> pages;
  if (command != "tessera") pages.push_back("\\fBtessera\\fR(1)");
  for (const auto& name : tables.command_names())
    if (name != command) pages.push_back("\\fBtessera\\-" + name + "\\fR(1)");
  return fmt::format(".SH SEE ALSO\n{}\n", fmt::join(pages, ",\n"));
}

std::string program_page(const OptionTables& tables) {
  const CLI::App& program = tables.program();
  std::string text = header("tessera", description(program));
  text += ".SH SYNOPSIS\n\\fBtessera\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const auto& name : tables.command_names())
    text += fmt::format(".TP\n\\fB{}\\fR\n{}.\n", name, roff(description(*tables.command(name))));
  return text + options_section(program) + examples_section(program) + exit_codes + see_also("tessera", tables);
}

}  // namespace

std::string man_page(const std::string& command, const OptionTables& tables) {
  const CLI::App* app = tables.command(command);
  if (app == nullptr) return program_page(tables);
  std::string text = header("tessera-" + command, description(*app));
  text += fmt::format(".SH SYNOPSIS\n\\fBtessera {}\\fR", command);
  const auto arguments = argument_rows(*app);
  for (const auto& row : arguments) text += " \\fI" + roff(row.value) + "\\fR";
  text += " [\\fIOPTIONS\\fR]\n";
  if (!arguments.empty()) text += ".SH ARGUMENTS\n";
  for (const auto& row : arguments) text += ".TP\n\\fI" + roff(row.value) + "\\fR\n" + roff(row.text) + ".\n";
  text += options_section(*app);
  if (command == "eval") text += functions_section();
  return text + examples_section(*app) + exit_codes + see_also(command, tables);
}

}  // namespace tessera::command
