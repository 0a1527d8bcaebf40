// Targets that are made: what they hold is laid out on one rank and written by all.
#include <fmt/format.h>

#include <algorithm>

#include <tessera/io/formats.hpp>
#include <tessera/io/growth.hpp>

namespace tessera {
namespace {

/// Whatever is wrong with the wishes and not with the disk.
void check_wishes(const io::TargetWish& wish, const io::Format& format) {
  const std::string& path = wish.path;
  io::check_ending(path);
  if (wish.datasets.empty()) throw UsageError(fmt::format("{}: nothing to write into it", path));
  if (format.holds_one_array() && wish.datasets.size() > 1)
    throw UsageError(fmt::format("{}: a {} file holds one array, not {}; write to a .h5 file", path,
                                 io::suffix_of(path), wish.datasets.size()));
  for (const auto& d : wish.datasets) io::checked_bytes(path, d.shape, item_size(d.dtype));
  for (const auto& d : wish.datasets) static_cast<void>(format.cost(path, d));  // checks the filters
}

bool is_there(const std::string& path) { return io::status_of(path).has_value(); }

/// True when a dataset grows in the target, or would if it were there.
bool grows(const io::TargetWish& wish, const io::Format& format) {
  const auto growing = [](const DatasetSpec& d) { return d.growth.has_value(); };
  const auto& all = wish.datasets;
  if (std::none_of(all.begin(), all.end(), growing)) return false;
  if (!format.can_grow()) io::refuse_to_grow(wish.path, format);
  if (wish.options.force)
    throw UsageError(fmt::format("{}: 'force' replaces a file, 'append_along' adds to it: give one", wish.path));
  return true;
}

}  // namespace

TargetWriters::~TargetWriters() = default;

io::Existing io::TargetWish::existing() const {
  return options.append ? Existing::added_to : options.force ? Existing::replaced : Existing::refused;
}

std::vector<std::string> io::TargetWish::input_files() const {
  std::vector<std::string> files;
  for (const auto& input : options.inputs) files.push_back(parse_source(input).file);
  return files;
}

NewTarget::NewTarget(const std::string& path, std::vector<DatasetSpec> datasets, CreateOptions options) {
  const io::TargetWish wish{path, std::move(datasets), std::move(options)};
  const io::Format& format = io::format_to_write(path);
  check_wishes(wish, format);
  if (wish.options.append) format.check_adding(path);
  Writer w;
  w.put(format.name());
  const bool in_place = grows(wish, format) && is_there(path);
  for (const auto& d : wish.datasets)
    if (d.growth && d.growth->from && !in_place) io::expect_length(path, std::nullopt, d);
  maker_ = in_place ? format.append(wish, w) : format.make(wish, w);
  layout_ = w.bytes();
}

DatasetSpec grown_spec(const std::string& file, const DatasetSpec& dataset) {
  const io::Format& format = io::format_to_write(file);
  if (!format.can_grow()) io::refuse_to_grow(file, format);
  if (!is_there(file)) return dataset;
  const auto found = io::find_source(file);
  if (!found.file) throw UsageError(fmt::format("{}: is a directory, not a file to append to", file));
  if (const auto& there = io::format_of(found); &there != &format)
    throw UsageError(fmt::format("{}: it is {}, not {}", file, there.words(), format.words()));
  return format.grown(found, dataset);
}

NewTarget::NewTarget(NewTarget&&) noexcept = default;
NewTarget::~NewTarget() = default;

std::string NewTarget::reply(const std::vector<std::string>& reports) {
  Reader r(layout_);
  static_cast<void>(r.get_string());
  return maker_->reply(r, reports);
}

void NewTarget::commit() { maker_->commit(); }

std::unique_ptr<TargetWriters> open_writers(const std::string& layout) {
  Reader r(layout);
  return io::format_named(r.get_string()).open_writers(r);
}

}  // namespace tessera
