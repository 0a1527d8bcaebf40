#pragma once
// The options of one command as rows, read from its table: what completions and man pages are made from.
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tessera::command {

struct OptionRow {
  std::vector<std::string> names;  ///< "-q", "--quiet"
  std::string value;               ///< "SIZE", "auto|cpu"; empty: takes none
  std::string text, variable;      ///< what it does; the environment variable that stands for it
  /// The words that can stand behind it, where they are known.
  std::vector<std::string> choices() const;
  bool takes_file() const;
};

/// In the order of the table; --help among them.
std::vector<OptionRow> option_rows(const CLI::App& app);
/// What the command does, and the example below its options.
std::string description(const CLI::App& app);
std::string example(const CLI::App& app);
/// Of the arguments without a name, e.g. "SOURCE", with what they are.
std::vector<OptionRow> argument_rows(const CLI::App& app);

}  // namespace tessera::command
