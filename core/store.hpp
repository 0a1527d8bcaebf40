#pragma once
// Store: what a file must offer to be a source of an array. One Store is one array (a dataset). The formats live in
// io/; planning and execution know only this interface.
#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/box.hpp>
#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

/// A named value that a dataset carries: a text, numbers of one dtype (integers in the first of the two that holds
/// all), or a list of texts.
struct Attribute {
  std::string name;
  std::variant<std::string, std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint64_t>,
               std::vector<std::string>, std::vector<std::complex<double>>>
      value;
  std::optional<DType> stored{};  ///< of numbers in a file, which has also smaller dtypes; nothing: the value's own
  /// Of values that lie in no other way than these: one is a scalar, several are a list, none has no shape at all.
  std::optional<Dims> shape{};
  bool operator==(const Attribute&) const = default;
};

/// An attribute that is left out, and what it holds: "references", "50 MiB of text".
struct UnreadAttribute {
  std::string name, holds;
  bool too_large = false;  ///< it is of a kind that is read, but attributes are held beside what the budget plans
  bool operator==(const UnreadAttribute&) const = default;
};

/// The datasets that one is joined of.
struct JoinedParts {
  std::vector<std::string> names{};     ///< "a.nc:/t", in their order; empty: it is one dataset
  std::vector<std::int64_t> lengths{};  ///< of each, along the joined axis
  int axis = 0;                         ///< of the whole
  bool is_new = false;                  ///< the parts lack it: each is one index
};

/// What is known of a dataset without reading its elements.
struct StoreInfo {
  std::string name;    ///< "data.h5:/x", as messages show it
  std::string format;  ///< "hdf5", "npy"
  Shape shape;
  DType dtype = DType::float64;         ///< in memory; the file's byte order is the store's own affair
  ChunkGrid grid;                       ///< storage chunks, or auto_chunks where the file has none
  bool chunked = false;                 ///< stored in chunks
  std::string filters;                  ///< "shuffle, gzip(4)"; empty when stored plainly
  std::int64_t stored_bytes = 0;        ///< what the elements take in the file
  bool stored_estimated = false;        ///< by a few of the chunks, where there are many
  std::vector<std::string> dimensions;  ///< names, empty when there are none
  std::vector<Attribute> attributes;
  std::vector<UnreadAttribute> unread_attributes{};
  std::vector<std::string> coordinates;    ///< per dimension the source of its values ("data.nc:/time"), or ""
  std::vector<Attribute> file_attributes;  ///< of the whole file: title, history
  std::vector<UnreadAttribute> unread_file_attributes{};
  std::uint32_t unlimited = 0;  ///< bit i: the file lets axis i grow
  bool retimed = false;         ///< of many files: times are read in other units than those of their file
  JoinedParts parts{};          ///< of many files
  /// Of the bytes behind it, the same in every process: path, inode, size and time of change of the file; dataset.
  std::string identity;
  /// Elements that can only be read together (a compressed chunk): extents per axis; all 1 when any box reads just
  /// itself.
  Dims indivisible;
};

/// Read access to one dataset. Thread-safe: any number of threads read at the same time. Never calls MPI.
class TESSERA_API Store {
 public:
  virtual ~Store();
  virtual const StoreInfo& info() const = 0;
  /// Reads `box` into memory of `strides` bytes per axis (row-major or not), converted to the host's byte order.
  /// throws IoError naming the file when it is short, damaged or unreadable.
  virtual void read(const Box& box, std::byte* to, const Dims& strides) const = 0;
  /// True when every element is the same as the other's, of the same shape and dtype.
  virtual bool has_same_elements(const Store& other) const { return info().identity == other.info().identity; }
  /// Tells the system that `box` will be read soon. Never fails, returns at once, takes no memory of ours.
  virtual void prefetch(const Box& box) const = 0;
  /// Bytes of scratch that one `read` of a box of these extents may take in addition to its destination.
  virtual std::int64_t scratch_bytes(const Dims& extent) const = 0;
  /// Bytes that a read of `box` takes from the file: what explain prints.
  virtual std::int64_t file_bytes(const Box& box) const = 0;
  /// True when something was read that NetCDF takes as missing by default, and that nothing in the file names a fill
  /// value.
  virtual bool met_default_fill() const { return false; }
  /// What was read before and after some change of a file would be mixed. throws IoError naming a file from which this
  /// process has read when it is not what it was when the store was opened. Nothing can change where there is no file.
  virtual void verify() const = 0;
};

/// Where a dataset grows that is written behind what it has.
struct Growth {
  int axis = 0;
  std::optional<std::int64_t> from{};  ///< its length there until now; nothing: it is not there, and is made
};

/// One dataset to be written.
struct DatasetSpec {
  std::string path;  ///< "/y" inside the file; ignored by formats with one array
  Shape shape;       ///< with `growth`: of what is added
  DType dtype = DType::float64;
  Dims chunk{};  ///< regular chunk shape on disk; empty: contiguous
  std::vector<Attribute> attributes{};
  std::vector<std::string> dimensions{};
  std::string compress{};       ///< filters: "gzip:4", "noshuffle,gzip:9", "shuffle,gzip:4,fletcher32"; needs chunks
  std::uint32_t unlimited = 0;  ///< bit i: axis i may grow later; needs chunks
  std::optional<Growth> growth{};
};

/// Memory that writing a dataset takes beside what is written, bytes per rank.
struct WriteCost {
  std::int64_t fixed = 0;       ///< once
  std::int64_t per_worker = 0;  ///< for every thread that writes
  bool in_chunks = false;       ///< chunks of the file are put together in memory: they should come one after another
  bool operator==(const WriteCost&) const = default;
};

/// Write access to one dataset of a file that is being made. Thread-safe for boxes that don't overlap. Never calls MPI.
class TESSERA_API StoreWriter {
 public:
  virtual ~StoreWriter();
  /// Writes `box` from memory of `strides` bytes per axis. throws IoError.
  /// returns: bytes of the file that this made; compressed chunks count where their last part came.
  virtual std::int64_t write(const Box& box, const std::byte* from, const Dims& strides) = 0;
};

}  // namespace tessera
