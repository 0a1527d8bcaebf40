#include "eval.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "../language/evaluator.hpp"
#include "figures.hpp"
#include "interrupt.hpp"
#include "json_text.hpp"
#include "launch.hpp"
#include "progress.hpp"
#include "shown.hpp"

namespace tessera::command {
namespace {

using language::Value;

SessionOptions session_options(const EvalOptions& options, const Communicator& ranks, Progress& progress) {
  SessionOptions s;
  s.whole_process = true;
  s.threads = options.threads;
  if (!options.memory.empty()) {
    // A share is of what one rank may have.
    const bool share = options.memory.find('%') != std::string::npos;
    s.memory = parse_size(options.memory, "--memory", share ? available_memory().bytes / ranks.node_size() : 0);
  }
  s.progress = [&progress](const SessionOptions::Progress& p) {
    if (interrupted_by() != 0) throw InterruptedError("interrupted; no target was changed");
    progress.update(p);
  };
  s.watchdog_seconds = options.watchdog_seconds;
  s.watchdog = [](const std::string& message) {
    fmt::print(stderr, "tessera: error: {}; --watchdog SECONDS waits longer\n", message);
    remove_temporary_files();
    abort_program(exit_code(ErrorKind::comm));
  };
  return s;
}

std::string count(int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

void warn_about_idle_cores(const EvalOptions& options, Session& session) {
  if (options.threads != 0 || options.quiet || session.rank() != 0) return;
  const AllowedCpus cpus = allowed_cpus();
  const int node_ranks = session.communicator().node_size(), busy = session.threads() * node_ranks;
  if (busy * 2 > cpus.machine) return;
  const char* hint = cpus.affinity < cpus.machine
                         ? "mpirun --bind-to none, or --cpus-per-task in SLURM, gives a rank more"
                         : "--threads N takes more";
  fmt::print(stderr, "tessera: warning: {} of this machine's {} cores are used: {} with {} each; {}\n", busy,
             cpus.machine, count(node_ranks, "rank"), count(session.threads(), "thread"), hint);
}

Array output_array(const std::string& name, const language::Names& assigned, const language::Names& inputs) {
  const auto find = [&](const language::Names& names) { return names.contains(name) ? &names.at(name) : nullptr; };
  const Value* value = find(assigned);
  if (value == nullptr) value = find(inputs);
  if (value == nullptr) {
    std::string known;
    for (const auto& [n, v] : assigned) known += (known.empty() ? "" : ", ") + n;
    throw UsageError("-o " + name + "=...: no statement assigns '" + name + "'; " +
                     (known.empty() ? "write " + name + " = EXPRESSION" : "the names are " + known));
  }
  if (const auto* x = value->get<Array>()) return *x;
  if (const auto* s = value->get<Scalar>()) return full({}, *s);
  throw UsageError("-o " + name + "=...: " + name + " is " + kind_name(*value) + "; arrays and numbers can be written");
}

Sink output_sink(const EvalOptions& options, const Binding& output, const Array& x) {
  const bool is_npy = output.where.ends_with(".npy");
  // A file that can hold many datasets gets one under the result's name.
  Sink sink = write(
      x, is_npy || !parse_source(output.where).dataset.empty() ? output.where : output.where + ":/" + output.name);
  for (const auto& wish : options.chunks) {
    const bool named = wish.name == output.name;
    if (!named && !(wish.name.empty() && sink.chunks.empty())) continue;
    if (is_npy) {
      if (named) throw UsageError("--chunks " + wish.name + "=...: an npy file has no chunks");
      continue;
    }
    if (!wish.lengths.empty() && wish.lengths.size() != x.rank())
      throw UsageError(fmt::format("--chunks has {} lengths, {} has {} dimensions {}", wish.lengths.size(), output.name,
                                   x.rank(), to_string(x.shape())));
    sink.chunks = wish.lengths.empty() ? auto_chunks(x.shape(), item_size(x.dtype())).largest() : wish.lengths;
    for (std::int64_t& n : sink.chunks) n = std::max<std::int64_t>(n, 1);
  }
  return sink;
}

/// Where io writes before a file is complete.
std::vector<std::string> temporary_files(const std::vector<Binding>& outputs) {
  std::vector<std::string> files;
  for (const auto& output : outputs) {
    const std::filesystem::path file = parse_source(output.where).file;
    files.push_back((file.parent_path() / ("." + file.filename().string() + ".tessera-part")).string());
  }
  return files;
}

/// Everything of one call: what is shown and what is written.
struct Work {
  std::vector<Shown> shown;
  std::vector<Sink> sinks;  // of the outputs, then of what is shown
};

Work make_work(const EvalOptions& options, const language::SourceText& source, const language::Names& inputs) {
  const language::Evaluation evaluation = language::evaluate(source, inputs);
  Work work;
  for (const auto& output : options.outputs)
    work.sinks.push_back(output_sink(options, output, output_array(output.name, evaluation.names, inputs)));
  if (evaluation.printed) work.shown = shown_values(evaluation.printed_text, *evaluation.printed);
  if (work.shown.empty() && work.sinks.empty())
    throw UsageError("nothing to print or write: end with an expression, or name a target by -o NAME=TARGET");
  for (const auto& shown : work.shown) work.sinks.insert(work.sinks.end(), shown.sinks().begin(), shown.sinks().end());
  return work;
}

void print_json(const EvalOptions& options, const Work& work, const Session& session, bool computed) {
  nlohmann::ordered_json j;
  j["results"] = nlohmann::ordered_json::array();
  for (const auto& shown : work.shown) j["results"].push_back(shown.json());
  j["outputs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < options.outputs.size(); i++) {
    const Array& x = work.sinks[i].array;
    j["outputs"].push_back({{"name", options.outputs[i].name},
                            {"target", options.outputs[i].where},
                            {"shape", std::vector<std::int64_t>(x.shape().begin(), x.shape().end())},
                            {"dtype", to_string(x.dtype())}});
  }
  if (computed) j["figures"] = figures_json(session);
  fmt::print("{}\n", json_text(j));
}

}  // namespace

void run_eval(const EvalOptions& options, std::unique_ptr<Communicator> ranks) {
  Progress progress(options.progress, options.quiet, isatty(STDERR_FILENO) != 0);
  std::string text = options.statements;
  if (!options.statements_file.empty()) text = read_text(*ranks, options.statements_file);
  SessionOptions wishes;
  together(*ranks, [&] { wishes = session_options(options, *ranks, progress); });
  Session session(std::move(ranks), wishes);
  const bool speaks = session.rank() == 0;
  warn_about_idle_cores(options, session);

  language::Names inputs;
  WriteOptions writing{.force = options.force, .inputs = {}};
  for (const auto& input : options.inputs) {
    inputs.emplace(input.name, Value{session.open(input.where)});
    writing.inputs.push_back(input.where);
  }
  const language::SourceText source(std::move(text));
  Work work;
  together(session.communicator(), [&] { work = make_work(options, source, inputs); });

  if (options.explain || options.dry_run) {
    const std::string plan = work.sinks.empty() ? "nothing to compute\n" : session.explain(work.sinks, options.ranks);
    if (speaks && options.dry_run && options.json)
      fmt::print("{}\n", json_text(nlohmann::ordered_json{{"plan", plan}}));
    else if (speaks)
      fmt::print(options.dry_run ? stdout : stderr, "{}{}", plan, plan.ends_with('\n') ? "" : "\n");
    if (options.dry_run) return;
  }

  handle_interrupts(speaks ? temporary_files(options.outputs) : std::vector<std::string>{});
  std::vector<Result> results;
  if (!work.sinks.empty()) results = session.compute(work.sinks, writing);
  progress.finish();
  if (!speaks) return;
  std::span<const Result> rest(results);
  rest = rest.subspan(options.outputs.size());
  for (auto& shown : work.shown) {
    shown.take(rest.first(shown.sinks().size()));
    rest = rest.subspan(shown.sinks().size());
  }
  if (options.json) {
    print_json(options, work, session, !work.sinks.empty());
  } else {
    for (const auto& shown : work.shown) fmt::print("{}\n", shown.text());
    std::fflush(stdout);
    if (!options.quiet && !work.sinks.empty()) fmt::print(stderr, "tessera: {}\n", figures_line(session));
  }
}

}  // namespace tessera::command
