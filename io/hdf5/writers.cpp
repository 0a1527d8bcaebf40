// The datasets of an HDF5 file as one process writes them. Compressed chunks get their places by the reports of all.
#include <tessera/io/file_format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/layout.hpp>

namespace tessera::io {
namespace {

class Hdf5Writers final : public FileWriters {
 public:
  Hdf5Writers(std::shared_ptr<const PositionedFile> file, std::vector<std::unique_ptr<StoreWriter>> datasets,
              std::vector<hdf5::LateWriter*> late)
      : FileWriters(std::move(file), std::move(datasets)), late_(std::move(late)) {}
  bool reports() const override { return !late_.empty(); }
  std::string report() override {
    Writer w;
    for (auto* writer : late_) w.put(writer->finish());
    return w.bytes();
  }
  void settle(const std::string& reply) override {
    Reader places(reply);
    for (auto* writer : late_) writer->place(places.get_string());
  }

 private:
  std::vector<hdf5::LateWriter*> late_;
};

}  // namespace

std::unique_ptr<TargetWriters> open_hdf5_writers(const std::shared_ptr<const PositionedFile>& file,
                                                 const std::string& temporary_path, std::size_t datasets,
                                                 Reader& layout) {
  std::vector<std::unique_ptr<StoreWriter>> writers;
  std::vector<hdf5::LateWriter*> late;
  for (; datasets > 0; datasets--) {
    hdf5::Placed placed = hdf5::get_placed(layout);
    if (placed.placed_late()) {
      auto writer = hdf5::make_compressed_writer(file, temporary_path, std::move(placed));
      late.push_back(writer.get());
      writers.push_back(std::move(writer));
    } else {
      writers.push_back(hdf5::make_plain_writer(file, std::move(placed)));
    }
  }
  return std::make_unique<Hdf5Writers>(file, std::move(writers), std::move(late));
}

}  // namespace tessera::io
