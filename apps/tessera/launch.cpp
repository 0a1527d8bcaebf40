#include "launch.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "interrupt.hpp"
#include "output.hpp"

namespace tessera::command {
namespace {

/// Between arguments in one string: can't be part of one.
constexpr char separator = '\0';
constexpr double slowest_start = 10;

/// Of the command itself, where no session watches. Never destroyed: it watches the end. Null: --watchdog 0.
Watchdog* watchdog = nullptr;

/// This rank waits for others until the end of the block.
class Waiting {
 public:
  explicit Waiting(const char* stage) {
    if (watchdog == nullptr) return;
    if (depth_++ == 0) watchdog->stage(stage);
    watch_.emplace(*watchdog);
  }
  ~Waiting() { depth_ -= watchdog != nullptr; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  static inline int depth_ = 0;  // the outermost block says what it is for
  std::optional<Watchdog::Watch> watch_;
};

void make_watchdog(double seconds) {
  if (seconds <= 0) return;
  const auto give_up = [](const Stall& stall) {
    note("tessera: error: {}; --watchdog SECONDS waits longer\n", to_string(stall));
    remove_unfinished_files();
    abort_program(exit_code(ErrorKind::comm));
  };
  watchdog = new Watchdog(std::max(seconds, slowest_start), give_up, launched_rank());
}

[[noreturn]] void refuse_arguments(const std::string& own, const std::string& first) {
  std::istringstream a(first), b(own);
  std::string x, y;
  do {
    x.clear(), y.clear();
    std::getline(a, x, separator);
    std::getline(b, y, separator);
  } while (x == y && (a || b));
  throw MismatchError("was started with '" + y + "' where rank 0 has '" + x +
                      "': all ranks of one job run the same command");
}

}  // namespace

std::unique_ptr<Communicator> meet(double seconds) {
  make_watchdog(seconds);
  const Waiting waiting("the start of all ranks (MPI_Init; each process must be a tessera)");
  return world_communicator();
}

void agree_on_order(Communicator& ranks, const std::vector<std::string>& arguments,
                    const std::optional<UsageError>& wrong) {
  const Waiting waiting("the start of all ranks");
  std::string own;
  for (const auto& a : arguments) own += a + separator;
  std::string first = own;
  ranks.broadcast(first, 0);
  together(ranks, [&] {
    if (own != first) refuse_arguments(own, first);
  });
  together(ranks, [&] {
    if (wrong) throw UsageError(*wrong);
  });
}

void leave_watched() noexcept {
  if (watchdog == nullptr) return;
  try {
    static Waiting* const until_the_end = new Waiting("the end, waiting for other ranks to leave");
    static_cast<void>(until_the_end);
  } catch (...) {  // no memory: unwatched
  }
}

std::string this_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string unstarted_tasks() {
  const int tasks = slurm_tasks_not_started();
  return tasks == 0 ? ""
                    : "this SLURM job is for " + std::to_string(tasks) +
                          " tasks, of which this is one and alone; srun --mpi=pmix tessera ... starts them all";
}

void together(Communicator& ranks, const std::function<void()>& work) {
  std::optional<Error> failure;
  try {
    work();
  } catch (const Error& error) {
    failure = error;
  }
  const Waiting waiting("what the ranks do between evaluations");
  try {
    ranks.agree(failure ? &*failure : nullptr);
  } catch (const Error&) {
    // What a file system did, it did to this rank: that is said with its name.
    if (!failure || failure->kind() == ErrorKind::io) throw;
  }
  if (failure) throw_error(failure->kind(), failure->what());
}

std::string read_text(Communicator& ranks, const std::string& file) {
  std::string text;
  together(ranks, [&] {
    if (ranks.rank() != 0) return;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    errno = 0;
    if (in) all << in.rdbuf();
    if (!in) throw IoError(file + ": can't be read: " + (errno ? std::strerror(errno) : "read error"));
    text = all.str();
  });
  ranks.broadcast(text, 0);
  return text;
}

}  // namespace tessera::command
