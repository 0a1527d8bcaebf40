#pragma once
// The table of formats, and which of them a source has or a target gets.
#include <string>
#include <vector>

#include <tessera/io/format.hpp>

namespace tessera::io {

/// In the order in which they are asked.
const std::vector<const Format*>& formats();
/// One more, for the rest of the process: before anything is opened or made.
void add_format(const Format& format);
const Format& format_named(const std::string& name);

/// throws IoError (missing, not readable, a device or pipe).
FoundSource find_source(const std::string& path);
/// throws UsageError naming the format when it is one that is not read; IoError when the file is empty.
const Format& format_of(const FoundSource& found, const SourceOptions& options = {});
/// Null where no format recognises it.
const Format* known_format(const FoundSource& found, const SourceOptions& options = {});
/// What it says itself that it is; null also for a file that is shorter than any signature.
const Format* told_format(const FoundSource& found);
/// throws UsageError that says what it is, and what helps.
[[noreturn]] void refuse_unread(const FoundSource& found);

/// "out.NC" -> ".nc".
std::string suffix_of(const std::string& path);
/// throws UsageError: files of this format are written once.
[[noreturn]] void refuse_to_grow(const std::string& path, const Format& format);
/// What a target of this name gets: HDF5 where its ending is none of a format's.
const Format& format_to_write(const std::string& path);
/// throws UsageError where the ending is that of a format which is not written.
void check_ending(const std::string& path);

}  // namespace tessera::io
