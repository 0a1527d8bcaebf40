#pragma once
// What new files and folders are made with, before the umask.
#include <sys/types.h>

namespace tessera::io {

inline constexpr mode_t file_for_all = 0666, file_for_the_owner = 0600;
inline constexpr mode_t folder_for_all = 0777, folder_for_the_owner = 0700;

}  // namespace tessera::io
