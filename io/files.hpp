#pragma once
// Opening and making files by name. The split is at the last ":/" ("data.h5:/group/x"), the format is told by what is
// found there, "~" is expanded, and a file with one array needs no dataset name.
//
// Reading on many ranks: one rank describes a source (it alone parses the file), the description is broadcast, every
// rank opens from it. Writing: one rank creates the file under a temporary name and lays it out; every rank gets
// writers from the layout, writes, and tells the one rank what it wrote where the format asks for it; when all have
// flushed, that rank commits (flush, rename, flush the folder).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/file_contents.hpp>
#include <tessera/io/target_writers.hpp>

namespace tessera {

struct SourceName {
  std::string file;
  std::string dataset;  ///< with its leading "/"; empty when none was given
};
/// "~/a:b.h5:/x" -> {"/home/me/a:b.h5", "/x"}.
TESSERA_API SourceName parse_source(const std::string& text);

/// How a source is to be understood.
struct SourceOptions {
  bool raw = false;  ///< Session::open: NetCDF's fill values and scaling stay as they are in the file
  /// A NetCDF variable without _FillValue has the default one of its dtype (not bytes, whose values are all in use).
  bool default_fill = false;
  /// NetCDF's chars (texts of length 1), which are not read otherwise, are int8. For variables that are there for their
  /// attributes, as grid mappings are.
  bool chars_as_bytes = false;
  /// Of a file without a header: its dtype ("float32", ">f4" for big-endian elements) and shape (one length may be -1:
  /// it follows from the file's size); the elements are row-major. The file must have just their bytes, and no known
  /// format. With `raw_offset` they begin after so many bytes, and neither is asked.
  std::string raw_dtype{};
  std::optional<Shape> raw_shape{};
  std::optional<std::int64_t> raw_offset{};
  /// Of many: "/time" of its file tells what numbers count from that have no units of their own. For bounds.
  std::string counted_by{};
  /// Of many: they are one behind the other as they are given, whatever their coordinates say.
  bool any_order = false;
  /// Bytes that there is room for: attributes that take more, with their copies on the way to the array, are a
  /// MemoryBudgetError. Session::open has the room that its budget leaves.
  std::int64_t room = INT64_MAX;
};

/// From here on this process looks into files in child processes: one that crashes over a damaged or crafted file,
/// takes more than 60 s or 2 GiB of memory is an IoError. All places of chunks are looked up at once (at most 4
/// million), and nothing is added to existing files. Elements are decoded in this process, by code of ours that checks
/// them.
TESSERA_API void distrust_files();

/// Everything that `open_store` needs on any rank. Reads and checks the metadata; never the elements.
/// throws IoError (missing, not readable, damaged, truncated), UsageError (which dataset of several? format not read).
TESSERA_API std::string describe_source(const std::string& source, const SourceOptions& options = {});
/// The same of many sources as one array (see Session::open_many).
TESSERA_API std::string describe_sources(const std::vector<std::string>& sources, const std::string& dimension,
                                         const SourceOptions& options = {});
/// True when the file of `source` begins as one of a format that tells dtype and shape by itself. throws IoError.
TESSERA_API bool has_known_format(const std::string& source);
/// True for a glob ("data_*.nc:/t"; a file of just this name is itself) and for a list ("@list.txt").
TESSERA_API bool names_many(const std::string& source);
/// The sources that a glob stands for, numbers in their names by value ("run_9" before "run_10"), or a list: one a
/// line, in its order; blank lines and what follows a # are left out; "@list.txt:/t" is that dataset of each file. Any
/// other source is itself. throws IoError (nothing matches, the list can't be read), UsageError (an empty list).
TESSERA_API std::vector<std::string> expand_source(const std::string& source);
TESSERA_API std::shared_ptr<const Store> open_store(const std::string& description);
/// Datasets that lie one behind the other along `axis`, or side by side along a new one, and are packed differently:
/// each is to be decoded alone before they are joined.
struct StoreParts {
  int axis = 0;
  bool is_new = false;
  std::vector<std::shared_ptr<const Store>> stores{};
};
/// Of what describe_sources gave; nothing where it is one Store.
TESSERA_API std::optional<StoreParts> open_store_parts(const std::string& description);
/// Both, on one rank.
TESSERA_API std::shared_ptr<const Store> open_store_alone(const std::string& source, const SourceOptions& options = {});

/// What `tessera info` shows of a file without a dataset name. An object that is broken, or of a kind that is not read,
/// is an entry that says so. throws IoError, UsageError when the file itself can't be opened.
TESSERA_API FileContents list_file(const std::string& file);
/// Of these the datasets that can be read, without their attributes.
TESSERA_API std::vector<StoreInfo> list_datasets(const std::string& file);

struct CreateOptions {
  bool force = false;                 ///< replace an existing file
  std::vector<std::string> inputs{};  ///< files that must not be replaced (compared by inode)
  /// Adds the datasets to an existing HDF5 file: to a copy, which takes its place when it is complete. Datasets that
  /// are there are refused. Where there is no file, one is made.
  bool append = false;
  std::vector<Attribute> file_attributes{};  ///< of the whole file (HDF5); replace those of a file that is appended to
  std::string history{};                     ///< a line that goes before what the attribute `history` says
};
namespace io {
class TargetMaker;
}
/// A target that is being made, on the one process that makes it: it lies under its temporary name, locked, so that no
/// other run can write it, too, and gets its own when it is committed. If it never is, it goes with the value.
class TESSERA_API NewTarget {
 public:
  /// Lays it out for `datasets`. The format follows the ending: .npy; .bin and .raw (the elements alone); else HDF5
  /// (.nc, .nc4, .cdf: as NetCDF has it. Attributes of more axes than one become lists; bools are bytes whose attribute
  /// dtype is "bool"; complex numbers are refused; a dataset that has the name of a dimension of which it is not the
  /// coordinate is stored beside it). throws IoError / UsageError (exists, is an input, another run is writing it,
  /// folder missing or not writable, no room, format can't hold it).
  /// Where one has a growth (as grown_spec gave it), all are written into the file itself when it is there.
  NewTarget(const std::string& path, std::vector<DatasetSpec> datasets, CreateOptions options);
  NewTarget(NewTarget&&) noexcept;
  NewTarget& operator=(NewTarget&&) = delete;
  ~NewTarget();
  /// What open_writers takes, on any rank.
  const std::string& layout() const { return layout_; }
  /// Where writers report, after the last write: `reports` by rank. returns: what TargetWriters::settle takes on every
  /// rank. throws IoError.
  std::string reply(const std::vector<std::string>& reports);
  /// After all ranks have flushed: flush, rename, flush the folder. The target has the permissions of the one that it
  /// replaces, without set-id bits. throws IoError (another run replaced the temporary file), UsageError (there is one
  /// that must not be replaced).
  void commit();

