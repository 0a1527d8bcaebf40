#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "../language/evaluator.hpp"
#include "../language/suggest.hpp"

namespace tessera::command {
namespace {

Binding parse_binding(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string wanted = option + " wants NAME=" + (option == "-i" ? "SOURCE" : "TARGET");
  if (equals == std::string::npos) throw UsageError(wanted + ", not '" + text + "'");
  Binding b{text.substr(0, equals), text.substr(equals + 1)};
  if (!language::is_name(b.name)) throw UsageError(wanted + "; '" + b.name + "' is not a name (letters, digits and _)");
  if (b.where.empty()) throw UsageError(wanted + "; nothing stands after '" + b.name + "='");
  return b;
}

ChunkWish parse_chunks(const std::string& text) {
  ChunkWish wish;
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) wish.name = text.substr(0, equals);
  std::string_view lengths = std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1);
  if (lengths == "auto") return wish;
  while (!lengths.empty()) {
    const std::size_t comma = std::min(lengths.find(','), lengths.size());
    std::int64_t length = 0;
    const auto [end, error] = std::from_chars(lengths.data(), lengths.data() + comma, length);
    if (error != std::errc{} || end != lengths.data() + comma || length < 1) break;
    wish.lengths.push_back(length);
    if (comma == lengths.size()) return wish;
    lengths.remove_prefix(comma + 1);
  }
  throw UsageError("--chunks wants [NAME=]LENGTH,LENGTH,... or auto, not '" + text + "'");
}

void check_bindings(const std::vector<Binding>& inputs, const std::vector<Binding>& outputs) {
  for (std::size_t i = 0; i < inputs.size(); i++)
    for (std::size_t j = 0; j < i; j++)
      if (inputs[i].name == inputs[j].name) throw UsageError("-i binds the name '" + inputs[i].name + "' twice");
  for (std::size_t i = 0; i < outputs.size(); i++)
    for (std::size_t j = 0; j < i; j++)
      if (outputs[i].where == outputs[j].where) throw UsageError("-o has the target " + outputs[i].where + " twice");
}

struct RawEval {
  std::vector<std::string> inputs, outputs, chunks;
  CLI::Option* ranks = nullptr;
};

void add_eval(CLI::App& app, EvalOptions& o, RawEval& raw) {
  app.add_option("STATEMENTS", o.statements, "What to compute, e.g. 'y = mean(sqrt(x) + x**2, axis=0)'");
  app.add_option("-f,--file", o.statements_file, "Read the statements from this file")->type_name("FILE");
  app.add_option("-i,--input", raw.inputs, "Bind a name to a source; once for each")
      ->type_name("NAME=SOURCE")
      ->allow_extra_args(false);
  app.add_option("-o,--output", raw.outputs, "Write a name to a target; once for each")
      ->type_name("NAME=TARGET")
      ->allow_extra_args(false);
  app.add_option("--memory", o.memory, "Budget per rank: 512M, 2G, 50%")->type_name("SIZE")->envname("TESSERA_MEMORY");
  app.add_option("--chunks", raw.chunks, "Chunks of a result on disk: [NAME=]A,B,... or auto")
      ->type_name("CHUNKS")
      ->allow_extra_args(false);
  app.add_option("--threads", o.threads, "Threads per rank")
      ->type_name("N")
      ->envname("TESSERA_THREADS")
      ->check(CLI::Range(1, 65536));
  app.add_option("--device", o.device, "auto or cpu")->type_name("NAME")->envname("TESSERA_DEVICE");
  app.add_flag("--explain", o.explain, "Print the plan, then run");
  app.add_flag("--dry-run", o.dry_run, "Print the plan and stop");
  raw.ranks = app.add_option("--ranks", o.ranks, "With --explain or --dry-run: plan for so many ranks")
                  ->type_name("N")
                  ->check(CLI::Range(1, 1 << 24));
  static const std::map<std::string, ProgressMode> modes = {
      {"auto", ProgressMode::automatic}, {"on", ProgressMode::on}, {"off", ProgressMode::off}};
  app.add_option("--progress", o.progress, "auto, on or off")
      ->type_name("WHEN")
      ->envname("TESSERA_PROGRESS")
      ->transform(CLI::CheckedTransformer(modes).description(""));
  app.add_option("--watchdog", o.watchdog_seconds, "Give up when nothing moves for so long; 0: never")
      ->type_name("SECONDS")
      ->envname("TESSERA_WATCHDOG")
      ->check(CLI::Range(0.0, 1e9));
  app.add_flag("--force", o.force, "Replace existing target files");
  app.add_flag("--json", o.json, "Print results and figures as JSON");
  app.add_flag("-q,--quiet", o.quiet, "No progress, no figures");
}

