// posix_spawn, not fork: a process with MPI and threads in it must not run a copy of itself, however briefly.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <tessera/distributed/bounded_command.hpp>

extern char** environ;  // NOLINT: POSIX's own name

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

/// A pipe, of which a child gets the writing end alone.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writing() {
    close(ends[1]);
    ends[1] = -1;
  }
};

/// 0 when it could not be started.
pid_t start(const std::vector<std::string>& words, int output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return 0;
  pid_t child = 0;
  if (posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
      posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) != 0 ||
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0)
    child = 0;
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

/// Until the other end is closed. returns: whether that was before `end`.
bool read_all(int from, Clock::time_point end, std::string& text) {
  std::array<char, 4096> part{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wait{from, POLLIN, 0};
    if (left <= 0 || (poll(&wait, 1, static_cast<int>(left)) == 0)) return false;
    const ssize_t n = read(from, part.data(), part.size());
    if (n == 0) return true;
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.append(part.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

std::optional<std::string> output_of(const std::vector<std::string>& words, double seconds) noexcept {
  try {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    Pipe pipe;
    if (pipe.ends[0] < 0) return {};
    const pid_t child = start(words, pipe.ends[1]);
    if (child == 0) return {};
    pipe.close_writing();
    std::string text;
    const bool complete = read_all(pipe.ends[0], end, text);
    if (!complete) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!complete || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return {};
    return text;
  } catch (...) {
    return {};
  }
}

}  // namespace tessera
