#pragma once
// The option tables: every command's arguments and options, declared once. The parser, --help, the completion of shells
// and the man pages all come from them. Options that several commands share are declared in one place.
//
// A type name says what a value is, also to shells: words with '|' between are the choices; FILE, SOURCE and TARGET are
// files; DTYPE is a dtype.
#include <memory>

#include "options.hpp"

namespace CLI {
class App;
}

namespace tessera::command {

/// The program with its commands, bound to the values that it fills.
class OptionTables {
 public:
  explicit OptionTables(CommandLine& line);
  ~OptionTables();
  CLI::App& program() { return *program_; }
  const CLI::App& program() const { return *program_; }
  /// The command of this name ("eval"), or null.
  const CLI::App* command(const std::string& name) const;
  std::vector<std::string> command_names() const;
  /// What --completion and --man ask for; empty when neither was given. throws UsageError for a command that is none.
  std::string asked_text() const;
  /// After the parse: texts become values, and what doesn't go together is refused. throws UsageError.
  void finish();

 private:
  void add_source_options(CLI::App& app, SourceWishes& options);
  void add_run_options(CLI::App& app, RunOptions& options);
  void add_target_options(CLI::App& app, TargetOptions& options);
  void add_eval();
  void add_info();
  void add_stats();
  void add_histogram();
  void add_copy();
  void add_diff();
  void add_doctor();
  /// The line has this command.
  static bool named(const CLI::App& command);
  void finish_run(RunOptions& options) const;
  /// names: of the command's sources, by which options speak of them.
  void finish_sources(SourceWishes& options, const std::vector<std::string>& names) const;
  void finish_target(TargetOptions& options) const;
  void finish_eval(EvalOptions& options) const;
  void finish_copy(CopyOptions& options) const;
  void finish_histogram(HistogramOptions& options) const;

  CommandLine& line_;
  std::unique_ptr<CLI::App> program_;
  CLI::App *eval_ = nullptr, *info_ = nullptr, *stats_ = nullptr, *histogram_ = nullptr, *copy_ = nullptr,
           *diff_ = nullptr, *doctor_ = nullptr;
  // Values as written, until `finish`.
  std::vector<std::string> inputs_, outputs_, chunks_, filters_, units_, attributes_, raw_dtypes_, raw_shapes_,
      raw_offsets_;
  std::string dtype_, axes_, quantiles_, bins_, edges_, range_, completion_, man_;
};

}  // namespace tessera::command
