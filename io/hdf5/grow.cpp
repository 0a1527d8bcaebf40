#include <tessera/io/hdf5/grow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <tessera/io/growth.hpp>
#include <tessera/io/hdf5/chunk_lookup.hpp>
#include <tessera/io/hdf5/chunk_room.hpp>
#include <tessera/io/hdf5/driver.hpp>
#include <tessera/io/hdf5/new_datasets.hpp>
#include <tessera/io/hdf5/objects.hpp>
#include <tessera/io/hdf5/pending.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

// A file that keeps lists of its free space would give away the places of chunks that are written anew.
void refuse_free_space(hid_t file, const std::string& name) {
  const Id properties = own(H5Fget_create_plist(file), H5Pclose, name);
  H5F_fspace_strategy_t strategy{};
  hbool_t persists = false;
  hsize_t threshold = 0;
  check(H5Pget_file_space_strategy(properties.get(), &strategy, &persists, &threshold), name);
  if (persists)
    throw UsageError(
        fmt::format("{}: nothing can be appended to it in place: it keeps lists of its free space; "
                    "h5repack --fs_persist=0 makes one without",
                    name));
}

// What lies behind is nobody's.
std::int64_t end_of_file(const std::shared_ptr<const PositionedFile>& file) {
  const auto unchanged = std::make_shared<Pending>(file);
  Id opened = open_file_to_change(file, unchanged);
  refuse_free_space(opened.get(), file->name());
  const std::int64_t end = unchanged->allocated();
  opened.close(file->name() + ": looking for its end");
  check_driver();
  return end;
}

// Where the header of a dataset begins in the file.
std::int64_t header_of(hid_t file, hid_t dataset, const std::string& name) {
  H5O_info_t info;
  check(H5Oget_info(dataset, &info), name);
  const Id properties = own(H5Fget_create_plist(file), H5Pclose, name);
  hsize_t base = 0;
  check(H5Pget_userblock(properties.get(), &base), name);
  return static_cast<std::int64_t>(base + info.addr);
}

// A short write is seen whole, or not at all.
Patch trimmed(Patch p) {
  std::size_t first = 0, last = p.after.size();
  while (first < last && p.before[first] == p.after[first]) first++;
  while (last > first && p.before[last - 1] == p.after[last - 1]) last--;
  return {p.offset + static_cast<std::int64_t>(first), p.before.substr(first, last - first),
          p.after.substr(first, last - first)};
}

// Where a chunk is that has elements already; nothing where it was never written.
std::optional<ChunkPlace> old_place(const PositionedFile& file, hid_t dataset, const Dims& first, const Placed& p) {
  const ChunkPlace place = find_chunk(file, dataset, first, chunk_bytes(p), p.filters);
  return place.offset < 0 ? std::nullopt : std::optional(place);
}

class GrowingHdf5 final : public GrowingFile {
 public:
  GrowingHdf5(AppendedFile& file, const std::vector<DatasetSpec>& datasets, const Hdf5Layout& options, Writer& layout);
  std::string reply(std::size_t datasets, Reader& layout, const std::vector<std::string>& reports) override;
  std::vector<Patch> patches() override;

 private:
  void add(Id& opened, const std::vector<DatasetSpec>& datasets, const std::vector<std::string>& paths,
           const std::vector<std::size_t>& fresh, const Hdf5Layout& options, std::vector<Placed>& placed);
  Placed grow(hid_t opened, const std::string& path, const DatasetSpec& spec);
  void place_plain(hid_t dataset, const std::string& name, Placed& placed);
  void find_old(hid_t dataset, Placed& placed);
  std::string place_late(const Placed& placed, const std::vector<std::string>& parts);
  void close(Id& opened);

  std::shared_ptr<const PositionedFile> file_;
  std::shared_ptr<Pending> pending_;
  std::vector<std::int64_t> headers_;  // of datasets that grow
};

