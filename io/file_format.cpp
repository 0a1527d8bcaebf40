#include <tessera/io/file_format.hpp>

#include <fmt/format.h>

#include <tessera/io/formats.hpp>
#include <tessera/io/safe_file.hpp>

namespace tessera::io {
namespace {

/// What stands in a layout before the format's part.
struct FileHead {
  TemporaryName name{};
  std::optional<FileKey> added_to{};
  bool in_place = false;  // added_to grows, and no copy of it
  std::size_t datasets = 0;
};

void put_head(Writer& w, const FileHead& h) {
  put_name(w, h.name);
  w.put(h.added_to.has_value()).put(h.added_to.value_or(FileKey{})).put(h.in_place).put(h.datasets);
}

FileHead get_head(Reader& r) {
  FileHead h;
  h.name = get_name(r);
  const bool adds = r.get<bool>();
  const auto key = r.get<FileKey>();
  if (adds) h.added_to = key;
  h.in_place = r.get<bool>();
  h.datasets = r.get<std::size_t>();
  return h;
}

class FileMaker final : public TargetMaker {
 public:
  FileMaker(const FileFormat& format, const TargetWish& wish, Writer& layout)
      : format_(format), file_(wish.path, wish.existing(), wish.input_files()) {
    put_head(layout, {file_.name(), file_.added_to(), false, wish.datasets.size()});
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

class FileGrower final : public TargetMaker {
 public:
  FileGrower(const FileFormat& format, const TargetWish& wish, Writer& layout) : file_(wish.path, wish.input_files()) {
    put_head(layout, {file_.name(), file_.key(), true, wish.datasets.size()});
    growing_ = format.grow(file_, wish, layout);
  }
  std::string reply(Reader& layout, const std::vector<std::string>& reports) override {
    const FileHead head = get_head(layout);
    return growing_->reply(head.datasets, layout, reports);
  }
  void commit() override { file_.commit(growing_->patches()); }

 private:
  AppendedFile file_;
  std::unique_ptr<GrowingFile> growing_;
};

}  // namespace

GrowingFile::~GrowingFile() = default;

std::string GrowingFile::reply(std::size_t, Reader&, const std::vector<std::string>&) {
  throw InternalError("nothing is to be told about a file that grows");
}

std::unique_ptr<TargetMaker> FileFormat::make(const TargetWish& wish, Writer& layout) const {
  return std::make_unique<FileMaker>(*this, wish, layout);
}

std::unique_ptr<TargetMaker> FileFormat::append(const TargetWish& wish, Writer& layout) const {
  return std::make_unique<FileGrower>(*this, wish, layout);
}

std::unique_ptr<GrowingFile> FileFormat::grow(AppendedFile& file, const TargetWish&, Writer&) const {
  refuse_to_grow(file.name().final_path, *this);
}

std::unique_ptr<TargetWriters> FileFormat::open_writers(Reader& layout) const {
  const FileHead head = get_head(layout);
  const auto file = open_temporary(head.name, "writing");
  if (head.added_to && !head.in_place) expect_replaced(*head.added_to);
  auto opened = writers(file, head.name.temporary_path, head.datasets, layout);
  if (head.in_place) opened->hold(expect_growth(*head.added_to));
  return opened;
}

std::string FileFormat::reply(const std::shared_ptr<const PositionedFile>& file, std::size_t, Reader&,
                              const std::vector<std::string>&) const {
  throw InternalError(fmt::format("{}: nothing is to be told about {}", file->name(), words()));
}

}  // namespace tessera::io
