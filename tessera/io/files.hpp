#pragma once
// Opening and making files by name. The split is at the last ":/" ("data.h5:/group/x"), the format is told by magic bytes,
// "~" is expanded, and a file with one array needs no dataset name.
//
// Reading on many ranks: one rank describes a source (it alone parses the file), the description is broadcast, every rank
// opens from it. Writing: one rank creates the file under a temporary name and lays it out; every rank gets writers from
// the layout; when all have flushed, one rank commits (flush, rename, flush the folder) or discards.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera {

struct SourceName {
  std::string file;
  std::string dataset;  ///< with its leading "/"; empty when none was given
};
/// "~/a:b.h5:/x" -> {"/home/me/a:b.h5", "/x"}.
TESSERA_API SourceName parse_source(const std::string& text);

/// Everything that `open_store` needs on any rank. Reads and checks the metadata; never the elements.
/// throws IoError (missing, not readable, damaged, truncated), UsageError (which dataset of several? format not read).
TESSERA_API std::string describe_source(const std::string& source);
TESSERA_API std::shared_ptr<const Store> open_store(const std::string& description);
/// Both, on one rank.
TESSERA_API std::shared_ptr<const Store> open_store_alone(const std::string& source);

/// What `tessera info` shows of a file without a dataset name: its datasets.
TESSERA_API std::vector<StoreInfo> list_datasets(const std::string& file);

struct CreateOptions {
  bool force = false;                     ///< replace an existing file
  std::vector<std::string> inputs{};        ///< files that must not be replaced (compared by inode)
};
/// Creates `file` under its temporary name, laid out for `datasets`. The format follows the ending: .npy; else HDF5.
/// returns: the layout for `open_writers`. throws IoError / UsageError (exists, is an input, folder missing or not writable,
/// no room, format can't hold it). Leaves nothing behind when it throws.
TESSERA_API std::string create_file(const std::string& file, const std::vector<DatasetSpec>& datasets, const CreateOptions& options);
/// One writer per dataset, in order. `layout` from create_file, on any rank.
TESSERA_API std::vector<std::unique_ptr<StoreWriter>> open_writers(const std::string& layout);
/// The temporary file becomes `file`: flush, rename, flush the folder. One rank, after all ranks flushed.
TESSERA_API void commit_file(const std::string& layout);
/// Removes the temporary file; never throws.
TESSERA_API void discard_file(const std::string& layout) noexcept;

}  // namespace tessera
