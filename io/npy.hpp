#pragma once
// npy files: one dense array behind a short header.
#include <memory>
#include <string>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

/// The description of `file` behind its format byte. throws IoError / UsageError.
void describe_npy(const std::shared_ptr<const PositionedFile>& file, Writer& description);
std::shared_ptr<const Store> open_npy(Reader& description, Opening opening = Opening::now);
/// Writes the header into the new file, and the layout that open_npy_writer reads.
void lay_out_npy(const PositionedFile& file, const DatasetSpec& dataset, Writer& layout);
std::unique_ptr<StoreWriter> open_npy_writer(std::shared_ptr<const PositionedFile> file, Reader& layout);

}  // namespace tessera::io
