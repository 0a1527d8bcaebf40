// tessera: the command. Results go to stdout, all else to stderr, from rank 0 alone; docs/cli.md has the exit codes.
#include <fmt/format.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "copy.hpp"
#include "diff.hpp"
#include "doctor.hpp"
#include "error_text.hpp"
#include "eval.hpp"
#include "histogram.hpp"
#include "info.hpp"
#include "interrupt.hpp"
#include "launch.hpp"
#include "output.hpp"
#include "stats.hpp"

namespace tessera::command {
namespace {

/// ranks: of this job, 0 when it is not known.
int fail(const Error& error, int rank, int ranks) {
  const bool interrupted = interrupted_by() != 0;
  if (rank == 0 && interrupted && error.kind() == ErrorKind::io)  // over the files that are gone
    note("tessera: error: interrupted; targets that were not complete are removed\n");
  else if (rank == 0)
    note("tessera: error: {}{}\n", place_of(error, ranks), error_text(error.what()));
  return interrupted ? interrupt_exit_code() : exit_code(error.kind());
}

/// returns: the exit code.
int compute(const CommandLine& line, std::unique_ptr<Communicator> ranks) {
  using Command = CommandLine::Command;
  switch (line.command) {
    case Command::stats:
      run_stats(line.stats, std::move(ranks));
      return 0;
    case Command::histogram:
      run_histogram(line.histogram, std::move(ranks));
      return 0;
    case Command::copy:
      run_copy(line.copy, std::move(ranks));
      return 0;
    case Command::diff:
      return run_diff(line.diff, std::move(ranks)) ? difference_exit_code : 0;
    default:
      run_eval(line.eval, std::move(ranks));
      return 0;
  }
}

/// What this rank has been told to do: by its words and its environment, which another rank may have otherwise.
struct Order {
  CommandLine line;
  std::optional<UsageError> wrong;

  Order(int argc, char** argv) {
    try {
      line = parse_command_line(argc, argv);
    } catch (const UsageError& error) {
      wrong = error;
    }
  }
  using Command = CommandLine::Command;
  /// One rank does it, and the others have nothing to do.
  bool needs_one_rank() const { return !wrong && (line.command == Command::text || line.command == Command::info); }
  bool is_doctor() const { return !wrong && line.command == Command::doctor; }
  double watchdog_seconds() const {
    constexpr double without_option = 60;  // for what is done at once
    if (needs_one_rank() || is_doctor()) return without_option;
    switch (line.command) {
      case Command::stats:
        return line.stats.run.watchdog_seconds;
      case Command::histogram:
        return line.histogram.run.watchdog_seconds;
      case Command::copy:
        return line.copy.run.watchdog_seconds;
      case Command::diff:
        return line.diff.run.watchdog_seconds;
      default:
        return line.eval.run.watchdog_seconds;
    }
  }
};

/// ranks: of this job.
int run_alone(const CommandLine& line, int ranks) {
  int code = 0;
  if (line.command == CommandLine::Command::info)
    code = run_info(line.info, ranks);
  else
    write_text(stdout, line.text);
  const int printed = finish_output();
  return code != 0 ? code : printed;
}

/// rank, size: become known.
int run_together(const Order& order, const std::vector<std::string>& arguments, int& rank, int& size) {
  std::unique_ptr<Communicator> ranks;
  std::string apart;  // why the ranks can't see each other
  try {
    ranks = meet(order.watchdog_seconds());
  } catch (const Error& error) {
    // Then the first of them does what one can do, and doctor reports it.
    if (!order.needs_one_rank() && !order.is_doctor()) throw;
    apart = error.what();
  }
  if (ranks) {
    rank = ranks->rank();
    size = ranks->size();
    agree_on_order(*ranks, arguments, order.wrong);
  }
  if (order.needs_one_rank()) return rank == 0 ? run_alone(order.line, size) : 0;
  if (order.is_doctor()) {
    if (ranks || rank == 0) run_doctor(order.line.doctor, std::move(ranks), apart);
    return rank == 0 ? finish_output() : 0;
  }
  const int code = compute(order.line, std::move(ranks));
  const int printed = rank == 0 ? finish_output() : 0;
  return code != 0 ? code : printed;  // that there is a difference is said all the same
}

/// Of what is not agreed with the other ranks: they can't be left waiting.
[[noreturn]] void end_job(int rank, const char* what) {
  note("tessera: error: rank {} on {}: {}\n", rank, this_host(), error_text(what));
  flush_results();
  remove_unfinished_files();
  abort_program(exit_code(ErrorKind::internal));
}

/// Where an exception can't get out: CLI11 copies texts in functions that promise to throw nothing.
[[noreturn]] void end_without_way_out() {
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::exception& error) {
    end_job(launched_rank(), error.what());
  } catch (...) {
  }
  end_job(launched_rank(), "an exception of no known type");
}

int run(int argc, char** argv) {
  int rank = launched_rank(), size = 0;
  try {
    const Order order(argc, argv);
    return run_together(order, std::vector<std::string>(argv + 1, argv + argc), rank, size);
  } catch (const Error& error) {
    return fail(error, rank, size);
  } catch (const std::exception& error) {
    end_job(rank, error.what());
  }
}

}  // namespace
}  // namespace tessera::command

int main(int argc, char** argv) {
  tessera::command::prepare_streams();
  std::set_terminate(tessera::command::end_without_way_out);
  // What is freed goes back to the system: the memory budget is of resident pages. Left alone, malloc keeps ever larger
  // blocks in its heap after it has seen one of their size freed.
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  const int code = tessera::command::run(argc, argv);
  tessera::command::leave_with(code);
  tessera::command::leave_watched();
  return code;
}
