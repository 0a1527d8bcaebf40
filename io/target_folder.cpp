#include <tessera/io/target_folder.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <tessera/core/errors.hpp>
#include <tessera/core/signs.hpp>
#include <tessera/io/file_modes.hpp>

namespace tessera::io {
namespace {

/// "c/0/1" -> "c", "c/0".
template <class F>
void for_each_folder(const std::string& path, F&& f) {
  for (auto end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) f(path.substr(0, end));
}

}  // namespace

TargetFolder::TargetFolder(const TemporaryName& name)
    : name_(name), folder_(open_descriptor(name.temporary_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {
  expect_mark(name, folder_.number(), "writing");
}

// Of the folder that is held, whatever has its name by now.
Opened TargetFolder::open(const std::string& path, int flags) const {
  while (true) {
    const int d = ::openat(folder_.number(), path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, file_for_all);
    if (d >= 0) return Opened(d);
    const int error = errno;
    if (error == EINTR || (error == EMFILE && make_room())) continue;
    throw IoError(fmt::format("{}/{}: can't be {}: {}", name(), path, (flags & O_CREAT) != 0 ? "created" : "opened",
                              system_message(error)));
  }
}

std::shared_ptr<const PositionedFile> TargetFolder::file(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (files_.insert(path).second)
      for_each_folder(path, [&](const std::string& folder) {
        if (!folders_.insert(folder).second) return;
        if (::mkdirat(folder_.number(), folder.c_str(), folder_for_all) == 0 || errno == EEXIST) return;
        const int error = errno;
        throw IoError(fmt::format("{}/{}: can't be created: {}", name(), folder, system_message(error)));
      });
  }
  return PositionedFile::adopt(name() + "/" + path, open(path, O_RDWR | O_CREAT));
}

void TargetFolder::sync() {
  const std::lock_guard lock(mutex_);
  for (const auto& path : files_) {
    PositionedFile::adopt(name() + "/" + path, open(path, O_RDWR))->sync();
    note_moved();
  }
  for (const auto& path : folders_) sync_descriptor(open(path, O_RDONLY | O_DIRECTORY).number(), name() + "/" + path);
  sync_descriptor(folder_.number(), name());
}

}  // namespace tessera::io
