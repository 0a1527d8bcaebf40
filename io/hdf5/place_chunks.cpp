// Places for compressed chunks: the library makes room for each, in order, and enters it in the index; their bytes are
// elsewhere and are written by who has them.
#include <fmt/format.h>

#include <tessera/io/hdf5/chunk_room.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

std::string place_dataset(const PositionedFile& file, hid_t opened, const Placed& placed,
                          const std::vector<std::string>& parts) {
  const std::string name = fmt::format("{}:{}", file.name(), placed.path), what = name + ": making room for a chunk";
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  const auto chunks = in_order(name, placed, parts);
  const Id dataset = own(H5Dopen2(opened, placed.path.c_str(), H5P_DEFAULT), H5Dclose, what);
  std::vector<std::int64_t> offsets;
  offsets.reserve(chunks.size());
  for (const auto& chunk : chunks)
    offsets.push_back(make_room(dataset.get(), grid.box(chunk.number).lo, chunk.bytes, chunk.skipped, what));
  Writer w;
  w.put(offsets);
  return w.bytes();
}

}  // namespace
}  // namespace hdf5

std::string place_hdf5_chunks(const std::shared_ptr<const PositionedFile>& file, std::size_t datasets, Reader& layout,
                              const std::vector<std::string>& reports) {
  using namespace hdf5;
  const Lock lock;
  Id opened = open_file_to_change(file);
  std::string places =
      place_late_chunks(datasets, layout, reports, [&](const Placed& placed, const std::vector<std::string>& parts) {
        return place_dataset(*file, opened.get(), placed, parts);
      });
  opened.close(file->name() + ": making room for compressed chunks");
  check_driver();
  file->reserve(file->again()->size());
  return places;
}

}  // namespace tessera::io
