#include <tessera/io/file_format.hpp>

#include <fmt/format.h>

#include <tessera/io/safe_file.hpp>

namespace tessera::io {
namespace {

/// What stands in a layout before the format's part.
struct FileHead {
  TemporaryName name{};
  std::optional<FileKey> added_to{};
  std::size_t datasets = 0;
};

void put_head(Writer& w, const FileHead& h) {
  put_name(w, h.name);
  w.put(h.added_to.has_value()).put(h.added_to.value_or(FileKey{})).put(h.datasets);
}

FileHead get_head(Reader& r) {
  FileHead h;
  h.name = get_name(r);
  const bool adds = r.get<bool>();
  const auto key = r.get<FileKey>();
  if (adds) h.added_to = key;
  h.datasets = r.get<std::size_t>();
  return h;
}

class FileMaker final : public TargetMaker {
 public:
  FileMaker(const FileFormat& format, const TargetWish& wish, Writer& layout)
      : format_(format), file_(wish.path, wish.existing(), wish.input_files()) {
    put_head(layout, {file_.name(), file_.added_to(), wish.datasets.size()});
    format.lay_out(file_.file(), wish, file_.added_to().has_value(), layout);
  }
  std::string reply(Reader& layout, const std::vector<std::string>& reports) override {
    const FileHead head = get_head(layout);
    return format_.reply(file_.file()->again(), head.datasets, layout, reports);
  }
  void commit() override { file_.commit(); }

 private:
  const FileFormat& format_;
  SafeFile file_;
};

}  // namespace

std::unique_ptr<TargetMaker> FileFormat::make(const TargetWish& wish, Writer& layout) const {
  return std::make_unique<FileMaker>(*this, wish, layout);
}

std::unique_ptr<TargetWriters> FileFormat::open_writers(Reader& layout) const {
  const FileHead head = get_head(layout);
  const auto file = open_temporary(head.name, "writing");
  if (head.added_to) expect_replaced(*head.added_to);
  return writers(file, head.name.temporary_path, head.datasets, layout);
}

std::string FileFormat::reply(const std::shared_ptr<const PositionedFile>& file, std::size_t, Reader&,
                              const std::vector<std::string>&) const {
  throw InternalError(fmt::format("{}: nothing is to be told about {}", file->name(), words()));
}

}  // namespace tessera::io
