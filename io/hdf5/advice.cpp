#include <tessera/io/hdf5/advice.hpp>

#include <fmt/format.h>

#include <tessera/core/printable.hpp>

namespace tessera::io::hdf5 {
namespace {

// A text of Python that needs no quoting inside single quotes of a shell.
std::string python_text(const std::string& text) {
  std::string s;
  for (const char c : text) s += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\'' ? "\\x27" : std::string(1, c);
  return "\"" + printable(s) + "\"";
}

}  // namespace

std::string advise_h5py(const std::string& file, const std::string& path) {
  return fmt::format(
      "h5py makes a file of its elements: python3 -c 'import h5py; h5py.File(\"plain.h5\", \"x\")[{}] = "
      "h5py.File({})[{}][()]'",
      python_text(path), python_text(file), python_text(path));
}

}  // namespace tessera::io::hdf5
