#include <tessera/io/folder_format.hpp>

#include <fmt/format.h>

#include <tessera/io/formats.hpp>
#include <tessera/io/safe_folder.hpp>

namespace tessera::io {
namespace {

class FolderMaker final : public TargetMaker {
 public:
  FolderMaker(const FolderFormat& format, const TargetWish& wish, Writer& layout)
      : format_(format),
        folder_(
            wish.path, wish.existing(), wish.input_files(),
            [&format](const std::string& path) { return known_format(find_source(path)) == &format; }, format.words()) {
    put_name(layout, folder_.name());
    layout.put(wish.datasets.size());
    format.lay_out(folder_.files(), wish, layout);
  }
  std::string reply(Reader& layout, const std::vector<std::string>& reports) override {
    static_cast<void>(get_name(layout));
    const auto datasets = layout.get<std::size_t>();
    return format_.reply(folder_.files(), datasets, layout, reports);
  }
  void commit() override { folder_.commit(); }

 private:
  const FolderFormat& format_;
  SafeFolder folder_;
};

}  // namespace

std::unique_ptr<TargetMaker> FolderFormat::make(const TargetWish& wish, Writer& layout) const {
  return std::make_unique<FolderMaker>(*this, wish, layout);
}

std::unique_ptr<TargetWriters> FolderFormat::open_writers(Reader& layout) const {
  const auto folder = std::make_shared<TargetFolder>(get_name(layout));
  const auto datasets = layout.get<std::size_t>();
  return writers(folder, datasets, layout);
}

std::string FolderFormat::reply(TargetFolder& folder, std::size_t, Reader&, const std::vector<std::string>&) const {
  throw InternalError(fmt::format("{}: nothing is to be told about {}", folder.name(), words()));
}

}  // namespace tessera::io
