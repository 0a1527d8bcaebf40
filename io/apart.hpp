#pragma once
// Looking into files that are not trusted: in a child process, which may crash, hang or want too much memory over them.
#include <chrono>
#include <functional>
#include <string>

namespace tessera::io {

/// See distrust_files.
bool files_are_trusted();
/// What `work` returns in a child process, or the Error that it throws there.
/// throws IoError that names `file` when the child dies or does not end within its time.
std::string apart(const std::string& file, const std::function<std::string()>& work,
                  std::chrono::seconds most_time = std::chrono::seconds(60));

}  // namespace tessera::io
