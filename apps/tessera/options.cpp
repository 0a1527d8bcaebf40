#include "options.hpp"

#include <CLI/CLI.hpp>

#include "../language/suggest.hpp"
#include "option_tables.hpp"

namespace tessera::command {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

[[noreturn]] void refuse(const CLI::App& app, const std::string& word) {
  if (word[0] != '-') {
    std::string hint;
    if (app.get_name() == "eval") hint = "; statements with blanks stand in quotes";
    throw UsageError("unexpected argument '" + word + "'" + hint);
  }
  const std::string name = word.substr(0, word.find('='));
  std::string hint;
  if (word.starts_with("--"))
    hint = language::did_you_mean(name, option_names(app));
  else if (app.get_name() == "eval")
    hint = "; an expression that starts with '-' stands in parentheses: '(" + word + ")'";
  const std::string command = app.get_parent() == nullptr ? "" : app.get_name() + " ";
  if (hint.empty()) hint = "; see tessera " + command + "--help";
  throw UsageError("unknown option '" + name + "'" + hint);
}

/// "eval, info and doctor".
std::string listed(const std::vector<std::string>& words, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); i++)
    text += (i == 0 ? "" : i + 1 == words.size() ? std::string(" ") + last + " " : ", ") + words[i];
  return text;
}

std::string as_typed(int argc, const char* const* argv) {
  std::string text = "tessera";
  for (int i = 1; i < argc; i++) text += " " + shell_word(argv[i]);
  return text;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  OptionTables tables(line);
  CLI::App& program = tables.program();
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream out, err;
    program.exit(success, out, err);
    line.text = out.str();
    return line;
  } catch (const CLI::ParseError& error) {
    // A misspelt option may have made another one incomplete: it is the better news.
    for (const CLI::App* command : program.get_subcommands({}))
      for (const auto& word : command->remaining())
        if (word.starts_with("-")) refuse(*command, word);
    throw UsageError(error.what());
  }
  for (const CLI::App* command : program.get_subcommands())
    if (!command->remaining().empty()) refuse(*command, command->remaining().front());
  line.text = tables.asked_text();
  if (!line.text.empty()) return line;
  const std::vector<std::string> commands = tables.command_names();
  if (program.get_subcommands().empty()) {
    if (program.remaining().empty())
      throw UsageError("a command is missing: " + listed(commands, "or") + "; see tessera --help");
    const std::string word = program.remaining().front();
    if (word[0] == '-') refuse(program, word);
    throw UsageError("unknown command '" + word + "'" + language::did_you_mean(word, commands) + "; there are " +
                     listed(commands, "and"));
  }
  if (!program.remaining().empty()) refuse(program, program.remaining().front());
  tables.finish();
  line.eval.run.command_line = line.copy.run.command_line = as_typed(argc, argv);
  return line;
}

}  // namespace tessera::command
