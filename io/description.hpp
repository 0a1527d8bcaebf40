#pragma once
// What describe_source and create_file hand to other ranks: StoreInfo, FileKey and DatasetSpec as bytes.
#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

/// The first byte of a description: one dataset, behind the name of its format; many as one array; or many that are
/// decoded one by one.
enum class Described : char { one, joined, parts };

void put_dims(Writer& w, const Dims& dims);
Dims get_dims(Reader& r);

/// The grid is regular: it travels as its chunk shape.
void put_info(Writer& w, const StoreInfo& info);
StoreInfo get_info(Reader& r);

void put_contents(Writer& w, const FileContents& contents);
FileContents get_contents(Reader& r);

/// How much a description tells. Of many files each would carry attributes and long tables to every rank.
enum class Detail {
  all,
  packing,  ///< of attributes those by which elements are decoded; no long tables
  elements  ///< no attributes
};
/// Leaves out of `info` what a description in such detail does not tell.
void leave_out(StoreInfo& info, Detail detail);
/// describe_source for one of many. `info`, when it is not null, gets all that is known.
std::string describe_one(const std::string& source, const SourceOptions& options, Detail detail, StoreInfo* info);

/// The file of a source, open: as long as it is held, describing and reading what is in it opens nothing again.
std::shared_ptr<const PositionedFile> hold_source(const std::string& source);

/// StoreInfo::identity of a dataset ("" for formats with one array) of a file: of its full path, links followed, inode,
/// size and time of change. Not of its device, which another node, or the next start of this one, may number otherwise.
std::string identity_of(const PositionedFile& file, const std::string& dataset);

/// When the file of a description is opened: now, or when it is read first.
enum class Opening { now, later };
/// The file of a description. throws IoError when it is not the file that was described: here, or where it is read.
std::shared_ptr<const PositionedFile> open_described(const std::string& path, const FileKey& key,
                                                     Opening opening = Opening::now);

/// `shape` times `item` bytes. throws IoError naming the file when that is negative or beyond 2^63 - 1.
std::int64_t checked_bytes(const std::string& name, const Shape& shape, std::int64_t item);

}  // namespace tessera::io
