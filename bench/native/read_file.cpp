#include "read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace bench {

std::int64_t read_file(const std::string& file) {
  constexpr std::int64_t block = 1 << 20;
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) return -1;
  const std::int64_t size = status.st_size;
  std::int64_t total = 0;
#pragma omp parallel reduction(+ : total)
  {
    std::vector<char> buffer(block);
#pragma omp for schedule(static)
    for (std::int64_t at = 0; at < size; at += block)
      total += pread(descriptor, buffer.data(), static_cast<std::size_t>(std::min(block, size - at)), at);
  }
  close(descriptor);
  return total == size ? total : -1;
}

}  // namespace bench
