#pragma once
// Raw files: the elements of one row-major array and nothing that says so. Whoever reads one tells its dtype, shape and
// where it begins; the size of the file must agree.
#include <memory>
#include <string>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

/// "f4", "float32", ">i2", "<u8", "|b1"; without a byte order: this machine's. throws UsageError.
Encoding parse_encoding(const std::string& text);

/// The description behind its format byte, which open_npy reads: a raw file is an npy file with its header elsewhere.
/// throws UsageError (no dtype or shape, a known format), IoError (too short, too long).
void describe_raw(const std::shared_ptr<const PositionedFile>& file, const SourceOptions& options, Writer& description);
/// Makes room in the new file; the layout is one for open_npy_writer.
void lay_out_raw(const PositionedFile& file, const DatasetSpec& dataset, Writer& layout);

}  // namespace tessera::io
