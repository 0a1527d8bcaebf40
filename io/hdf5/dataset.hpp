#pragma once
// What a rank must know of an HDF5 dataset to read its elements without parsing the file. Needs no HDF5 header.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/description.hpp>
#include <tessera/io/hdf5/filters.hpp>

namespace tessera::io::hdf5 {

/// A chunk in the file. Never written chunks have offset -1.
struct ChunkPlace {
  std::int64_t offset = -1;   ///< from the start of the file, user block included
  std::int64_t bytes = 0;     ///< as stored
  std::uint32_t skipped = 0;  ///< bit i: filter i was not applied
};

struct Dataset {
  enum class Kind : std::uint8_t {
    absent,      ///< nothing was ever written: fill values
    inlined,     ///< in the object header (compact): the bytes are `values`
    contiguous,  ///< from `offset` on
    table,       ///< chunked; `places` in the grid's row-major order
    lookup       ///< chunked; the library is asked where each chunk lies
  };
  StoreInfo info;
  std::string file, path;
  FileKey key;
  Encoding encoding;
  RawElement fill{};
  Kind kind = Kind::absent;
  std::int64_t offset = 0;
  Dims chunk;  ///< as on disk, not clipped to the shape
  Filters filters;
  bool plain_edges = false;  ///< chunks that stick out of the shape are stored without filters
  std::vector<ChunkPlace> places;
  std::string values;
  Shape whole;           ///< the shape with records that the dimension has and the file lacks; info.shape: without them
  RawElement missing{};  ///< their value, as memory holds it
  bool watched = false;  ///< NetCDF's default fill values may be among the elements, and nothing says so
};

void put_dataset(Writer& w, const Dataset& d);
Dataset get_dataset(Reader& r);

/// Bytes of a whole chunk in memory.
inline std::int64_t chunk_bytes(const Dataset& d) {
  std::int64_t n = item_size(d.encoding.dtype);
  for (auto e : d.chunk) n *= e;
  return n;
}

/// How to look at a dataset.
struct Look {
  std::int64_t most_places = 0;   ///< of chunks: where there are more, each is looked up when it is read
  bool chars_as_bytes = false;    ///< SourceOptions::chars_as_bytes
  std::int64_t room = INT64_MAX;  ///< SourceOptions::room
};
/// Reads the metadata of one dataset. Takes the library's lock itself.
Dataset describe(const std::shared_ptr<const PositionedFile>& file, const std::string& dataset, const Look& look);

/// Store over a described dataset.
std::shared_ptr<const Store> make_store(std::shared_ptr<const PositionedFile> file, Dataset dataset);

}  // namespace tessera::io::hdf5
