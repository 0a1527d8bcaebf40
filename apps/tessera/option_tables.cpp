#include "option_tables.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace tessera::command {
namespace {
// Without the descriptions of CLI11's checks, which would stand beside the type names.
CLI::Validator between(int least, int most) { return CLI::Range(least, most).description(""); }

CLI::Validator not_negative() {
  const auto check = [](const std::string& text) -> std::string {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value >= 0;
    return good ? "" : "wants a number from 0 on, not '" + text + "'";
  };
  return CLI::Validator(check, "");
}
}  // namespace

OptionTables::OptionTables(CommandLine& line)
    : line_(line),
      program_(std::make_unique<CLI::App>("Arrays larger than memory, on one core or a thousand ranks", "tessera")) {
  program_->get_formatter()->column_width(36);
  program_->set_version_flag("--version", "tessera " TESSERA_VERSION);
  program_
      ->add_option("--completion", completion_, "Print the completion for a shell: source <(tessera --completion bash)")
      ->type_name("bash|zsh|fish");
  program_->add_option("--man", man_, "Print a manual page, of a command or of tessera")->type_name("COMMAND");
  program_->footer(
      "Runs alone or under mpirun and srun:\n"
      "  mpirun -n 4 tessera eval 'y = mean(sqrt(x) + x**2, axis=0)' -i x=data.h5:/x -o y=out.h5:/y --memory 512M");
  add_eval();
  add_info();
  add_stats();
  add_histogram();
  add_copy();
  add_diff();
  add_doctor();
  program_->allow_extras();  // refused with a hint, after the parse
  for (CLI::App* command : program_->get_subcommands({})) command->allow_extras();
}

OptionTables::~OptionTables() = default;

bool OptionTables::named(const CLI::App& command) { return command.parsed(); }

const CLI::App* OptionTables::command(const std::string& name) const {
  for (const CLI::App* command : program_->get_subcommands({}))
    if (command->get_name() == name) return command;
  return nullptr;
}

std::vector<std::string> OptionTables::command_names() const {
  std::vector<std::string> names;
  for (const CLI::App* command : program_->get_subcommands({})) names.push_back(command->get_name());
  return names;
}

void OptionTables::add_source_options(CLI::App& app, SourceWishes& o) {
  app.add_flag("--untrusted", o.untrusted, "Sources that may be made to do harm: looked into by a child process");
  app.add_flag("--raw", o.raw, "Leave NetCDF's fill values and scaling as they are in the file");
  app.add_flag("--default-fill", o.default_fill,
               "Where NetCDF data name no _FillValue, NetCDF's default ones (9.96921e36, ...) are missing elements");
  app.add_option("--concat", o.concat,
                 "Sources that are a glob or @list.txt: many files as one array along this dimension")
      ->type_name("DIM");
  app.add_option("--raw-dtype", raw_dtypes_, "Sources without a header: their dtype, [NAME=]float32 or >f4")
      ->type_name("DTYPE")
      ->allow_extra_args(false);
  app.add_option("--raw-shape", raw_shapes_, "Sources without a header: their shape, [NAME=]365,73,144")
      ->type_name("LENGTHS")
      ->allow_extra_args(false);
  app.add_option("--raw-offset", raw_offsets_, "Sources without a header: [NAME=] bytes before the elements")
      ->type_name("BYTES")
      ->allow_extra_args(false);
}

