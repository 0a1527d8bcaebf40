#include "sources.hpp"

#include "launch.hpp"

namespace tessera::command {

Understood understand(const std::string& source, const std::string& name, const SourceWishes& wishes) {
  Understood u;
  u.many = names_many(source);
  if (u.many && wishes.concat.empty())
    throw UsageError(source +
                     ": many files become one array along a dimension: --concat NAME, or the number of an axis");
  u.files = expand_source(source);
  u.how = wishes.of(name);
  const bool described = !u.how.raw_dtype.empty() || u.how.raw_shape;
  u.raw = described && (u.how.raw_offset || !has_known_format(u.files.front()));
  if (!u.raw) u.how = {.raw = wishes.raw, .default_fill = wishes.default_fill};
  if (u.raw && u.how.raw_dtype.empty() == u.how.raw_shape.has_value())
    throw UsageError(source + ": a raw file needs --raw-dtype and --raw-shape; --raw-" +
                     (u.how.raw_shape ? "dtype" : "shape") + " is missing for " + (name.empty() ? "it" : name));
  return u;
}

void UsedWishes::add(const std::string& source, const std::string& name, bool many, bool raw) {
  sources_.push_back(source);
  joined_ = joined_ || many;
  if (raw) raw_names_.insert({"", name});
}

void UsedWishes::require_all() const {
  const std::string sources =
      sources_.empty() ? "there is no source" : sources_.front() + (sources_.size() > 1 ? " ..." : "");
  if (!wishes_.concat.empty() && !joined_)
    throw UsageError("--concat is for many files, a quoted glob ('t_*.nc:/t') or a list (@list.txt), not " + sources);
  for (const auto& wish : wishes_.headerless)
    if (!raw_names_.contains(wish.name))
      throw UsageError("--raw-dtype is for raw files; " + (wish.name.empty() ? sources : wish.name) +
                       ": an npy or HDF5 file tells its dtype and shape (--raw-offset 0 reads its bytes all the same)");
}

Array Sources::open(const std::string& source, const std::string& name) {
  std::string kind = "one";  // as rank 0 sees the folder
  together(session_.communicator(), [&] {
    if (session_.rank() != 0) return;
    const Understood u = understand(source, name, wishes_);
    names_.insert(names_.end(), u.files.begin(), u.files.end());
    kind = std::string(u.many ? "many" : "one") + (u.raw ? " raw" : "");
  });
  session_.communicator().broadcast(kind, 0);
  const bool many = kind.starts_with("many"), raw = kind.ends_with("raw");
  const SourceOptions how =
      raw ? wishes_.of(name) : SourceOptions{.raw = wishes_.raw, .default_fill = wishes_.default_fill};
  used_.add(source, name, many, raw);
  return many ? session_.open_many({source}, wishes_.concat, how) : session_.open(source, how);
}

}  // namespace tessera::command
