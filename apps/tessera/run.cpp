#include "run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <set>

#include "carried.hpp"
#include "figures.hpp"
#include "interrupt.hpp"
#include "json_text.hpp"
#include "launch.hpp"
#include "lost_host.hpp"
#include "output.hpp"

namespace tessera::command {
namespace {

/// As text: of what one rank may have here.
bool is_share(const std::string& memory) { return memory.find('%') != std::string::npos; }

/// rank_memory: what this rank may have, in bytes.
SessionOptions session_options(const RunOptions& options, std::int64_t rank_memory, Progress& progress) {
  SessionOptions s;
  s.whole_process = true;
  s.device = options.device;
  s.scratch = options.scratch;
  s.trace = !options.trace.empty();
  s.threads = options.threads;
  if (!options.memory.empty())
    s.memory = parse_size(options.memory, "--memory", is_share(options.memory) ? rank_memory : 0);
  s.progress = [&progress](const SessionOptions::Progress& p) {
    if (interrupted_by() != 0) throw InterruptedError("interrupted; no target was changed");
    progress.update(p);
  };
  s.watchdog_seconds = options.watchdog_seconds;
  s.watchdog = [](const std::string& message) {
    note("tessera: error: {} (--watchdog SECONDS waits longer, 0 for ever)\n", printable_message(message));
    remove_unfinished_files();
    abort_program(exit_code(ErrorKind::comm));
  };
  s.silent_host = [](const std::string& message) {
    const double more = patience_with_lost_host();
    if (more > 0)
      note("tessera: warning: {}; waiting {:.0f} s for SLURM to end this job\n", printable_message(message), more);
    return more;
  };
  return s;
}

/// "Fri Nov 20 13:40:00 2026: tessera copy a.nc b.nc", as NCO and CDO write it.
std::string history_line(const std::string& command_line) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char date[64] = {};
  std::strftime(date, sizeof date, "%a %b %d %H:%M:%S %Y", &local);
  return std::string(date) + ": " + command_line;
}

/// Before hours of work, not after.
void check_trace_folder(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    throw IoError("--trace " + file + ": there is no folder " + folder.string());
}

/// The timeline replaces what has its name: never an input or a target of the run.
void check_trace_name(const std::string& trace, const std::vector<std::string>& inputs,
                      const std::vector<Sink>& sinks) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const auto& input : inputs)
    if (fs::equivalent(parse_source(input).file, trace, ignored))
      throw UsageError("--trace " + trace + ": is an input");
  const auto place = [&](const std::string& name) { return fs::weakly_canonical(temporary_file(name), ignored); };
  for (const auto& sink : sinks)
    if (sink.kind == Sink::Kind::write && place(sink.target) == place(trace))
      throw UsageError("--trace " + trace + ": is a target, too; choose another name");
}

std::string count(int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

void warn(const std::string& text) { note("tessera: warning: {}\n", text); }

void warn_about_idle_cores(Session& session) {
  const AllowedCpus cpus = allowed_cpus();
  const int node_ranks = session.communicator().node_size(), busy = session.threads() * node_ranks;
  if (busy * 2 > cpus.job) return;
  const char* hint = cpus.affinity < cpus.job ? "mpirun --bind-to none, or --cpus-per-task in SLURM, gives a rank more"
                                              : "--threads N takes more";
  warn(fmt::format("{} of {} {} cores are used: {} with {} each; {}", busy,
                   cpus.job < cpus.machine ? "this job's" : "this machine's", cpus.job, count(node_ranks, "rank"),
                   count(session.threads(), "thread"), hint));
}

/// What the job was given and this run does not use, and what can't be known: figures, as it were.
void warn_about_resources(const RunOptions& options, const MemoryLimit& limit, Session& session) {
  if (options.quiet || session.rank() != 0) return;
  if (const std::string text = unstarted_tasks(); !text.empty())
    warn(text);
  else if (options.threads == 0)
    warn_about_idle_cores(session);
  if (limit.silent && (options.memory.empty() || is_share(options.memory)))
    warn(
        fmt::format("SLURM does not say what memory this step may take; the budget of {} per rank is a share of {}; "
                    "--memory SIZE sets another",
                    format_size(session.memory()), limit.source));
}

/// Some rank may have met them. Collective.
void warn_about_default_fills(Session& session, const std::vector<Sink>& sinks) {
  std::vector<DefaultFill> fills;
  std::vector<std::int64_t> met;
  together(session.communicator(), [&] {
    std::vector<Array> arrays;
    for (const auto& sink : sinks) arrays.push_back(sink.array);
    fills = default_fills(arrays);
    for (const auto& f : fills) met.push_back(f.met);
  });
  session.communicator().allreduce_max(met);
  if (session.rank() != 0) return;
  for (std::size_t i = 0; i < fills.size(); i++)
    if (met[i])
      note(
          "tessera: warning: {} has elements that are NetCDF's default fill value, and no _FillValue: most "
          "likely they are missing; --default-fill makes NaN of them\n",
          printable(fills[i].dataset));
}

/// The time of a run that decodes again and again is not what the size of its files suggests. A second or less of it is
/// not worth a word.
void warn_about_decoding(const Session& session) {
  constexpr double few_times = 1.2, few_bytes = 16 << 20;
  const Statistics& s = session.statistics();
  if (s.decodings < few_times || static_cast<double>(s.bytes_read) * (1 - 1 / s.decodings) < few_bytes) return;
  warn(
      fmt::format("compressed chunks were decoded {:.1f} times each, by every tile, block or rank that has a part of "
                  "one: a larger --memory or fewer ranks decode less (--explain says where)",
                  s.decodings));
}

}  // namespace