 private:
  std::unique_ptr<io::TargetMaker> maker_;
  std::string layout_;
};
/// `dataset` has a growth: what it becomes in the file as it is now: as it is where there is no file or no such dataset
/// in it; else with the length, chunks and filters of the one that is there. On one rank. throws ShapeError, DTypeError,
/// UsageError (the dataset can't grow so), IoError.
TESSERA_API DatasetSpec grown_spec(const std::string& file, const DatasetSpec& dataset);
/// `layout` of NewTarget, on any rank. throws IoError.
TESSERA_API std::unique_ptr<TargetWriters> open_writers(const std::string& layout);
/// True where a file of this name holds one array and no more: no dataset names, no chunks, no attributes (.npy, .bin,
/// .raw).
TESSERA_API bool holds_one_array(const std::string& target);
/// True where a target's name says that it is for NetCDF's programs (.nc, .nc4, .cdf): then only what NetCDF has is
/// written.
TESSERA_API bool is_netcdf(const std::string& target);
/// Memory that a writer of `dataset` takes. Needs no file. throws UsageError when the format can't compress it so.
TESSERA_API WriteCost write_cost(const std::string& file, const DatasetSpec& dataset);
/// Where `target` ("file.h5:/y") lies until it is committed.
TESSERA_API std::string temporary_file(const std::string& target);
/// Removes what this process has not committed yet, at once, for a program that is about to end. Async-signal-safe.
TESSERA_API void remove_unfinished_files() noexcept;

/// Gives back what the calling thread keeps for decoding and encoding: a plan counts that memory in a stage that reads
/// or writes, not in those after it.
void free_scratch() noexcept;

}  // namespace tessera
