#include "output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <tessera/tessera.hpp>

namespace tessera::command {
namespace {

int failure = 0;  // the first error number of stdout; 0: none

void check_output(bool good) noexcept {
  if (!good && failure == 0) failure = errno != 0 ? errno : EIO;
}

}  // namespace

void prepare_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF)  // the lowest free number is this one
      static_cast<void>(::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
}

void write_text(std::FILE* to, std::string_view text) noexcept {
  errno = 0;
  const bool good = std::fwrite(text.data(), 1, text.size(), to) == text.size();
  if (to == stdout) check_output(good);
}

void flush_results() noexcept {
  errno = 0;
  check_output(std::fflush(stdout) == 0);
}

int finish_output() {
  flush_results();
  if (failure == 0) return 0;
  note("tessera: error: the results can't be written to standard output: {}\n", std::strerror(failure));
  return exit_code(ErrorKind::io);
}

}  // namespace tessera::command
