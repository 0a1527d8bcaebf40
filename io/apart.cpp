#include <tessera/io/apart.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>

#include <tessera/core/errors.hpp>
#include <tessera/core/serialize.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {
std::atomic<bool> trusted = true;
}  // namespace

void distrust_files() { trusted = false; }

namespace io {
namespace {

using Clock = std::chrono::steady_clock;
constexpr rlim_t most_memory = rlim_t{2} << 30;  // beyond what the process has already
enum class Outcome : char { result = 'R', error = 'E' };

void limit_memory() {
  std::ifstream sizes("/proc/self/statm");
  rlim_t pages = 0;
  if (!(sizes >> pages)) return;
  const rlim_t most = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + most_memory;
  const rlimit limit{most, most}, no_core{0, 0};
  setrlimit(RLIMIT_AS, &limit);
  setrlimit(RLIMIT_CORE, &no_core);
}

void write_all(int to, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::write(to, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    at += static_cast<std::size_t>(n);
  }
}

// In the child. Ends without exit handlers: what the library holds may be broken.
[[noreturn]] void work_and_tell(int to, const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) std::signal(s, SIG_DFL);
  limit_memory();
  Writer w;
  try {
    const std::string result = work();
    w.put(Outcome::result).put(result);
  } catch (const Error& error) {
    w.put(Outcome::error).put(error.kind()).put(std::string(error.what()));
  } catch (const std::bad_alloc&) {
    w.put(Outcome::error).put(ErrorKind::io).put(std::string("it wants more than 2 GiB of memory to be looked into"));
  } catch (...) {
    _exit(1);
  }
  write_all(to, w.bytes());
  _exit(0);
}

// All that comes until the other end closes; nothing when that takes too long.
std::optional<std::string> read_all(int from, std::chrono::seconds most_time) {
  const auto end = Clock::now() + most_time;
  std::string all;
  char piece[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd wait{from, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return std::nullopt;
    if (ready <= 0) continue;
    const ssize_t n = ::read(from, piece, sizeof piece);
    if (n == 0) return all;
    if (n < 0 && errno != EINTR) return std::nullopt;
    if (n > 0) all.append(piece, static_cast<std::size_t>(n));
  }
}

}  // namespace

bool files_are_trusted() { return trusted; }

std::string apart(const std::string& file, const std::function<std::string()>& work, std::chrono::seconds most_time) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw IoError(fmt::format("{}: making a pipe: {}", file, std::strerror(errno)));
  const pid_t child = fork();
  if (child == 0) work_and_tell(ends[1], work);
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    throw IoError(fmt::format("{}: starting a process to look into it: {}", file, std::strerror(errno)));
  }
  const auto told = read_all(ends[0], most_time);
  ::close(ends[0]);
  if (!told) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!told)
    throw IoError(
        fmt::format("{}: damaged or made to do harm: looking into it takes more than {} s", file, most_time.count()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw IoError(fmt::format("{}: damaged or made to do harm: it ended the process that looked into it ({})", file,
                              WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no reason given"));
  Reader r(*told);
  if (r.get<Outcome>() == Outcome::result) return r.get_string();
  const auto kind = r.get<ErrorKind>();
  const std::string what = r.get_string();
  throw_error(kind, what.find(file) == std::string::npos ? file + ": " + what : what);
}

}  // namespace io
}  // namespace tessera
