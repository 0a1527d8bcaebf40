#include <tessera/io/safe_file.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <tessera/core/errors.hpp>
#include <tessera/io/append_journal.hpp>
#include <tessera/io/file_modes.hpp>

namespace tessera::io {
namespace {

void check_old(const std::string& path, const std::string& end, Existing existing) {
  const auto old = status_of(end);
  if (!old) return;
  if (S_ISDIR(old->st_mode)) throw UsageError(fmt::format("{}: is a directory, not a file to write", path));
  if (!S_ISREG(old->st_mode)) throw UsageError(fmt::format("{}: is a device or pipe, not a file to write", path));
  if (existing == Existing::refused) throw UsageError(fmt::format("{}: exists; option 'force' replaces it", path));
}

}  // namespace

SafeFile::SafeFile(const std::string& path, Existing existing, const std::vector<std::string>& inputs)
    : existing_(existing) {
  const std::string end = end_of(path);
  refuse_inputs(path, end, inputs);
  check_old(path, end, existing);
  check_folder(path, end);
  refuse_inputs(path, temporary_path(end), inputs);
  // Nobody else looks into it before it is known who may look into the file that it replaces.
  temporary_.emplace(end, status_of(end) ? file_for_the_owner : file_for_all);
  complete_append(end);
  // Another run may have completed the file before the temporary name was ours.
  check_old(path, end, existing);
  replaced_ = permissions_of(end);
  if (existing == Existing::added_to && replaced_)
    copy_old();
  else
    file_ = temporary_->file();
}

void SafeFile::copy_old() {
  const auto old = PositionedFile::open(name().final_path);
  added_to_ = old->key();
  const auto& made = *temporary_->file();
  made.reserve(old->size());
  made.copy_from(*old, 0, 0, old->size());
  old->verify();
  file_ = made.again();
}

void SafeFile::commit() {
  file_->sync();
  const std::string& path = name().final_path;
  const std::string folder = folder_of(path);  // after the renaming nothing may fail but the disk
  if (const auto now = permissions_of(path)) replaced_ = now;
  if (added_to_) {
    const auto now = status_of(path) ? PositionedFile::open(path)->key() : FileKey{};
    if (now != *added_to_)
      throw IoError(fmt::format("{}: changed while it was being added to; it is left as it is now", path));
  }
  if (replaced_) keep_permissions(temporary_->descriptor(), path, *replaced_);
  temporary_->rename(existing_ == Existing::replaced || added_to_.has_value());
  sync_folder(folder);
}

}  // namespace tessera::io
