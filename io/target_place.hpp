#pragma once
// Where a target will be, looked at before anything is made: what every target needs, file or folder.
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

namespace tessera::io {

/// What happens to a target that has the name already.
enum class Existing { refused, replaced, added_to };

/// What a name leads to; nothing where that is not there.
std::optional<struct stat> status_of(const std::string& path);
/// The folder that a name is in: "." for one without.
std::string folder_of(const std::string& path);
/// What a target's name leads to: a link is written through. throws UsageError: no name; IoError: it leads nowhere.
std::string end_of(const std::string& path);
/// throws IoError when nothing can be made, or replaced, in the folder of `end`; `path`: what errors call the target.
void check_folder(const std::string& path, const std::string& end);
/// throws UsageError when what is at `end` is one of the inputs.
void refuse_inputs(const std::string& path, const std::string& end, const std::vector<std::string>& inputs);

}  // namespace tessera::io