GrowingHdf5::GrowingHdf5(AppendedFile& file, const std::vector<DatasetSpec>& datasets, const Hdf5Layout& options,
                         Writer& layout) {
  const Lock lock;
  file.cut(end_of_file(file.file()));
  file_ = file.file();
  pending_ = std::make_shared<Pending>(file_);
  const std::vector<std::string> paths = checked_paths(file_->name(), datasets);
  Id opened = open_file_to_change(file_, pending_);
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < datasets.size(); i++) {
    const DatasetSpec& d = datasets[i];
    if (d.growth) expect_length(file_->name() + ":" + paths[i], grown_hdf5(file_, d, options.netcdf).growth->from, d);
    if (!d.growth || !d.growth->from) fresh.push_back(i);
  }
  std::vector<Placed> placed(datasets.size());
  add(opened, datasets, paths, fresh, options, placed);
  for (std::size_t i = 0; i < datasets.size(); i++)
    if (datasets[i].growth && datasets[i].growth->from) placed[i] = grow(opened.get(), paths[i], datasets[i]);
  close(opened);
  for (const auto& p : placed) put_placed(layout, p);
}

// New datasets, in a file that others grow in.
void GrowingHdf5::add(Id& opened, const std::vector<DatasetSpec>& datasets, const std::vector<std::string>& paths,
                      const std::vector<std::size_t>& fresh, const Hdf5Layout& options, std::vector<Placed>& placed) {
  if (fresh.empty()) return;
  std::vector<DatasetSpec> specs;
  std::vector<std::string> their_paths;
  for (const auto i : fresh) specs.push_back(datasets[i]), their_paths.push_back(paths[i]);
  std::vector<Placed> made = add_datasets(opened.get(), file_->name(), specs, their_paths, options);
  close(opened);
  file_->resize(pending_->end());
  opened = open_file_to_change(file_, pending_);
  const auto longer = file_->again();
  for (std::size_t k = 0; k < fresh.size(); k++) {
    find_place(*longer, opened.get(), file_->name() + ":" + their_paths[k], made[k]);
    fill_edges(*file_, made[k]);
    placed[fresh[k]] = std::move(made[k]);
  }
}

void GrowingHdf5::close(Id& opened) {
  opened.close(file_->name() + ": appending to the file");
  check_driver();
  file_->reserve(pending_->end());
}

Placed GrowingHdf5::grow(hid_t opened, const std::string& path, const DatasetSpec& spec) {
  const std::string name = file_->name() + ":" + path;
  Placed p = placed_of(name, spec, path);
  const Dataset d = describe(file_, path, {});
  p.path = d.path;
  p.unlimited = std::uint32_t{1} << p.grows_along;
  p.fill = d.fill;
  const Id dataset = open_dataset(opened, file_->name(), path);
  std::array<hsize_t, max_rank> extents{};
  for (int i = 0; i < p.shape.size(); i++) extents[i] = static_cast<hsize_t>(p.shape[i]);
  check(H5Dset_extent(dataset.get(), extents.data()), name + ": making it longer");
  headers_.push_back(header_of(opened, dataset.get(), name));
  if (p.placed_late())
    find_old(dataset.get(), p);
  else
    place_plain(dataset.get(), name, p);
  return p;
}

void GrowingHdf5::place_plain(hid_t dataset, const std::string& name, Placed& p) {
  const ChunkGrid grid = ChunkGrid::regular(p.shape, p.chunk);
  const Box written = written_chunks(p, grid);
  const std::int64_t bytes = chunk_bytes(p);
  file_->resize(pending_->allocated());  // the library may have made room by itself
  const auto longer = file_->again();
  std::int64_t last = -2;
  for_each_index(written.extent, [&](const Dims& at) {
    Dims coordinates = written.lo;
    for (int i = 0; i < at.size(); i++) coordinates[i] += at[i];
    const std::int64_t number = grid.linear(coordinates);
    const Box box = grid.box(coordinates);
    const bool has_old = box.lo[p.grows_along] < p.from;
    std::optional<ChunkPlace> place = old_place(*longer, dataset, box.lo, p);
    if (!place) {
      place = ChunkPlace{make_room(dataset, box.lo, bytes, 0, name + ": making room for the elements"), bytes, 0};
      const bool shows_fill = has_old || box.extent != p.chunk;
      if (shows_fill && *p.fill != RawElement{}) fill_chunk(*file_, p, place->offset);
    }
    if (!has_old && place->offset < pending_->old_end())
      throw IoError(fmt::format("{}: can't grow in place: HDF5 has room for it within the file", name));
    add_chunk(p.runs, last, {number, place->offset, bytes});
    last = number;
  });
}

