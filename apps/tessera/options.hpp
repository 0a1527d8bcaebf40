#pragma once
// The command line as values. The command line wins over the TESSERA_... environment variables.
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// NAME=WHERE of -i and -o.
struct Binding {
  std::string name, where;
};

/// --chunks: lengths for one name, or for all when `name` is empty; no lengths: auto.
struct ChunkWish {
  std::string name;
  Dims lengths;
};

/// --compress: filters for one name, or for all.
struct FilterWish {
  std::string name, filters;
};

/// --units, --attribute: of one result, or of all. An empty text: the result has no attribute of that name.
struct AttributeWish {
  std::string name;
  Attribute attribute;
};

/// --raw-dtype, --raw-shape, --raw-offset: of the source of one name, or of all when `name` is empty.
struct HeaderlessWish {
  std::string name;
  SourceOptions layout;
};

/// How the sources of a command are to be understood.
struct SourceWishes {
  bool raw = false;           ///< leave fill values and scaling as they are
  bool default_fill = false;  ///< NetCDF's default fill values are missing elements, too
  bool untrusted = false;     ///< look into files in a child process
  std::string concat;         ///< the dimension along which sources of many files are one; empty: each is one file
  std::vector<HeaderlessWish> headerless;
  /// For the source of `name`: its own wishes before those for all.
  SourceOptions of(const std::string& name) const;
};

enum class ProgressMode { automatic, on, off };

/// What every command that computes takes.
struct RunOptions {
  std::string memory;  ///< as written; empty: the session's default
  int threads = 0;     ///< 0: the session's default
  std::string device = "auto";
  std::string scratch;
  std::string command_line;  ///< as a shell takes it, in one line, for `history`
  bool explain = false, dry_run = false;
  int ranks = 0;  ///< to plan for; 0: those that there are
  ProgressMode progress = ProgressMode::automatic;
  double watchdog_seconds = 300;
  SourceWishes sources;
  std::string trace;  ///< file of the timeline; empty: none
  bool json = false, quiet = false;
};

/// What every command that writes files takes.
struct TargetOptions {
  bool force = false, append = false, no_history = false;
  std::string append_along;  ///< the number or name of an axis; empty: targets are made
  std::vector<ChunkWish> chunks;
  std::vector<FilterWish> filters;
  std::vector<AttributeWish> attributes;  ///< of one attribute the last counts
};

struct EvalOptions {
  RunOptions run;
  TargetOptions target;
  std::string statements, statements_file;
  std::vector<Binding> inputs, outputs;
};

/// As it was written, and what it means.
struct NamedQuantile {
  std::string text;
  double q;
};

struct StatsOptions {
  RunOptions run;
  std::string source, slice;
  std::vector<NamedQuantile> quantiles;
};

struct HistogramOptions {
  RunOptions run;
  std::string source, slice;
  std::optional<std::int64_t> bins;          ///< of equal width; 10 where nothing is given
  std::string estimator;                     ///< of their number, instead; empty: none
  std::vector<double> edges;                 ///< empty: bins of equal width
  std::optional<std::vector<double>> range;  ///< of these: two numbers
  bool density = false;
};

struct CopyOptions {
  RunOptions run;
  TargetOptions target;
  std::string source, where, slice;
  std::optional<DType> dtype;
  std::optional<Dims> axes;
};

struct DiffOptions {
  RunOptions run;
  std::string first, second;
  double rtol = 0, atol = 0;
};

struct InfoOptions {
  SourceWishes wishes;
  std::vector<std::string> sources;
  bool json = false;
};

struct DoctorOptions {
  bool json = false, sbatch = false;
};

struct CommandLine {
  enum class Command { text, eval, info, stats, histogram, copy, diff, doctor } command = Command::text;
  std::string text;  ///< of --help and --version
  EvalOptions eval;
  InfoOptions info;
  StatsOptions stats;
  HistogramOptions histogram;
  CopyOptions copy;
  DiffOptions diff;
  DoctorOptions doctor;
};

/// throws UsageError: unknown options (with the nearest known one), missing or impossible values.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace tessera::command
