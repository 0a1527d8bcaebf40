// Writing elements of datasets without filters: every one has its place from the beginning.
#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/region.hpp>

namespace tessera::io::hdf5 {

void put_placed(Writer& w, const Placed& p) {
  w.put(p.path);
  put_dims(w, p.shape);
  put_dims(w, p.chunk);
  w.put(p.item)
      .put(p.offset)
      .put(p.filters.steps)
      .put(p.unlimited)
      .put(p.fill.has_value())
      .put(p.fill.value_or(RawElement{}))
      .put(p.runs)
      .put(p.grows_along)
      .put(p.from)
      .put(p.old);
}

Placed get_placed(Reader& r) {
  Placed p;
  p.path = r.get_string();
  p.shape = get_dims(r);
  p.chunk = get_dims(r);
  p.item = r.get<std::int64_t>();
  p.offset = r.get<std::int64_t>();
  p.filters.steps = r.get_vector<Filters::Step>();
  p.unlimited = r.get<std::uint32_t>();
  const bool has_fill = r.get<bool>();
  p.fill = r.get<RawElement>();
  if (!has_fill) p.fill.reset();
  p.runs = r.get_vector<ChunkRun>();
  p.grows_along = r.get<int>();
  p.from = r.get<std::int64_t>();
  p.old = r.get_vector<OldChunk>();
  return p;
}

namespace {

class PlainWriter final : public StoreWriter {
 public:
  PlainWriter(std::shared_ptr<const PositionedFile> file, Placed placed)
      : file_(std::move(file)),
        placed_(std::move(placed)),
        grid_(ChunkGrid::regular(placed_.shape, placed_.chunk.empty() ? placed_.shape : placed_.chunk)) {}

  std::int64_t write(const Box& added, const std::byte* from, const Dims& strides) override {
    if (added.empty()) return 0;
    const Box box = in_dataset(placed_, added);
    const std::int64_t bytes = box.size() * placed_.item;
    if (placed_.chunk.empty()) {
      const Region all{placed_.offset, placed_.shape, placed_.item};
      write_region(*file_, all, box, from, strides);
      begin_write_back(*file_, all, box);
      return bytes;
    }
    // What of a chunk sticks out of the shape may be written, too, unless the dataset grows there.
    for_each_chunk_part(placed_.chunk, grid_, box, strides, [&](const ChunkPart& p) {
      const Region chunk{chunk_offset(placed_, p.number), placed_.chunk, placed_.item};
      write_region(*file_, chunk, p.part, from + p.memory, strides, p.whole && placed_.unlimited == 0);
      begin_write_back(*file_, chunk, p.part);
    });
    return bytes;
  }

 private:
  std::shared_ptr<const PositionedFile> file_;
  Placed placed_;
  ChunkGrid grid_;
};

}  // namespace

std::unique_ptr<StoreWriter> make_plain_writer(std::shared_ptr<const PositionedFile> file, Placed placed) {
  return std::make_unique<PlainWriter>(std::move(file), std::move(placed));
}

}  // namespace tessera::io::hdf5
