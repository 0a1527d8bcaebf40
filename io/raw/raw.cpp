#include <tessera/io/raw/raw.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include <tessera/io/dense_array.hpp>
#include <tessera/io/file_format.hpp>
#include <tessera/io/formats.hpp>

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

/// "f4", "float32", ">i2", "<u8", "|b1"; without a byte order: this machine's. throws UsageError.
Encoding parse_encoding(const std::string& text) {
  const bool ordered = text.find_first_of("<>|=") == 0;
  const std::string name = ordered ? text.substr(1) : text;
  const bool half = name == "f2" || name == "float16" || name == "half";
  const auto dtype = half ? DType::uint16 : parse_dtype(name);
  if (!dtype || (ordered && text.find_first_of("<>|=", 1) == 1))
    throw UsageError(
        fmt::format("raw dtype '{}' is not known; write float32, f8, i2, u1, bool, c16, ... with > before "
                    "it for big-endian elements and < for little-endian ones",
                    text));
  const bool other = text[0] == (is_little_endian ? '>' : '<');
  return {*dtype, other && item_size(*dtype) > 1, half};
}

StoreInfo describe_raw(const FoundSource& found, const SourceOptions& options, Writer& description) {
  const PositionedFile& file = *found.file;
  const std::string& path = file.name();
  if (options.raw_dtype.empty() || !options.raw_shape)
    throw UsageError(fmt::format("{}: a raw file is read by its dtype and its shape: {} is missing", path,
                                 options.raw_dtype.empty() ? "the dtype" : "the shape (-1 for one open axis)"));
  // A file that says what it is wants to be read so; its bytes all the same where they are asked for by an offset.
  if (const auto* known = told_format(found); known != nullptr && !options.raw_offset)
    throw UsageError(
        fmt::format("{}: is {}, which tells dtype and shape by itself; a raw offset (0) reads its bytes "
                    "all the same",
                    path, known->words()));
  const std::int64_t offset = options.raw_offset.value_or(0);
  if (offset < 0) throw UsageError(fmt::format("{}: raw offset {} is negative", path, offset));
  const Encoding encoding = parse_encoding(options.raw_dtype);
  const std::int64_t item = item_size(encoding.dtype), held = std::max<std::int64_t>(0, file.size() - offset);
  StoreInfo info;
  info.shape = fitted(path, *options.raw_shape, item, held);
  const std::int64_t bytes = checked_bytes(path, info.shape, item);
  const auto mismatch = [&](const char* what) {
    return IoError(fmt::format("{}: {}: shape {} of {} needs {} bytes{}, the file has {}", path, what,
                               to_string(info.shape), to_string(encoding.dtype), bytes,
                               offset > 0 ? fmt::format(" at {}", offset) : "", file.size()));
  };
  if (bytes > held) throw mismatch("file is too short");
  // What is behind the array is left alone where an offset says that the file has other things in it too.
  if (bytes < held && !options.raw_offset) throw mismatch("file is longer (a raw offset takes a part of it)");
  info.format = "raw";
  info.identity = identity_of(file, fmt::format("{} {} {}", options.raw_dtype, to_string(info.shape), offset));
  return describe_dense(file, std::move(info), {encoding, false, offset}, description);
}

class RawFormat final : public FileFormat {
 public:
  std::string name() const override { return "raw"; }
  std::string words() const override { return "a raw file"; }
  bool holds_one_array() const override { return true; }

  bool recognises(const FoundSource& found, const SourceOptions& o) const override {
    return found.file != nullptr && (!o.raw_dtype.empty() || o.raw_shape || o.raw_offset);
  }
  StoreInfo describe(const FoundSource& found, const std::string&, const SourceOptions& options, Detail,
                     Writer& description) const override {
    return describe_raw(found, options, description);
  }
  std::shared_ptr<const Store> open(Reader& description, Opening opening) const override {
    return open_dense(description, opening);
  }

  std::vector<std::string> endings() const override { return {".bin", ".raw"}; }
  WriteCost cost(const std::string& path, const DatasetSpec& dataset) const override {
    return dense_cost(path, dataset);
  }
  void lay_out(const std::shared_ptr<const PositionedFile>& file, const TargetWish& wish, bool,
               Writer& layout) const override {
    lay_out_dense(*file, "", wish.datasets.front(), layout);
  }
  std::unique_ptr<TargetWriters> writers(const std::shared_ptr<const PositionedFile>& file, const std::string&,
                                         std::size_t, Reader& layout) const override {
    return dense_writers(file, layout);
  }
};

}  // namespace

const Format& raw_format() {
  static const RawFormat format;
  return format;
}

}  // namespace tessera::io
