#include <tessera/io/appended_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include <tessera/core/errors.hpp>
#include <tessera/io/file_modes.hpp>
#include <tessera/io/permissions.hpp>
#include <tessera/io/target_place.hpp>

namespace tessera::io {
namespace {

constexpr std::int64_t sector = 512;  // bytes that a disk writes whole or not at all

std::string checked_end(const std::string& path, const std::vector<std::string>& inputs) {
  std::string end = end_of(path);
  refuse_inputs(path, end, inputs);
  if (const auto there = status_of(end); there && !S_ISREG(there->st_mode))
    throw UsageError(fmt::format("{}: is a directory, a device or a pipe, not a file to append to", path));
  return end;
}

// HDF5's own programs lock what they write, exclusively, and what they read, together with others: these go on.
void share_with_readers(int number, const std::string& path) {
  while (::flock(number, LOCK_SH | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) throw IoError(fmt::format("{}: another program has it open to write", path));
    return;  // a file system without locks
  }
}

bool within_a_sector(const std::vector<Patch>& patches) {
  if (patches.size() != 1) return patches.empty();
  const auto& p = patches.front();
  return p.offset / sector == (p.offset + static_cast<std::int64_t>(p.after.size()) - 1) / sector;
}

}  // namespace

AppendedFile::AppendedFile(const std::string& path, const std::vector<std::string>& inputs)
    : lock_(checked_end(path, inputs), file_for_the_owner, TemporaryFile::Use::mark) {
  const std::string& end = lock_.name().final_path;
  complete_append(end);
  Opened opened(open_descriptor(end, O_RDWR | O_NOFOLLOW));
  share_with_readers(opened.number(), path);
  name_ = {end, end, mark_of(opened.number())};
  file_ = PositionedFile::adopt(end, std::move(opened));
  key_ = file_->key();
}

AppendedFile::~AppendedFile() {
  if (committed_ || end_ < 0) return;
  try {
    file_->resize(end_);
  } catch (...) {
    lock_.leave();  // it tells readers what lies there
  }
}

void AppendedFile::cut(std::int64_t bytes) {
  if (bytes < file_->size()) file_->resize(bytes);
  file_ = file_->again();
  end_ = bytes;
  lock_.claim();
}

void AppendedFile::commit(const std::vector<Patch>& patches) {
  const std::string& path = name_.final_path;
  file_->sync();
  if (const auto there = status_of(path); !there || there->st_ino != key_.inode)
    throw IoError(fmt::format("{}: another file has its name now; nothing was appended to it", path));
  if (!is_before(*file_, patches))
    throw IoError(fmt::format("{}: changed while it was appended to; it is left as it is now", path));
  if (within_a_sector(patches)) {
    apply(*file_, patches);
    committed_ = true;
    return file_->sync();
  }
  const std::string journal = journal_path(path), bytes = journal_of(name_.mark, patches);
  if (auto permissions = permissions_of(path)) {
    permissions->mode |= file_for_the_owner;
    keep_permissions(lock_.descriptor(), journal, *permissions);
  }
  lock_.file()->resize(0);  // one that was taken over
  lock_.file()->write(0, reinterpret_cast<const std::byte*>(bytes.data()), static_cast<std::int64_t>(bytes.size()));
  lock_.file()->sync();
  lock_.rename_to(journal);
  committed_ = true;
  try {
    sync_folder(folder_of(path));
    apply(*file_, patches);
    file_->sync();
    remove_journal(journal);
  } catch (const IoError& e) {
    throw IoError(
        fmt::format("{}; what was to be appended is written, and {} is complete when it is opened next by a "
                    "process that may write it",
                    e.what(), path));
  }
}

}  // namespace tessera::io
