// Writing chunks through filters. Boxes may cover chunks whole or in part, from any thread; a chunk that arrives in
// parts is put together in memory and encoded by whoever brings its last part. A plan that walks chunk after chunk has
// at most one more of them open than it has workers.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io::hdf5 {
namespace {

class CompressedWriter final : public LateWriter {
 public:
  CompressedWriter(std::shared_ptr<const PositionedFile> file, const std::string& temporary_path, Placed placed)
      : file_(std::move(file)),
        temporary_path_(temporary_path),
        placed_(std::move(placed)),
        grid_(ChunkGrid::regular(placed_.shape, placed_.chunk)),
        chunk_bytes_(chunk_bytes(placed_)),
        dense_(row_major_strides(placed_.chunk, placed_.item)) {}

  std::int64_t write(const Box& added, const std::byte* from, const Dims& strides) override {
    std::int64_t bytes = 0;
    if (added.empty()) return bytes;
    const Box box = in_dataset(placed_, added);
    for_each_chunk_part(placed_.chunk, grid_, box, strides, [&](const ChunkPart& p) {
      const bool as_stored = p.whole && p.part.extent == placed_.chunk && strides == dense_;
      bytes += as_stored ? store(p.number, from + p.memory) : assemble(p, from + p.memory, strides);
    });
    return bytes;
  }
  std::string finish() override;
  void place(const std::string& places) override;

 private:
  struct Assembly {
    std::unique_ptr<std::byte[]> data;
    std::int64_t missing;  // elements
  };
  struct Kept {
    StoredChunk chunk;
    std::int64_t offset;  // in the scratch file
  };
  // Both return the bytes that were stored.
  std::int64_t assemble(const ChunkPart& p, const std::byte* from, const Dims& strides);
  std::int64_t store(std::int64_t number, const std::byte* chunk);
  Assembly begin(std::int64_t number);
  void begin_with_old(std::int64_t number, const Box& box, Assembly& a);

  std::shared_ptr<const PositionedFile> file_, scratch_;
  std::string temporary_path_;
  Placed placed_;
  ChunkGrid grid_;
  std::int64_t chunk_bytes_;
  Dims dense_;
  std::mutex mutex_;  // of what follows, and of scratch_
  std::unordered_map<std::int64_t, Assembly> open_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
  std::vector<Kept> kept_;
  std::int64_t scratch_end_ = 0;
};

CompressedWriter::Assembly CompressedWriter::begin(std::int64_t number) {
  Assembly a;
  a.missing = grid_.box(number).size();
  if (free_.empty()) {
    a.data = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(chunk_bytes_));
  } else {
    a.data = std::move(free_.back());
    free_.pop_back();
  }
  // What sticks out of the shape is stored, too.
  if (grid_.box(number).extent != placed_.chunk)
    fill(placed_.fill.value_or(RawElement{}), placed_.item, placed_.chunk, a.data.get(), dense_);
  if (placed_.grows_along >= 0) begin_with_old(number, grid_.box(number), a);
  return a;
}

// Of a chunk that was not full the elements that are there come first. It is written anew elsewhere: until the file says
// that it has grown, its old place counts.
void CompressedWriter::begin_with_old(std::int64_t number, const Box& box, Assembly& a) {
  const int axis = placed_.grows_along;
  const std::int64_t there = placed_.from - box.lo[axis];
  if (there <= 0) return;
  a.missing -= a.missing / box.extent[axis] * there;
  const auto known =
      std::find_if(placed_.old.begin(), placed_.old.end(), [&](const OldChunk& old) { return old.number == number; });
  if (known == placed_.old.end())  // it was never written
    return fill(placed_.fill.value_or(RawElement{}), placed_.item, placed_.chunk, a.data.get(), dense_);
  const Scratch stored(0, known->place.bytes);
  file_->read(known->place.offset, stored.data(), known->place.bytes);
  decode(placed_.filters, known->place.skipped, stored.data(), known->place.bytes, a.data.get(), chunk_bytes_,
         [&] { return fmt::format("{}:{}, chunk {}", file_->name(), placed_.path, number); });
}

std::int64_t CompressedWriter::assemble(const ChunkPart& p, const std::byte* from, const Dims& strides) {
  std::byte* to = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto known = open_.find(p.number);
    if (known == open_.end()) known = open_.emplace(p.number, begin(p.number)).first;
    to = known->second.data.get();
  }
  std::int64_t start = 0;
  for (int i = 0; i < dense_.size(); i++) start += p.part.lo[i] * dense_[i];
  cpu::copy(p.part.extent, placed_.item, from, strides, to + start, dense_);
  Assembly whole;
  {
    const std::lock_guard lock(mutex_);
    const auto known = open_.find(p.number);
    known->second.missing -= p.part.size();
    if (known->second.missing > 0) return 0;
    whole = std::move(known->second);
    open_.erase(known);
  }
  const std::int64_t bytes = store(p.number, whole.data.get());
  // With no chunk open the stage may be over, and the memory planned for the next one.
  const std::lock_guard lock(mutex_);
  if (open_.empty())
    free_.clear();
  else
    free_.push_back(std::move(whole.data));
  return bytes;
}

std::int64_t CompressedWriter::store(std::int64_t number, const std::byte* chunk) {
  std::int64_t bytes = 0;
  encode(placed_.filters, chunk, chunk_bytes_, [&](const Encoded& e) {
    std::int64_t offset = 0;
    {
      const std::lock_guard lock(mutex_);
      if (!scratch_) scratch_ = PositionedFile::create_nameless(temporary_path_, file_->name());
      offset = scratch_end_;
      scratch_end_ += e.bytes;
      kept_.push_back({{number, e.bytes, e.skipped}, offset});
    }
    scratch_->write(offset, e.data, e.bytes);
    bytes = e.bytes;
  });
  return bytes;
}

std::string CompressedWriter::finish() {
  const std::lock_guard lock(mutex_);
  free_.clear();
  if (!open_.empty())
    throw InternalError(
        fmt::format("{}:{}: {} chunks were written in part", file_->name(), placed_.path, open_.size()));
  Writer w;
  w.put(kept_.size());
  for (const auto& k : kept_) w.put(k.chunk);
  return w.bytes();
}

void CompressedWriter::place(const std::string& places) {
  Reader r(places);
  const auto offsets = r.get_vector<std::int64_t>();
  for (const auto& k : kept_)
    file_->copy_from(*scratch_, k.offset, offsets.at(position_of(placed_, grid_, k.chunk.number)), k.chunk.bytes);
  kept_.clear();
  scratch_.reset();
}

}  // namespace

std::unique_ptr<LateWriter> make_compressed_writer(std::shared_ptr<const PositionedFile> file,
                                                   const std::string& temporary_path, Placed placed) {
  return std::make_unique<CompressedWriter>(std::move(file), temporary_path, std::move(placed));
}

}  // namespace tessera::io::hdf5
