#include <tessera/io/raw.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include <tessera/io/description.hpp>
#include <tessera/io/format.hpp>

namespace tessera::io {
namespace {

/// The shape with the axis of length -1, if any, as long as the `held` bytes make it.
Shape fitted(const std::string& name, const Shape& wish, std::int64_t item, std::int64_t held) {
  Shape shape = wish;
  std::optional<int> open;
  for (int i = 0; i < shape.size(); i++) {
    if (shape[i] >= 0) continue;
    if (shape[i] != -1 || open)
      throw UsageError(fmt::format("{}: raw shape {}: lengths are 0 or more; one may be -1 and follows from the file",
                                   name, to_string(wish)));
    open = i;
    shape[i] = 1;
  }
  if (!open) return shape;
  const std::int64_t row = checked_bytes(name, shape, item);
  if (row == 0 || held % row != 0)
    throw IoError(fmt::format("{}: raw shape {} needs a multiple of {} bytes, the file has {}", name, to_string(wish),
                              row, held));
  shape[*open] = held / row;
  return shape;
}

}  // namespace

Encoding parse_encoding(const std::string& text) {
  constexpr bool little = std::endian::native == std::endian::little;
  const bool ordered = text.find_first_of("<>|=") == 0;
  const std::string name = ordered ? text.substr(1) : text;
  const bool half = name == "f2" || name == "float16" || name == "half";
  const auto dtype = half ? DType::uint16 : parse_dtype(name);
  if (!dtype || (ordered && text.find_first_of("<>|=", 1) == 1))
    throw UsageError(
        fmt::format("raw dtype '{}' is not known; write float32, f8, i2, u1, bool, c16, ... with > before "
                    "it for big-endian elements and < for little-endian ones",
                    text));
  const bool other = text[0] == (little ? '>' : '<');
  return {*dtype, other && item_size(*dtype) > 1, half};
}

void describe_raw(const std::shared_ptr<const PositionedFile>& file, const SourceOptions& options,
                  Writer& description) {
  const std::string& path = file->name();
  if (options.raw_dtype.empty() || !options.raw_shape)
    throw UsageError(fmt::format("{}: a raw file is read by its dtype and its shape: {} is missing", path,
                                 options.raw_dtype.empty() ? "the dtype" : "the shape (-1 for one open axis)"));
  // A file that says what it is wants to be read so; its bytes all the same where they are asked for by an offset.
  if (const auto known = known_format(*file); known && !options.raw_offset)
    throw UsageError(
        fmt::format("{}: is {}, which tells dtype and shape by itself; a raw offset (0) reads its bytes "
                    "all the same",
                    path, *known));
  const std::int64_t offset = options.raw_offset.value_or(0);
  if (offset < 0) throw UsageError(fmt::format("{}: raw offset {} is negative", path, offset));
  const Encoding encoding = parse_encoding(options.raw_dtype);
  const std::int64_t item = item_size(encoding.dtype), held = std::max<std::int64_t>(0, file->size() - offset);
  StoreInfo info;
  info.shape = fitted(path, *options.raw_shape, item, held);
  const std::int64_t bytes = checked_bytes(path, info.shape, item);
  const auto mismatch = [&](const char* what) {
    return IoError(fmt::format("{}: {}: shape {} of {} needs {} bytes{}, the file has {}", path, what,
                               to_string(info.shape), to_string(encoding.dtype), bytes,
                               offset > 0 ? fmt::format(" at {}", offset) : "", file->size()));
  };
  if (bytes > held) throw mismatch("file is too short");
  // What is behind the array is left alone where an offset says that the file has other things in it too.
  if (bytes < held && !options.raw_offset) throw mismatch("file is longer (a raw offset takes a part of it)");
  info.name = path;
  info.format = "raw";
  info.dtype = encoding.dtype;
  info.stored_bytes = bytes;
  info.grid = auto_chunks(info.shape, item);
  info.identity = identity_of(file->key(), fmt::format("{} {} {}", options.raw_dtype, to_string(info.shape), offset));
  info.indivisible = Dims::filled(info.shape.size(), 1);
  put_info(description, info);
  description.put(path).put(file->key()).put(encoding).put(false).put(offset);
}

void lay_out_raw(const PositionedFile& file, const DatasetSpec& dataset, Writer& layout) {
  const std::int64_t item = item_size(dataset.dtype), bytes = checked_bytes(file.name(), dataset.shape, item);
  file.reserve(bytes);
  file.resize(bytes);
  layout.put(std::int64_t{0}).put(item);
  put_dims(layout, dataset.shape);
}

}  // namespace tessera::io