void GrowingHdf5::find_old(hid_t dataset, Placed& p) {
  const ChunkGrid grid = ChunkGrid::regular(p.shape, p.chunk);
  const Box written = written_chunks(p, grid);
  for_each_index(written.extent, [&](const Dims& at) {
    Dims coordinates = written.lo;
    for (int i = 0; i < at.size(); i++) coordinates[i] += at[i];
    const Box box = grid.box(coordinates);
    if (box.lo[p.grows_along] >= p.from) return;
    if (const auto place = old_place(*file_, dataset, box.lo, p)) p.old.push_back({grid.linear(coordinates), *place});
  });
}

// A chunk that is written anew frees its old place, which holds what counts until the commit, and which the library
// would give to it or to the next one. So it first gets one that is too large for that, of which the file that is then
// opened again knows no more than that it can be freed: it knows nothing of free space in a file that it opens.
std::string GrowingHdf5::place_late(const Placed& p, const std::vector<std::string>& parts) {
  constexpr std::int64_t gap = 8;
  const std::string name = fmt::format("{}:{}", file_->name(), p.path), what = name + ": making room for a chunk";
  const ChunkGrid grid = ChunkGrid::regular(p.shape, p.chunk);
  const auto chunks = in_order(name, p, parts);
  std::vector<std::int64_t> offsets(chunks.size(), -1);
  Id opened, dataset;
  const auto open = [&](std::int64_t unused) {
    dataset = Id();
    if (opened) close(opened);
    opened = open_file_to_change(file_, pending_, unused);
    dataset = own(H5Dopen2(opened.get(), p.path.c_str(), H5P_DEFAULT), H5Dclose, what);
  };
  const auto room = [&](const StoredChunk& c, std::int64_t more) {
    return make_room(dataset.get(), grid.box(c.number).lo, c.bytes + more, c.skipped, what);
  };
  const auto old_bytes = [&](const StoredChunk& c) {
    const auto old = std::find_if(p.old.begin(), p.old.end(), [&](const OldChunk& o) { return o.number == c.number; });
    return old == p.old.end() ? 0 : old->place.bytes;
  };
  open(0);
  for (std::size_t i = 0; i < chunks.size(); i++)
    if (old_bytes(chunks[i]) == 0) offsets[i] = room(chunks[i], 0);
  for (std::size_t i = 0; i < chunks.size(); i++) {
    const std::int64_t old = old_bytes(chunks[i]);
    if (old == 0) continue;
    open(gap);
    static_cast<void>(room(chunks[i], old));
    open(0);
    offsets[i] = room(chunks[i], 0);
  }
  if (std::any_of(offsets.begin(), offsets.end(), [&](std::int64_t at) { return at < pending_->old_end(); }))
    throw IoError(fmt::format("{}: can't grow in place: HDF5 has room for it within the file", name));
  dataset = Id();
  close(opened);
  Writer w;
  w.put(offsets);
  return w.bytes();
}

std::string GrowingHdf5::reply(std::size_t datasets, Reader& layout, const std::vector<std::string>& reports) {
  const Lock lock;
  return place_late_chunks(datasets, layout, reports, [&](const Placed& placed, const std::vector<std::string>& parts) {
    return place_late(placed, parts);
  });
}

std::vector<Patch> GrowingHdf5::patches() {
  pending_->write_behind();
  file_->resize(pending_->end());
  std::vector<Patch> all = pending_->within();
  const auto shows = [&](const Patch& p) {
    return std::any_of(headers_.begin(), headers_.end(), [&](std::int64_t at) {
      return at >= p.offset && at < p.offset + static_cast<std::int64_t>(p.after.size());
    });
  };
  std::stable_partition(all.begin(), all.end(), [&](const Patch& p) { return !shows(p); });
  for (auto& p : all) p = trimmed(std::move(p));
  return all;
}

}  // namespace
}  // namespace hdf5

std::unique_ptr<GrowingFile> grow_hdf5(AppendedFile& file, const std::vector<DatasetSpec>& datasets,
                                       const Hdf5Layout& options, Writer& layout) {
  return std::make_unique<hdf5::GrowingHdf5>(file, datasets, options, layout);
}

}  // namespace tessera::io
