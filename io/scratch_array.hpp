#pragma once
// An array in a scratch file that all processes of a node read and write. One makes the file, the others open it by its name, and then
// it loses the name: it goes with the last of them, also when they are killed.
#include <memory>
#include <string>

#include <tessera/core/export.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/region.hpp>

namespace tessera::io {

class TESSERA_API ScratchArray final : public Store, public StoreWriter {
 public:
  /// What it will be: there is no file yet, and nothing can be read or written. identity: of its elements, the same in
  /// every process. throws ShapeError when no file holds so many bytes.
  ScratchArray(const Shape& shape, DType dtype, const std::string& identity);

  /// Makes the file, with room for all elements where the file system can. returns: its path, which `remove_name` takes
  /// away. throws IoError: a full disk shows here.
  std::string create(const std::string& folder);
  /// Opens what another process of this node made. throws IoError.
  void open(const std::string& path);
  /// The files that are open stay. Never fails.
  static void remove_name(const std::string& path) noexcept;

  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override;
  void prefetch(const Box& box) const override;
  std::int64_t scratch_bytes(const Dims&) const override { return region_scratch_bytes; }
  std::int64_t file_bytes(const Box& box) const override { return region_bytes(region_, box); }
  void verify() const override {}  // nobody else can change what has no name
  std::int64_t write(const Box& box, const std::byte* from, const Dims& strides) override;

 private:
  StoreInfo info_;
  Region region_;
  std::shared_ptr<const PositionedFile> file_;
};

}  // namespace tessera::io