void finish_eval(EvalOptions& o, const RawEval& raw) {
  for (const auto& text : raw.inputs) o.inputs.push_back(parse_binding("-i", text));
  for (const auto& text : raw.outputs) o.outputs.push_back(parse_binding("-o", text));
  for (const auto& text : raw.chunks) o.chunks.push_back(parse_chunks(text));
  check_bindings(o.inputs, o.outputs);
  if (o.statements.empty() == o.statements_file.empty())
    throw UsageError(o.statements.empty() ? "eval wants STATEMENTS, e.g. tessera eval 'mean(x)' -i x=data.h5:/x"
                                          : "eval takes STATEMENTS or -f FILE, not both");
  if (o.device == "cuda") throw UsageError("--device cuda: this build has no CUDA; auto and cpu are there");
  if (o.device != "auto" && o.device != "cpu") throw UsageError("--device wants auto or cpu, not '" + o.device + "'");
  if (raw.ranks->count() > 0 && !o.explain && !o.dry_run) throw UsageError("--ranks goes with --explain or --dry-run");
  for (const auto& wish : o.chunks) {
    bool found = wish.name.empty() ? !o.outputs.empty() : false;
    for (const auto& output : o.outputs) found = found || output.name == wish.name;
    if (!found)
      throw UsageError(wish.name.empty() ? "--chunks is for results that are written: there is no -o"
                                         : "--chunks " + wish.name + "=...: there is no -o " + wish.name + "=TARGET");
  }
}

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
  if (hint.empty()) hint = "; see tessera " + app.get_name() + (app.get_name().empty() ? "" : " ") + "--help";
  throw UsageError("unknown option '" + name + "'" + hint);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  RawEval raw;
  CLI::App app("Arrays larger than memory, on one core or a thousand ranks", "tessera");
  app.get_formatter()->column_width(36);
  app.set_version_flag("--version", "tessera " TESSERA_VERSION);
  app.footer(
      "Runs alone or under mpirun and srun:\n"
      "  mpirun -n 4 tessera eval 'y = mean(sqrt(x) + x**2, axis=0)' -i x=data.h5:/x -o y=out.h5:/y --memory 512M");
  CLI::App* eval = app.add_subcommand("eval", "Compute expressions over arrays");
  CLI::App* info =
      app.add_subcommand("info", "Show shape, dtype, chunks, filters and attributes; of a file: its datasets");
  CLI::App* doctor = app.add_subcommand("doctor", "Show what was found on this machine, and what looks wrong");
  add_eval(*eval, line.eval, raw);
  info->add_option("SOURCE", line.info.sources, "file.h5:/name, file.npy, or a file")->required();
  info->add_flag("--json", line.info.json, "Print JSON");
  doctor->add_flag("--json", line.doctor.json, "Print JSON");
  for (CLI::App* a : {&app, eval, info, doctor}) a->allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream out, err;
    app.exit(success, out, err);
    line.text = out.str();
    return line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  for (CLI::App* a : {eval, info, doctor})
    if (a->parsed() && !a->remaining().empty()) refuse(*a, a->remaining().front());
  if (app.get_subcommands().empty()) {
    if (app.remaining().empty()) throw UsageError("a command is missing: eval, info or doctor; see tessera --help");
    const std::string word = app.remaining().front();
    if (word[0] == '-') refuse(app, word);
    throw UsageError("unknown command '" + word + "'" + language::did_you_mean(word, {"eval", "info", "doctor"}) +
                     "; there are eval, info and doctor");
  }
  if (!app.remaining().empty()) refuse(app, app.remaining().front());
  if (eval->parsed()) {
    finish_eval(line.eval, raw);
    line.command = CommandLine::Command::eval;
  } else {
    line.command = info->parsed() ? CommandLine::Command::info : CommandLine::Command::doctor;
  }
  return line;
}

}  // namespace tessera::command
