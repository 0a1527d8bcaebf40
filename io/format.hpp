#pragma once
// Format: all that Tessera must know of a file format. A format is a folder of io/ and a line of the list in
// formats.cpp; no other file names it. Most are a FileFormat (file_format.hpp: arrays in a file) or a FolderFormat
// (folder_format.hpp: arrays in a folder of files), which bring the safe way of writing.
//
//   reading   recognises -> describe (on one rank, which alone parses what it finds; the description is broadcast)
//             -> open (on every rank)
//   writing   cost (for the plan) -> make (on one rank: the target under a temporary name, laid out; the layout is
//             broadcast) -> open_writers (on every rank): write, report, settle, flush -> TargetMaker::commit on the
//             one rank. What is not committed goes with the TargetMaker.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/dimensions_there.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/target_place.hpp>

namespace tessera::io {

/// What lies under the name of a source, looked at once for all formats.
struct FoundSource {
  std::string path;
  std::shared_ptr<const PositionedFile> file;  ///< nothing: it is a folder
  std::string start;                           ///< the first bytes of the file, 64 at most
};

/// What is to be made.
struct TargetWish {
  std::string path;
  std::vector<DatasetSpec> datasets;
  CreateOptions options;
  Existing existing() const;
  std::vector<std::string> input_files() const;
};

/// A target on the one process that makes it. What is not committed goes with the value.
class TargetMaker {
 public:
  virtual ~TargetMaker();
  /// `layout` as `make` wrote it, `reports` of all ranks: what TargetWriters::settle takes. throws IoError.
  virtual std::string reply(Reader& layout, const std::vector<std::string>& reports) = 0;
  /// Brings the target to the disk and gives it its name. throws IoError, UsageError.
  virtual void commit() = 0;
};

class Format {
 public:
  virtual ~Format();
  /// "hdf5": what StoreInfo::format says. No two formats have the same.
  virtual std::string name() const = 0;
  /// "an HDF5 file": for messages.
  virtual std::string words() const = 0;
  /// No dataset names, no chunks, no attributes.
  virtual bool holds_one_array() const { return false; }

  /// Is it of this format, as far as its beginning, or who opens it, says? throws IoError.
  virtual bool recognises(const FoundSource& found, const SourceOptions& options) const = 0;
  /// Reads and checks the metadata of a dataset ("": the only one). `detail`: how much of it goes into `description`,
  /// which travels to every rank. returns: all that is known. throws IoError, UsageError.
  virtual StoreInfo describe(const FoundSource& found, const std::string& dataset, const SourceOptions& options,
                             Detail detail, Writer& description) const = 0;
  virtual std::shared_ptr<const Store> open(Reader& description, Opening opening) const = 0;
  /// All that is in it, each in such detail. The default: the one dataset.
  virtual FileContents list(const FoundSource& found, Detail detail) const;
  /// The dimension of this name that a new dataset would share. The default: the format has none.
  virtual DimensionThere find_dimension(const FoundSource&, const std::string&) const { return {}; }

  /// How the names of targets end that are to have this format, in small letters: {".npy"}.
  virtual std::vector<std::string> endings() const = 0;
  /// True where a target of this name is for NetCDF's programs.
  virtual bool is_for_netcdf(const std::string&) const { return false; }
  /// Memory that writing a dataset takes. Needs no target. throws UsageError when the format can't hold it so.
  virtual WriteCost cost(const std::string& path, const DatasetSpec& dataset) const = 0;
  /// May datasets be added to what is at `path`, or be the first there? The default: no. throws UsageError.
  virtual void check_adding(const std::string& path) const;
  /// Makes the target under its temporary name, with room for the datasets, and the layout that open_writers reads.
  /// throws IoError, UsageError.
  virtual std::unique_ptr<TargetMaker> make(const TargetWish& wish, Writer& layout) const = 0;

  /// True where datasets may be appended to along an axis, in the file itself; then the two below are there.
  virtual bool can_grow() const { return false; }
  /// `dataset` has a `growth`: as it is when there is no such dataset in what is found; else with the length, chunks
  /// and filters of the one that is there. throws ShapeError, DTypeError, UsageError: it can't grow so.
  virtual DatasetSpec grown(const FoundSource& found, const DatasetSpec& dataset) const;
  /// As `make`, of a target that is there and stays where it is: some datasets have a growth, others are new.
  virtual std::unique_ptr<TargetMaker> append(const TargetWish& wish, Writer& layout) const;
  /// Of what `make` or `append` laid out. throws IoError when the target is not the one that was laid out.
  virtual std::unique_ptr<TargetWriters> open_writers(Reader& layout) const = 0;
};

}  // namespace tessera::io
