#include "completion.hpp"

#include <fmt/format.h>

#include "option_rows.hpp"

namespace tessera::command {
namespace {

std::vector<std::string> all_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto& row : option_rows(app)) names.insert(names.end(), row.names.begin(), row.names.end());
  return names;
}

/// Inside single quotes of a shell.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

// bash: the word before says what is wanted; else options of the command, or files.
std::string bash(const OptionTables& tables) {
  std::string values, options;
  for (const auto& name : tables.command_names()) {
    const CLI::App& app = *tables.command(name);
    options += fmt::format("    {}) options='{}' ;;\n", name, fmt::join(all_names(app), " "));
    for (const auto& row : option_rows(app)) {
      if (row.value.empty() || row.takes_file()) continue;
      std::string patterns;
      for (const auto& option : row.names) patterns += (patterns.empty() ? "" : "|") + name + ":" + option;
      values += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", patterns,
                            fmt::join(row.choices(), " "));
    }
  }
  return fmt::format(R"(# Completion of tessera for bash; made by `tessera --completion bash`.
_tessera() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command='' options='{0}' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      {1}) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W "{2} $options" -- "$word"))
    return
  fi
  case $command:$before in
{3}  esac
  case $command in
{4}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "${{word#=}}")
  fi
}}
complete -F _tessera tessera
)",
                     fmt::join(all_names(tables.program()), " "), fmt::join(tables.command_names(), "|"),
                     fmt::join(tables.command_names(), " "), values, options);
}

/// Inside [...] of zsh's _arguments.
std::string bracketed(const std::string& text) {
  std::string out;
  for (const char c : text) out += (c == '[' || c == ']' ? "\\" : "") + std::string(1, c);
  return escaped(out);
}

std::string zsh_option(const OptionRow& row) {
  std::string action;
  if (!row.value.empty()) {
    action = ":" + (row.choices().empty() ? row.value : std::string("value")) + ":";
    if (!row.choices().empty())
      action += fmt::format("({})", fmt::join(row.choices(), " "));
    else if (row.takes_file())
      action += "_files";
  }
  std::string names;
  for (const auto& name : row.names) names += fmt::format(" '*{}[{}]{}'", name, bracketed(row.text), action);
  return names;
}

std::string zsh(const OptionTables& tables) {
  std::string commands, cases;
  for (const auto& name : tables.command_names()) {
    const CLI::App& app = *tables.command(name);
    commands += fmt::format("    '{}:{}'\n", name, escaped(description(app)));
    cases += fmt::format("    {}) _arguments", name);
    for (const auto& row : option_rows(app)) cases += zsh_option(row);
    cases += " '*:file:_files' ;;\n";
  }
  return fmt::format(R"(#compdef tessera
# Completion of tessera for zsh; made by `tessera --completion zsh`.
_tessera() {{
  local -a commands=(
{0}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{1}  esac
}}
if [[ $funcstack[1] == _tessera ]]; then _tessera "$@"; else compdef _tessera tessera; fi
)",
                     commands, cases);
}

std::string fish(const OptionTables& tables) {
  std::string text = "# Completion of tessera for fish; made by `tessera --completion fish`.\n";
  for (const auto& name : tables.command_names()) {
    const CLI::App& app = *tables.command(name);
    text +=
        fmt::format("complete -c tessera -f -n __fish_use_subcommand -a {} -d '{}'\n", name, escaped(description(app)));
    for (const auto& row : option_rows(app)) {
      text += fmt::format("complete -c tessera -n '__fish_seen_subcommand_from {}'", name);
      for (const auto& option : row.names)
        text += option.starts_with("--") ? " -l " + option.substr(2) : " -s " + option.substr(1);
      if (!row.value.empty()) text += row.takes_file() ? " -r" : " -x";
      if (!row.choices().empty()) text += fmt::format(" -a '{}'", fmt::join(row.choices(), " "));
      text += fmt::format(" -d '{}'\n", escaped(row.text));
    }
  }
  return text;
}

}  // namespace

std::string completion_text(const std::string& shell, const OptionTables& tables) {
  return shell == "bash" ? bash(tables) : shell == "zsh" ? zsh(tables) : fish(tables);
}

}  // namespace tessera::command
