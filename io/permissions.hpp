#pragma once
// Who may do what with a file that takes the place of another: the same people, and never more.
#include <sys/types.h>

#include <optional>
#include <string>

namespace tessera::io {

/// Owner, group, mode (also set-id bits, as they were) and access list of a file.
struct Permissions {
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;
  std::string access_list{};  ///< as the system keeps it; empty: none
};

/// Nothing when there is no file.
std::optional<Permissions> permissions_of(const std::string& path);

/// Gives the open file the permissions of the one that it replaces, without set-id bits: they vouched for other
/// contents. Owner and group are kept where the system allows it; another group gets what everybody had.
/// throws IoError naming `name` when the file would stay open to more people.
void keep_permissions(int number, const std::string& name, const Permissions& old);

}  // namespace tessera::io
