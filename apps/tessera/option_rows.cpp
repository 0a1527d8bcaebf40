#include "option_rows.hpp"

#include <CLI/CLI.hpp>

#include <tessera/tessera.hpp>

namespace tessera::command {

std::vector<std::string> OptionRow::choices() const {
  std::vector<std::string> words;
  if (value == "DTYPE") {
    for (int i = 0; i < dtype_count; i++) words.push_back(to_string(static_cast<DType>(i)));
  } else if (value.find('|') != std::string::npos) {
    std::istringstream list(value);
    for (std::string word; std::getline(list, word, '|');) words.push_back(word);
  }
  return words;
}

bool OptionRow::takes_file() const {
  return value.find("FILE") != std::string::npos || value.find("SOURCE") != std::string::npos ||
         value.find("TARGET") != std::string::npos || value == "FOLDER";
}

std::vector<OptionRow> option_rows(const CLI::App& app) {
  std::vector<OptionRow> rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) continue;
    OptionRow row;
    for (const auto& name : option->get_snames()) row.names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) row.names.push_back("--" + name);
    if (option->get_type_size() > 0) row.value = option->get_type_name();
    row.text = option->get_description();
    row.variable = option->get_envname();
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<OptionRow> argument_rows(const CLI::App& app) {
  std::vector<OptionRow> rows;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional()) rows.push_back({{}, option->get_name(true), option->get_description(), {}});
  return rows;
}

std::string description(const CLI::App& app) { return app.get_description(); }
std::string example(const CLI::App& app) { return app.get_footer(); }

}  // namespace tessera::command
