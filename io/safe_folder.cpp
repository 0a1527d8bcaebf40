#include <tessera/io/safe_folder.hpp>

#include <fmt/format.h>

#include <filesystem>

#include <tessera/core/errors.hpp>
#include <tessera/io/file_modes.hpp>

namespace tessera::io {
namespace {

// With a folder goes what is in it.
void refuse_inputs_inside(const std::string& path, const std::string& end, const std::vector<std::string>& inputs) {
  std::error_code ignored;
  const std::string folder = std::filesystem::weakly_canonical(end, ignored).string() + "/";
  for (const auto& input : inputs)
    if (std::filesystem::weakly_canonical(input, ignored).string().starts_with(folder))
      throw UsageError(fmt::format("{}: an input is in it ({}); choose another name", path, input));
}

}  // namespace

SafeFolder::SafeFolder(const std::string& path, Existing existing, const std::vector<std::string>& inputs,
                       std::function<bool(const std::string&)> is_ours, std::string words)
    : existing_(existing), is_ours_(std::move(is_ours)), words_(std::move(words)) {
  const std::string end = end_of(path);
  refuse_inputs(path, end, inputs);
  refuse_inputs_inside(path, end, inputs);
  check_old(end);
  check_folder(path, end);
  refuse_inputs(path, temporary_path(end), inputs);
  // Nobody else looks into it before it is known who may look into the folder that it replaces.
  temporary_.emplace(end, status_of(end) ? folder_for_the_owner : folder_for_all);
  // Another run may have completed the target before the temporary name was ours.
  check_old(end);
  files_.emplace(temporary_->name());
}

void SafeFolder::check_old(const std::string& path) const {
  const auto old = status_of(path);
  if (!old) return;
  if (!S_ISDIR(old->st_mode))
    throw UsageError(fmt::format("{}: is no folder, and {} is one; it is not replaced", path, words_));
  if (existing_ == Existing::refused) throw UsageError(fmt::format("{}: exists; option 'force' replaces it", path));
  if (!is_ours_(path)) throw UsageError(fmt::format("{}: is a folder, not {}; it is not replaced", path, words_));
}

void SafeFolder::commit() {
  files_->sync();
  const std::string& path = name().final_path;
  const std::string above = folder_of(path);  // after the renaming nothing may fail but the disk
  check_old(path);
  if (const auto replaced = permissions_of(path)) keep_permissions(temporary_->descriptor(), path, *replaced);
  temporary_->rename(existing_ == Existing::replaced);
  sync_folder(above);
}

}  // namespace tessera::io
