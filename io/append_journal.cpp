#include <tessera/io/append_journal.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include <tessera/core/errors.hpp>
#include <tessera/core/serialize.hpp>
#include <tessera/io/apart.hpp>
#include <tessera/io/target_place.hpp>

namespace tessera::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view journal_magic = "tessera append 1";
// A journal is there for as long as the disk takes for a few writes; a run that is stopped in between keeps its lock.
constexpr std::chrono::seconds longest_wait{20};
constexpr std::chrono::milliseconds between_looks{5};

struct Journal {
  FileMark target{};
  std::vector<Patch> patches;
};

// No `Hash`: tests make those collide.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

std::string read_all(const PositionedFile& file) {
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, reinterpret_cast<std::byte*>(bytes.data()), file.size());
  return bytes;
}

std::optional<Journal> parse(const std::string& bytes) {
  if (!std::string_view(bytes).starts_with(journal_magic)) return std::nullopt;
  try {
    const std::string body = bytes.substr(journal_magic.size());
    Reader r(body);
    const std::string text = r.get_string();
    if (r.get<std::uint64_t>() != checksum(text)) return std::nullopt;
    Reader in(text);
    Journal journal{in.get<FileMark>(), {}};
    while (!in.done()) {
      Patch p{in.get<std::int64_t>(), in.get_string(), in.get_string()};
      if (p.before.size() != p.after.size()) return std::nullopt;
      journal.patches.push_back(std::move(p));
    }
    return journal;
  } catch (const InternalError&) {  // it ends early
    return std::nullopt;
  }
}

/// The journal, locked by this process; nothing when it has gone meanwhile. throws IoError.
std::optional<Opened> open_locked(const std::string& path, const std::string& journal) {
  const auto give_up = std::chrono::steady_clock::now() + longest_wait;
  while (true) {
    struct stat s {};
    if (::lstat(journal.c_str(), &s) != 0) return std::nullopt;
    std::optional<Opened> opened;
    try {
      opened.emplace(open_descriptor(journal, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    } catch (const IoError& e) {
      if (::lstat(journal.c_str(), &s) != 0) return std::nullopt;
      throw IoError(
          fmt::format("{}: an append to it was interrupted, and is completed by whoever opens it next and may "
                      "write it: {}",
                      path, e.what()));
    }
    if (try_lock(opened->number()) && leads_to(AT_FDCWD, journal.c_str(), opened->number())) return opened;
    if (std::chrono::steady_clock::now() > give_up)
      throw IoError(fmt::format("{}: another run is appending to it now ({} is in use)", path, journal));
    std::this_thread::sleep_for(between_looks);
  }
}

// In a folder where others may make files, a journal decides what this process writes: it must be its user's, or of
// whoever the target belongs to.
void check_owner(const std::string& path, const std::string& journal, int number) {
  struct stat s {};
  const auto target = status_of(path);
  if (::fstat(number, &s) == 0 && S_ISREG(s.st_mode) && s.st_nlink == 1 &&
      (s.st_uid == ::geteuid() || (target && s.st_uid == target->st_uid)))
    return;
  throw IoError(fmt::format("{}: {} is not of an append to it: remove it", path, journal));
}

bool exactly_same_mark(const FileMark& a, const FileMark& b) { return a.inode == b.inode && a.born_ns == b.born_ns; }

template <class Is>
bool all_bytes(const PositionedFile& file, const std::vector<Patch>& patches, const Is& is) {
  const std::int64_t size = file.again()->size();
  for (const auto& p : patches) {
    const auto bytes = static_cast<std::int64_t>(p.before.size());
    if (p.offset < 0 || p.offset > size - bytes) return false;
    std::string now(p.before.size(), '\0');
    file.read(p.offset, reinterpret_cast<std::byte*>(now.data()), bytes);
    for (std::size_t i = 0; i < now.size(); i++)
      if (!is(now[i], p.before[i], p.after[i])) return false;
  }
  return true;
}

// A write that was cut short leaves some of both.
bool is_before_or_after(const PositionedFile& file, const std::vector<Patch>& patches) {
  return all_bytes(file, patches, [](char now, char before, char after) { return now == before || now == after; });
}

}  // namespace

std::string journal_path(const std::string& path) {
  const fs::path end = path;
  return (fs::path(folder_of(path)) / ("." + end.filename().string() + ".tessera-append")).string();
}

std::string journal_of(const FileMark& target, const std::vector<Patch>& patches) {
  Writer body;
  body.put(target);
  for (const auto& p : patches) body.put(p.offset).put(p.before).put(p.after);
  Writer w;
  w.put(body.bytes()).put(checksum(body.bytes()));
  return std::string(journal_magic) + w.bytes();
}

bool is_before(const PositionedFile& file, const std::vector<Patch>& patches) {
  return all_bytes(file, patches, [](char now, char before, char) { return now == before; });
}

void apply(const PositionedFile& file, const std::vector<Patch>& patches) {
  for (const auto& p : patches)
    file.write(p.offset, reinterpret_cast<const std::byte*>(p.after.data()), static_cast<std::int64_t>(p.after.size()));
}

void remove_journal(const std::string& journal) {
  if (::unlink(journal.c_str()) != 0 && errno != ENOENT) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be removed: {}", journal, system_message(error)));
  }
  sync_folder(folder_of(journal));
}

void complete_append(const std::string& path) {
  const std::string end = followed(path);
  if (end.empty()) return;
  const std::string journal = journal_path(end);
  struct stat s {};
  if (::lstat(journal.c_str(), &s) != 0) return;
  if (!files_are_trusted())
    throw UsageError(
        fmt::format("{}: an append to it was interrupted, which is not completed for a file that is not "
                    "trusted (option 'untrusted')",
                    path));
  const auto locked = open_locked(path, journal);
  if (!locked) return;
  check_owner(end, journal, locked->number());
  const int d = ::fcntl(locked->number(), F_DUPFD_CLOEXEC, 0);
  if (d < 0) throw IoError(fmt::format("{}: can't be opened: {}", journal, system_message(errno)));
  const auto content = parse(read_all(*PositionedFile::adopt(journal, Opened(d))));
  if (!content) throw IoError(fmt::format("{}: {} is damaged: remove it if the file is right", path, journal));
  if (!status_of(end)) return remove_journal(journal);
  Opened opened(open_descriptor(end, O_RDWR | O_NOFOLLOW));
  const FileMark mark = mark_of(opened.number());
  const auto target = PositionedFile::adopt(path, std::move(opened));
  if (is_before_or_after(*target, content->patches)) {
    apply(*target, content->patches);
    target->sync();
  } else if (exactly_same_mark(mark, content->target)) {
    throw IoError(
        fmt::format("{}: an append to it was interrupted, and then it was changed by another program; remove {} "
                    "if the file is right",
                    path, journal));
  }
  remove_journal(journal);  // of a file that another one has replaced, too
}

}  // namespace tessera::io
