#include <tessera/io/permissions.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include <tessera/core/errors.hpp>
#include <tessera/io/descriptor.hpp>

namespace tessera::io {
namespace {

constexpr const char* access_list = "system.posix_acl_access";
constexpr mode_t everything = 0777;  // no set-id bits among them

}  // namespace

std::optional<Permissions> permissions_of(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return std::nullopt;
  Permissions p{s.st_uid, s.st_gid, s.st_mode & 07777, {}};
  if (const auto bytes = ::getxattr(path.c_str(), access_list, nullptr, 0); bytes > 0) {
    p.access_list.resize(bytes);
    const auto got = ::getxattr(path.c_str(), access_list, p.access_list.data(), p.access_list.size());
    p.access_list.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  return p;
}

void keep_permissions(int number, const std::string& name, const Permissions& old) {
  struct stat s {};
  mode_t mode = old.mode & everything;
  if (::fchown(number, old.owner, old.group) != 0)  // the privileged alone give files away
    static_cast<void>(::fchown(number, static_cast<uid_t>(-1), old.group) == 0);
  if (::fstat(number, &s) != 0 || s.st_gid != old.group) mode = (mode & 0707) | (mode & 07) << 3;
  // The folder may have given the new file an access list of its own.
  if (old.access_list.empty())
    static_cast<void>(::fremovexattr(number, access_list));
  else
    static_cast<void>(::fsetxattr(number, access_list, old.access_list.data(), old.access_list.size(), 0));
  const int error = ::fchmod(number, mode) == 0 ? 0 : errno;
  if (error != 0 && (s.st_mode & everything & ~mode) != 0)
    throw IoError(fmt::format("{}: can't be given the permissions of the file that it replaces: {}", name,
                              system_message(error)));
}

}  // namespace tessera::io
