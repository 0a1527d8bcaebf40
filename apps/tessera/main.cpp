// tessera: the command. Results go to stdout, all else to stderr, from rank 0 alone; docs/cli.md has the exit codes.
#include <fmt/format.h>
#include <malloc.h>

#include <cstdio>
#include <exception>

#include "copy.hpp"
#include "diff.hpp"
#include "doctor.hpp"
#include "eval.hpp"
#include "info.hpp"
#include "interrupt.hpp"
#include "launch.hpp"
#include "output.hpp"
#include "stats.hpp"

namespace tessera::command {
namespace {

int fail(const Error& error, int rank) {
  if (rank == 0) note("tessera: error: {}\n", error.what());
  return error.kind() == ErrorKind::interrupted && interrupted_by() != 0 ? interrupt_exit_code()
                                                                         : exit_code(error.kind());
}

/// Also where ranks can't see each other: then the first of them reports it.
void doctor(const DoctorOptions& options) {
  std::unique_ptr<Communicator> ranks;
  std::string why;
  try {
    ranks = world_communicator();
  } catch (const Error& error) {
    if (launched_rank() != 0) return;
    why = error.what();
  }
  run_doctor(options, std::move(ranks), why);
}

/// returns: the exit code.
int compute(const CommandLine& line, std::unique_ptr<Communicator> ranks) {
  using Command = CommandLine::Command;
  switch (line.command) {
    case Command::stats:
      run_stats(line.stats, std::move(ranks));
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

int run(int argc, char** argv) {
  int rank = launched_rank();
  try {
    CommandLine line;
    std::optional<UsageError> wrong;
    try {
      line = parse_command_line(argc, argv);
    } catch (const UsageError& error) {
      wrong = error;
    }
    if (!wrong && (line.command == CommandLine::Command::text || line.command == CommandLine::Command::info)) {
      if (rank != 0) return 0;  // needs no other rank
      if (line.command == CommandLine::Command::info)
        run_info(line.info);
      else
        write_text(stdout, line.text);
      return finish_output();
    }
    if (!wrong && line.command == CommandLine::Command::doctor) {
      doctor(line.doctor);
      return rank == 0 ? finish_output() : 0;
    }
    auto ranks = world_communicator();
    rank = ranks->rank();
    agree_on_arguments(*ranks, std::vector<std::string>(argv + 1, argv + argc));
    if (wrong) throw UsageError(*wrong);
    const int code = compute(line, std::move(ranks));
    const int printed = rank == 0 ? finish_output() : 0;
    return code != 0 ? code : printed;  // that there is a difference is said all the same
  } catch (const Error& error) {
    return fail(error, rank);
  } catch (const std::exception& error) {
    // Not agreed with the other ranks: they can't be left waiting.
    note("tessera: error: rank {}: {}\n", rank, error.what());
    flush_results();
    remove_unfinished_files();
    abort_program(exit_code(ErrorKind::internal));
  }
}

}  // namespace
}  // namespace tessera::command

int main(int argc, char** argv) {
  tessera::command::prepare_streams();
  // What is freed goes back to the system: the memory budget is of resident pages. Left alone, malloc keeps ever larger
  // blocks in its heap after it has seen one of their size freed.
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  return tessera::command::run(argc, argv);
}