void OptionTables::add_run_options(CLI::App& app, RunOptions& o) {
  add_source_options(app, o.sources);
  app.add_option("--memory", o.memory, "Budget per rank: 512M, 2G, 50%")->type_name("SIZE")->envname("TESSERA_MEMORY");
  app.add_option("--threads", o.threads, "Threads per rank")
      ->type_name("N")
      ->envname("TESSERA_THREADS")
      ->check(between(1, 65536));
  app.add_option("--device", o.device, "What computes: auto, cuda, cpu")->type_name("NAME")->envname("TESSERA_DEVICE");
  app.add_option("--scratch", o.scratch, "Folder for scratch files, which have no names; none: go without them")
      ->type_name("FOLDER")
      ->envname("TESSERA_SCRATCH");
  app.add_flag("--explain", o.explain, "Print the plan, then run");
  app.add_flag("--dry-run", o.dry_run, "Print the plan and stop");
  app.add_option("--ranks", o.ranks, "With --explain or --dry-run: plan for so many ranks")
      ->type_name("N")
      ->check(between(1, 1 << 24));
  static const std::map<std::string, ProgressMode> modes = {
      {"auto", ProgressMode::automatic}, {"on", ProgressMode::on}, {"off", ProgressMode::off}};
  app.add_option("--progress", o.progress, "A bar on a terminal, otherwise a line every few seconds")
      ->type_name("auto|on|off")
      ->envname("TESSERA_PROGRESS")
      ->transform(CLI::CheckedTransformer(modes).description(""));
  app.add_option("--watchdog", o.watchdog_seconds, "Give up when no rank gets on for so long; 0: never")
      ->type_name("SECONDS")
      ->envname("TESSERA_WATCHDOG")
      ->check(not_negative());
  app.add_option("--trace", o.trace, "Write a timeline of every rank and thread, for https://ui.perfetto.dev")
      ->type_name("FILE.json");
  app.add_flag("--json", o.json, "Print results and figures as JSON");
  app.add_flag("-q,--quiet", o.quiet, "No progress, no figures");
}

void OptionTables::add_target_options(CLI::App& app, TargetOptions& o) {
  app.add_option("--chunks", chunks_, "Chunks of a result on disk: [NAME=]A,B,... (-1: a whole axis) or auto")
      ->type_name("CHUNKS")
      ->allow_extra_args(false);
  app.add_option("--compress", filters_, "Filters of a result: [NAME=]gzip:4, noshuffle,gzip:9, ...")
      ->type_name("FILTERS")
      ->allow_extra_args(false);
  app.add_option("--units", units_, "Units of a result: [NAME=]U; none when U is empty")
      ->type_name("UNITS")
      ->allow_extra_args(false);
  app.add_option("--attribute", attributes_, "An attribute of a result: [NAME:]KEY=VALUE, a number, 1,2,3 or a text")
      ->type_name("ATTRIBUTE")
      ->allow_extra_args(false);
  app.add_flag("--append", o.append, "Add to existing HDF5 files");
  app.add_option("--append-along", o.append_along,
                 "Write behind what targets have along this axis, in place: a number or the name of a dimension")
      ->type_name("AXIS")
      ->allow_extra_args(false);
  app.add_flag("--no-history", o.no_history,
               "Leave the attribute `history` as it is: the same work gives the same bytes");
  app.add_flag("--force", o.force, "Replace existing target files");
}

void OptionTables::add_eval() {
  eval_ = program_->add_subcommand("eval", "Compute expressions over arrays");
  EvalOptions& o = line_.eval;
  eval_->add_option("STATEMENTS", o.statements, "What to compute, e.g. 'y = mean(sqrt(x) + x**2, axis=0)'")
      ->type_name("");
  eval_->add_option("-f,--file", o.statements_file, "Read the statements from this file")->type_name("FILE");
  eval_->add_option("-i,--input", inputs_, "Bind a name to a source; once for each")
      ->type_name("NAME=SOURCE")
      ->allow_extra_args(false);
  eval_->add_option("-o,--output", outputs_, "Write a name to a target; once for each")
      ->type_name("NAME=TARGET")
      ->allow_extra_args(false);
  eval_->footer(
      "mpirun -n 4 tessera eval 'y = mean(sqrt(x) + x**2, axis=0)' -i x=data.h5:/x -o y=out.h5:/y --memory 512M");
  add_target_options(*eval_, o.target);
  add_run_options(*eval_, o.run);
}

void OptionTables::add_info() {
  info_ = program_->add_subcommand(
      "info", "Show shape, dtype, dimensions, chunks, filters and attributes; of a file: its datasets");
  info_->add_option("SOURCE", line_.info.sources, "file.h5:/name, file.npy, or a file")->type_name("")->required();
  info_->footer("tessera info data.h5");
  add_source_options(*info_, line_.info.wishes);
  info_->add_flag("--json", line_.info.json, "Print JSON");
}

