// Reading the elements of a described HDF5 dataset: pread at known places, decoding outside any lock.
#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/io/hdf5/chunk_lookup.hpp>
#include <tessera/io/region.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io::hdf5 {
namespace {

class Hdf5Store final : public Store {
 public:
  Hdf5Store(std::shared_ptr<const PositionedFile> file, Dataset d)
      : file_(file), d_(std::move(d)), item_(item_size(d_.encoding.dtype)), chunk_bytes_(chunk_bytes(d_)) {
    if (d_.kind == Dataset::Kind::lookup) lookup_.emplace(std::move(file), d_.path);
  }

  const StoreInfo& info() const override { return d_.info; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override;
  void prefetch(const Box& box) const override;
  std::int64_t scratch_bytes(const Dims&) const override {
    return region_scratch_bytes + d_.filters.scratch_bytes(chunk_bytes_);
  }
  std::int64_t file_bytes(const Box& box) const override;
  void verify() const override { file_->verify(); }

 private:
  // A chunk of the file, and the part of a box in it.
  struct Part {
    Dims chunk;    ///< coordinates in the grid
    Box in_chunk;  ///< relative to the chunk's first element
    Box box;       ///< in the dataset
    bool edge;     ///< the chunk sticks out of the shape
  };
  template <class F>
  void for_each_part(const Box& box, const F& f) const;
  ChunkPlace place_of(const Part& part) const;
  bool is_plain(const Part& part, const ChunkPlace& place) const;
  void read_part(const Part& part, std::byte* to, const Dims& strides) const;

  std::shared_ptr<const PositionedFile> file_;
  Dataset d_;
  std::int64_t item_, chunk_bytes_;
  std::optional<ChunkLookup> lookup_;
};

template <class F>
void Hdf5Store::for_each_part(const Box& box, const F& f) const {
  if (box.empty()) return;
  const int rank = box.rank();
  Dims first, count;
  for (int i = 0; i < rank; i++) {
    first.push_back(box.lo[i] / d_.chunk[i]);
    count.push_back((box.lo[i] + box.extent[i] - 1) / d_.chunk[i] - first[i] + 1);
  }
  for_each_index(count, [&](const Dims& at) {
    Part part{Dims::filled(rank, 0), box, box, false};
    for (int i = 0; i < rank; i++) {
      part.chunk[i] = first[i] + at[i];
      const std::int64_t lo = part.chunk[i] * d_.chunk[i], hi = lo + d_.chunk[i];
      part.box.lo[i] = std::max(box.lo[i], lo);
      part.box.extent[i] = std::min(box.lo[i] + box.extent[i], hi) - part.box.lo[i];
      part.in_chunk.lo[i] = part.box.lo[i] - lo;
      part.in_chunk.extent[i] = part.box.extent[i];
      part.edge = part.edge || hi > d_.info.shape[i];
    }
    f(part);
  });
}

ChunkPlace Hdf5Store::place_of(const Part& part) const {
  const std::int64_t chunk = d_.info.grid.linear(part.chunk);
  return d_.kind == Dataset::Kind::table ? d_.places[chunk]
                                         : lookup_->find(chunk, d_.info.grid, chunk_bytes_, d_.filters);
}

bool Hdf5Store::is_plain(const Part& part, const ChunkPlace& place) const {
  if (d_.filters.empty() || (d_.plain_edges && part.edge)) return true;
  const std::uint32_t all =
      d_.filters.steps.size() == 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << d_.filters.steps.size()) - 1;
  return (place.skipped & all) == all;
}

void Hdf5Store::read_part(const Part& part, std::byte* to, const Dims& strides) const {
  const ChunkPlace place = place_of(part);
  if (place.offset < 0) return fill(d_.fill, item_, part.box.extent, to, strides);
  if (is_plain(part, place)) {
    if (place.bytes != chunk_bytes_)
      throw IoError(fmt::format("{}: damaged: the chunk at {} takes {} bytes in the file, not {}", d_.info.name,
                                to_string(part.chunk), place.bytes, chunk_bytes_));
    return read_region(*file_, {place.offset, d_.chunk, item_}, part.in_chunk, to, strides);
  }
  const Scratch stored(0, place.bytes);
  file_->read(place.offset, stored.data(), place.bytes);
  const auto name = [&] { return fmt::format("{}, chunk {}", d_.info.name, to_string(part.chunk)); };
  if (part.in_chunk.extent == d_.chunk && strides == row_major_strides(d_.chunk, item_))
    return decode(d_.filters, place.skipped, stored.data(), place.bytes, to, chunk_bytes_, name);
  const Scratch whole(3, chunk_bytes_);
  decode(d_.filters, place.skipped, stored.data(), place.bytes, whole.data(), chunk_bytes_, name);
  const Dims from = row_major_strides(d_.chunk, item_);
  std::int64_t start = 0;
  for (int i = 0; i < from.size(); i++) start += part.in_chunk.lo[i] * from[i];
  cpu::copy(part.box.extent, item_, whole.data() + start, from, to, strides);
}

void Hdf5Store::read(const Box& box, std::byte* to, const Dims& strides) const {
  if (box.empty()) return;
  switch (d_.kind) {
    case Dataset::Kind::absent:
      fill(d_.fill, item_, box.extent, to, strides);
      break;
    case Dataset::Kind::inlined: {
      const Dims from = row_major_strides(d_.info.shape, item_);
      std::int64_t start = 0;
      for (int i = 0; i < box.rank(); i++) start += box.lo[i] * from[i];
      cpu::copy(box.extent, item_, reinterpret_cast<const std::byte*>(d_.values.data()) + start, from, to, strides);
      break;
    }
    case Dataset::Kind::contiguous:
      read_region(*file_, {d_.offset, d_.info.shape, item_}, box, to, strides);
      break;
    default:
      for_each_part(box, [&](const Part& part) {
        std::int64_t offset = 0;
        for (int i = 0; i < box.rank(); i++) offset += (part.box.lo[i] - box.lo[i]) * strides[i];
        read_part(part, to + offset, strides);
      });
  }
  to_host(d_.encoding, box.extent, to, strides);
}

void Hdf5Store::prefetch(const Box& box) const {
  constexpr int most_calls = 64;
  if (d_.kind == Dataset::Kind::contiguous) {
    prefetch_region(*file_, {d_.offset, d_.info.shape, item_}, box, most_calls);
  } else if (d_.kind == Dataset::Kind::table) {
    int calls = most_calls;
    for_each_part(box, [&](const Part& part) {
      if (calls <= 0) return;
      const ChunkPlace place = place_of(part);
      if (place.offset < 0) return;
      if (is_plain(part, place)) {
        calls -= prefetch_region(*file_, {place.offset, d_.chunk, item_}, part.in_chunk, calls);
      } else {
        file_->will_need(place.offset, place.bytes);
        calls--;
      }
    });
  }
  // Where places must be looked up, the lock may be taken: nothing is prefetched.
}

std::int64_t Hdf5Store::file_bytes(const Box& box) const {
  if (d_.kind == Dataset::Kind::absent || d_.kind == Dataset::Kind::inlined) return 0;
  if (d_.kind == Dataset::Kind::contiguous) return region_bytes({d_.offset, d_.info.shape, item_}, box);
  std::int64_t bytes = 0;
  if (d_.kind == Dataset::Kind::table) {
    for_each_part(box, [&](const Part& part) {
      const ChunkPlace place = place_of(part);
      if (place.offset >= 0)
        bytes += is_plain(part, place) ? region_bytes({place.offset, d_.chunk, item_}, part.in_chunk) : place.bytes;
    });
    return bytes;
  }
  if (d_.filters.empty()) return box.size() * item_;
  // Without places: the chunks touched, at the average size of a chunk.
  std::int64_t chunks = box.empty() ? 0 : 1;
  for (int i = 0; i < box.rank() && chunks > 0; i++)
    chunks *= (box.lo[i] + box.extent[i] - 1) / d_.chunk[i] - box.lo[i] / d_.chunk[i] + 1;
  return static_cast<std::int64_t>(static_cast<double>(d_.info.stored_bytes) /
                                   static_cast<double>(d_.info.grid.count()) * static_cast<double>(chunks));
}

}  // namespace

std::shared_ptr<const Store> make_store(std::shared_ptr<const PositionedFile> file, Dataset dataset) {
  return std::make_shared<Hdf5Store>(std::move(file), std::move(dataset));
}

}  // namespace tessera::io::hdf5
