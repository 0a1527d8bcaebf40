#pragma once
// Completion of the command's words in shells, made from the option tables: `source <(tessera --completion bash)`.
#include <string>

#include "option_tables.hpp"

namespace tessera::command {

/// shell: "bash", "zsh" or "fish".
std::string completion_text(const std::string& shell, const OptionTables& tables);

}  // namespace tessera::command
