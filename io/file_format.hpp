#pragma once
// FileFormat: a format whose arrays lie in one file. The file is made as every file of ours is (safe_file.hpp); the
// format lays it out and writes its elements.
#include <memory>
#include <string>
#include <vector>

#include <tessera/io/appended_file.hpp>
#include <tessera/io/format.hpp>

namespace tessera::io {

/// A file that grows, on the process that looks after it, as its format sees it.
class GrowingFile {
 public:
  virtual ~GrowingFile();
  /// See TargetMaker::reply; only of formats whose writers report.
  virtual std::string reply(std::size_t datasets, Reader& layout, const std::vector<std::string>& reports);
  /// When all is written: what changes within what the file had. In the order in which it is to be written: a reader
  /// sees the new elements by the last.
  virtual std::vector<Patch> patches() = 0;
};

class FileFormat : public Format {
 public:
  std::unique_ptr<TargetMaker> make(const TargetWish& wish, Writer& layout) const final;
  std::unique_ptr<TargetMaker> append(const TargetWish& wish, Writer& layout) const final;
  std::unique_ptr<TargetWriters> open_writers(Reader& layout) const final;

  /// Makes the file one of this format with room for the datasets. `adds`: it is one already, a copy of what is added
  /// to; else it is empty. throws IoError, UsageError.
  virtual void lay_out(const std::shared_ptr<const PositionedFile>& file, const TargetWish& wish, bool adds,
                       Writer& layout) const = 0;
  /// Makes room for the datasets behind the end of the file, or new ones; changes nothing that readers see, and cuts off
  /// what is no part of it. Where `can_grow`. throws IoError, UsageError.
  virtual std::unique_ptr<GrowingFile> grow(AppendedFile& file, const TargetWish& wish, Writer& layout) const;
  /// `temporary_path`: where the file lies, for scratch beside it.
  virtual std::unique_ptr<TargetWriters> writers(const std::shared_ptr<const PositionedFile>& file,
                                                 const std::string& temporary_path, std::size_t datasets,
                                                 Reader& layout) const = 0;
  /// See TargetMaker::reply; only of formats whose writers report.
  virtual std::string reply(const std::shared_ptr<const PositionedFile>& file, std::size_t datasets, Reader& layout,
                            const std::vector<std::string>& reports) const;
};

/// Writers that write to nothing but the one file.
class FileWriters : public TargetWriters {
 public:
  FileWriters(std::shared_ptr<const PositionedFile> file, std::vector<std::unique_ptr<StoreWriter>> datasets)
      : TargetWriters(std::move(datasets)), file_(std::move(file)) {}
  void flush() override { file_->sync(); }

 private:
  std::shared_ptr<const PositionedFile> file_;
};

}  // namespace tessera::io