void OptionTables::add_histogram() {
  histogram_ = program_->add_subcommand("histogram", "How many elements of an array lie in each bin, as a table");
  HistogramOptions& o = line_.histogram;
  histogram_->add_option("SOURCE", o.source, "file.h5:/name or file.npy")->type_name("")->required();
  histogram_->add_option("--slice", o.slice, "Of this part alone, e.g. '10:20, ::2'")->type_name("INDEX");
  histogram_
      ->add_option("--bins", bins_,
                   "Bins of equal width (10), or how their number is estimated: auto, fd, doane, scott, stone, "
                   "rice, sturges or sqrt")
      ->type_name("N|NAME");
  histogram_->add_option("--range", range_, "Where these begin and end; else at the smallest and the largest number")
      ->type_name("LOW,HIGH");
  histogram_->add_option("--edges", edges_, "The edges of all bins, e.g. 0,1,10,100")->type_name("E,...");
  histogram_->add_flag("--density", o.density, "Counts divided by their sum and the widths of the bins");
  histogram_->footer("tessera histogram data.h5:/x --bins 20 --range 0,1");
  add_run_options(*histogram_, o.run);
}

void OptionTables::add_stats() {
  stats_ = program_->add_subcommand(
      "stats", "Count, nan, min, max, mean, std and sum of an array, in one pass; quantiles in some more");
  StatsOptions& o = line_.stats;
  stats_->add_option("SOURCE", o.source, "file.h5:/name or file.npy")->type_name("")->required();
  stats_->add_option("--slice", o.slice, "Of this part alone, e.g. '10:20, ::2'")->type_name("INDEX");
  stats_->add_option("--quantiles", quantiles_, "These quantiles, too, of what is not NaN, e.g. 0.05,0.5,0.95")
      ->type_name("Q,...");
  stats_->footer("tessera stats data.h5:/x --slice '10:20, ::2' --quantiles 0.05,0.5,0.95");
  add_run_options(*stats_, o.run);
}

void OptionTables::add_copy() {
  copy_ = program_->add_subcommand("copy", "Convert, rechunk, cast, subset or transpose an array into a new file");
  CopyOptions& o = line_.copy;
  copy_->add_option("SOURCE", o.source, "file.h5:/name or file.npy")->type_name("")->required();
  copy_->add_option("TARGET", o.where, "file.h5:/name or file.npy")->type_name("")->required();
  copy_->add_option("--dtype", dtype_, "Cast the elements")->type_name("DTYPE");
  copy_->add_option("--slice", o.slice, "Copy this part alone, e.g. '10:20, ::2'")->type_name("INDEX");
  copy_->add_option("--axes", axes_, "The axes in a new order, e.g. 2,0,1 (after --slice)")->type_name("AXES");
  copy_->footer("tessera copy data.h5:/x part.h5 --slice '10:20, ::2' --dtype float32 --chunks 10,64");
  add_target_options(*copy_, o.target);
  add_run_options(*copy_, o.run);
}

void OptionTables::add_diff() {
  diff_ = program_->add_subcommand("diff", "Compare two arrays; ends with 10 when elements differ");
  DiffOptions& o = line_.diff;
  diff_->add_option("FIRST", o.first, "file.h5:/name or file.npy")->type_name("SOURCE")->required();
  diff_->add_option("SECOND", o.second, "The reference, of the same shape")->type_name("SOURCE")->required();
  diff_->add_option("--rtol", o.rtol, "Allowed difference, relative to the second's element")
      ->type_name("R")
      ->check(not_negative());
  diff_->add_option("--atol", o.atol, "Allowed absolute difference")->type_name("A")->check(not_negative());
  diff_->footer("tessera diff out.h5:/y other.h5:/y --rtol 1e-6");
  add_run_options(*diff_, o.run);
}

void OptionTables::add_doctor() {
  doctor_ = program_->add_subcommand("doctor", "Show what was found on this machine, and what looks wrong");
  doctor_->footer("mpirun -n 2 tessera doctor");
  auto* json = doctor_->add_flag("--json", line_.doctor.json, "Print JSON");
  doctor_->add_flag("--sbatch", line_.doctor.sbatch, "Print a batch script for SLURM with the numbers of this machine")
      ->excludes(json);
}

}  // namespace tessera::command
