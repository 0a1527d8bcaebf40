#include <tessera/io/hdf5/header_check.hpp>

#include <optional>

namespace tessera::io::hdf5 {
namespace {

using namespace std::string_view_literals;

/// Where the superblock is: at the beginning, or behind a user block of 512 bytes, 1024, 2048 ... Nothing: nowhere.
std::optional<std::uint64_t> find_superblock(const PositionedFile& file) {
  constexpr auto signature = "\x89HDF\r\n\x1a\n"sv;
  const auto size = static_cast<std::uint64_t>(file.size());
  for (std::uint64_t at = 0; at + signature.size() <= size; at = at == 0 ? 512 : 2 * at)
    if (Metadata{file}.read(at, signature.size()) == signature) return at;
  return std::nullopt;
}

}  // namespace

// Version 0 and 1: sizes at 13 and 14; base, free space, end, driver, then the root group's entry: name, header.
// Version 2 and 3: sizes at 9 and 10; base, extension, end, root.
void check_superblock(const PositionedFile& file) {
  const auto base = find_superblock(file);
  if (!base) return;  // the library refuses it
  const Metadata metadata{file, *base};
  try {
    const auto at = [&](std::uint64_t place, std::size_t n) { return Bytes(metadata.read(place, n)).number(n); };
    const std::uint64_t version = at(8, 1), sizes = version < 2 ? 13 : 9;
    if (version > 3 || at(sizes, 1) != 8 || at(sizes + 1, 1) != 8) return;
    const std::uint64_t addresses = version == 0 ? 24 : version == 1 ? 28 : 12;
    const std::uint64_t end = at(addresses + 16, 8);
    if (end > static_cast<std::uint64_t>(file.size())) return;  // truncated: the library says so first
    const auto check = [&](std::uint64_t header) {
      if (header != no_address && metadata.read(header, 1)[0] == 1) check_object(metadata, header);
    };
    if (version < 2) return check(at(addresses + 40, 8));
    check(at(addresses + 8, 8));
    check(at(addresses + 24, 8));
  } catch (const Damaged&) {
    throw IoError(file.name() + ": damaged: the header of its root group does not hold what it says");
  }
}

}  // namespace tessera::io::hdf5
