#pragma once
// FolderFormat: a format whose arrays lie in a folder of files. The folder is made as safely as a file is
// (safe_folder.hpp); the format says which files are in it and writes them.
#include <memory>
#include <string>
#include <vector>

#include <tessera/io/format.hpp>
#include <tessera/io/target_folder.hpp>

namespace tessera::io {

class FolderFormat : public Format {
 public:
  std::unique_ptr<TargetMaker> make(const TargetWish& wish, Writer& layout) const final;
  std::unique_ptr<TargetWriters> open_writers(Reader& layout) const final;

  /// Makes the empty folder one of this format with room for the datasets. throws IoError, UsageError.
  virtual void lay_out(TargetFolder& folder, const TargetWish& wish, Writer& layout) const = 0;
  virtual std::unique_ptr<TargetWriters> writers(const std::shared_ptr<TargetFolder>& folder, std::size_t datasets,
                                                 Reader& layout) const = 0;
  /// See TargetMaker::reply; only of formats whose writers report.
  virtual std::string reply(TargetFolder& folder, std::size_t datasets, Reader& layout,
                            const std::vector<std::string>& reports) const;
};

/// Writers that write to nothing but the one folder.
class FolderWriters : public TargetWriters {
 public:
  FolderWriters(std::shared_ptr<TargetFolder> folder, std::vector<std::unique_ptr<StoreWriter>> datasets)
      : TargetWriters(std::move(datasets)), folder_(std::move(folder)) {}
  void flush() override { folder_->sync(); }

 private:
  std::shared_ptr<TargetFolder> folder_;
};

}  // namespace tessera::io