Run::Run(const RunOptions& options, std::unique_ptr<Communicator> ranks)
    : options_(options), progress_(options.progress, options.quiet, isatty(STDERR_FILENO) != 0) {
  if (options.sources.untrusted) distrust_files();
  SessionOptions wishes;
  const bool by_share = options.memory.empty() || is_share(options.memory);
  const MemoryLimit limit = available_memory(*ranks, by_share);
  together(*ranks, [&] {
    wishes = session_options(options, limit.bytes / ranks->node_size(), progress_);
    if (ranks->rank() == 0) check_trace_folder(options.trace);
  });
  session_.emplace(std::move(ranks), wishes);
  sources_.emplace(options_.sources, *session_);
  warn_about_resources(options, limit, *session_);
}

Array Run::open(const std::string& source, const std::string& name) { return sources_->open(source, name); }

std::optional<std::vector<Result>> Run::compute(std::vector<Sink> sinks, const TargetOptions& target) {
  together(communicator(), [&] {
    if (!speaks()) return;
    sources_->used().require_all();
    if (!options_.trace.empty()) check_trace_name(options_.trace, sources_->names(), sinks);
  });
  WriteOptions writing{.force = target.force, .inputs = sources_->names(), .append = target.append};
  if (!target.no_history) writing.history = history_line(options_.command_line);
  std::set<std::string> said;
  const auto warn = [&](const std::string& message) {
    if (speaks() && said.insert(message).second) note("tessera: warning: {}\n", printable_message(message));
  };
  std::vector<Sink> coordinates =
      carry_labels(*session_, sinks, {options_.sources.raw, target.append, warn}, writing.file_attributes);
  std::move(coordinates.begin(), coordinates.end(), std::back_inserter(sinks));
  if (options_.explain || options_.dry_run) {
    const std::string plan = plan_of(sinks);
    if (speaks() && options_.dry_run && options_.json)
      write_text(stdout, json_text(nlohmann::ordered_json{{"plan", plan}}) + "\n");
    else if (speaks())
      write_text(options_.dry_run ? stdout : stderr, printable_lines(plan) + (plan.ends_with('\n') ? "" : "\n"));
    if (options_.dry_run) return std::nullopt;
  }
  handle_interrupts();
  std::vector<Result> results;
  if (!sinks.empty()) results = session_->compute(sinks, writing);
  computed_ = !sinks.empty();
  progress_.finish();
  if (speaks() && computed_) warn_about_decoding(*session_);
  warn_about_default_fills(*session_, sinks);
  if (!options_.trace.empty()) session_->write_trace(options_.trace);
  return results;
}

std::string Run::plan_of(const std::vector<Sink>& sinks) {
  if (sinks.empty()) return "nothing to compute\n";
  if (options_.ranks == 0) return session_->explain_together(sinks);
  std::string plan;
  together(communicator(), [&] { plan = session_->explain(sinks, options_.ranks); });
  return plan;
}

void Run::print(const std::string& text, nlohmann::ordered_json json) const {
  if (options_.json) {
    if (computed_) json["figures"] = figures_json(*session_);
    write_text(stdout, json_text(json) + "\n");
    return;
  }
  write_text(stdout, printable_lines(text));
  flush_results();
  if (!options_.quiet && computed_) note("tessera: {}\n", figures_line(*session_));
}

}  // namespace tessera::command
