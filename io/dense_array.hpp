#pragma once
// One dense array in a file, from some byte on: what npy and raw files are.
#include <memory>
#include <string>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/target_writers.hpp>

namespace tessera::io {

struct DenseArray {
  Encoding encoding;
  bool fortran = false;     ///< the first axis varies fastest
  std::int64_t offset = 0;  ///< bytes before element 0
};

/// `info` has shape, format and identity. returns: all that is known of the array.
StoreInfo describe_dense(const PositionedFile& file, StoreInfo info, const DenseArray& array, Writer& description);
std::shared_ptr<const Store> open_dense(Reader& description, Opening opening);

/// Makes the new file long enough for a row-major array behind `header`.
void lay_out_dense(const PositionedFile& file, const std::string& header, const DatasetSpec& dataset, Writer& layout);
/// Makes the file, of which `end` bytes are there, long enough for what is added behind them: along the first axis, or
/// in Fortran order along the last.
void grow_dense(const PositionedFile& file, std::int64_t end, const DatasetSpec& dataset, bool fortran, Writer& layout);
std::unique_ptr<TargetWriters> dense_writers(const std::shared_ptr<const PositionedFile>& file, Reader& layout);
/// throws UsageError when the dataset is to be compressed.
WriteCost dense_cost(const std::string& path, const DatasetSpec& dataset);

}  // namespace tessera::io
