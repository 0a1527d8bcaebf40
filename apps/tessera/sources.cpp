#include "sources.hpp"

#include "launch.hpp"

namespace tessera::command {

Array Sources::open(const std::string& source) {
  const bool raw_wish = !options_.source.raw_dtype.empty();
  std::string kind = "one";  // as rank 0 sees the folder
  together(session_.communicator(), [&] {
    if (session_.rank() != 0) return;
    const bool many = names_many(source);
    if (many && options_.concat.empty())
      throw UsageError(source +
                       ": many files become one array along a dimension: --concat NAME, or the number of an axis");
    const std::vector<std::string> files = expand_source(source);
    names_.insert(names_.end(), files.begin(), files.end());
    if (many) kind = "many";
    if (raw_wish && (options_.source.raw_offset || !has_known_format(files.front()))) kind += " raw";
  });
  session_.communicator().broadcast(kind, 0);
  SourceOptions how = options_.source;
  const bool many = kind.starts_with("many"), raw = kind.ends_with("raw");
  if (!raw) how = {.raw = options_.source.raw};
  joined_ = joined_ || many;
  raw_ = raw_ || raw;
  return many ? session_.open_many({source}, options_.concat, how) : session_.open(source, how);
}

void Sources::require_used() const {
  const std::string sources =
      names_.empty() ? "there is no source" : names_.front() + (names_.size() > 1 ? " ..." : "");
  if (!options_.concat.empty() && !joined_)
    throw UsageError("--concat is for many files, a quoted glob ('t_*.nc:/t') or a list (@list.txt), not " + sources);
  if (!options_.source.raw_dtype.empty() && !raw_)
    throw UsageError("--raw-dtype is for raw files; " + sources +
                     ": an npy or HDF5 file tells its dtype and shape (--raw-offset 0 reads its bytes all the same)");
}

}  // namespace tessera::command
