#include "launch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tessera::command {
namespace {
/// Between arguments in one string: can't be part of one.
constexpr char separator = '\0';
}  // namespace

int launched_rank() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* text = std::getenv(name)) return std::atoi(text);
  return 0;
}

void together(Communicator& ranks, const std::function<void()>& work) {
  std::optional<Error> failure;
  try {
    work();
  } catch (const Error& error) {
    failure = error;
  }
  try {
    ranks.agree(failure ? &*failure : nullptr);
  } catch (const Error&) {
    if (!failure) throw;
  }
  if (failure) throw_error(failure->kind(), failure->what());
}

void agree_on_arguments(Communicator& ranks, const std::vector<std::string>& arguments) {
  if (ranks.size() == 1) return;
  std::string own;
  for (const auto& a : arguments) own += a + separator;
  std::string first = own;
  ranks.broadcast(first, 0);
  together(ranks, [&] {
    if (own == first) return;
    std::istringstream a(first), b(own);
    std::string x, y;
    do {
      x.clear(), y.clear();
      std::getline(a, x, separator);
      std::getline(b, y, separator);
    } while (x == y && (a || b));
    throw MismatchError("was started with '" + y + "' where rank 0 has '" + x +
                        "': all ranks of one job run the same command");
  });
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
