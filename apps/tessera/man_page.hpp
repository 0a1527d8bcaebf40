#pragma once
// Manual pages, made from the option tables: `tessera --man eval | man -l -`.
#include <string>

#include "option_tables.hpp"

namespace tessera::command {

/// Of one command; of the program itself when `command` is "tessera".
std::string man_page(const std::string& command, const OptionTables& tables);

}  // namespace tessera::command
