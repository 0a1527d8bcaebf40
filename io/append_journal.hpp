#pragma once
// What an append changes within what its file had: the few bytes that say how much there is. What is added lies behind
// the old end, where no reader looks, until these are changed. They are written down first, in a file beside the target
// (".name.tessera-append"): from the moment that it has its name the append is made, and whoever meets it, because a
// process was killed over the changes, makes them (again). Before that moment the target is as it was.
//
// Why what is to be written and not what was there: a file never goes back from the new state to the old one, so that
// nobody who has seen the new elements can lose them.
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/io/positioned_file.hpp>
#include <tessera/io/temporary_file.hpp>

namespace tessera::io {

/// Bytes within what the file had, as they were and as they become: of one length.
struct Patch {
  std::int64_t offset = 0;
  std::string before, after;
};

/// Where the journal of the file `path` (no link) lies.
std::string journal_path(const std::string& path);
/// What stands in it. target: the file that is to be changed.
std::string journal_of(const FileMark& target, const std::vector<Patch>& patches);
/// True when the file has what it had before the patches.
bool is_before(const PositionedFile& file, const std::vector<Patch>& patches);
/// Writes the patches in their order.
void apply(const PositionedFile& file, const std::vector<Patch>& patches);
/// Removes a journal whose patches are made. throws IoError.
void remove_journal(const std::string& journal);

/// Completes what an append to `path` left that was killed over its changes; waits for one that is at them now. Where
/// there is no journal, as a rule: two calls of the system. throws IoError: the file can't be written, or is not the
/// one of the journal any more.
void complete_append(const std::string& path);

}  // namespace tessera::io
