// What stands in for HDF5 in a build without it.
#include <tessera/io/hdf5/grow.hpp>
#include <tessera/io/hdf5/hdf5.hpp>

namespace tessera::io {
namespace {
[[noreturn]] void refuse(const std::string& name) {
  throw UsageError(name +
                   ": an HDF5 file, and this Tessera was built without HDF5 (configure it with TESSERA_WITH_HDF5=ON)");
}
}  // namespace

StoreInfo describe_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::string&, const SourceOptions&,
                        Detail, Writer&) {
  refuse(file->name());
}
std::shared_ptr<const Store> open_hdf5(Reader& description, Opening) { refuse(description.get_string()); }
FileContents list_hdf5(const std::shared_ptr<const PositionedFile>& file, Detail) { refuse(file->name()); }
DimensionThere find_hdf5_dimension(const std::shared_ptr<const PositionedFile>& file, const std::string&) {
  refuse(file->name());
}
void lay_out_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::vector<DatasetSpec>&, const Hdf5Layout&,
                  Writer&) {
  refuse(file->name());
}
std::unique_ptr<TargetWriters> open_hdf5_writers(const std::shared_ptr<const PositionedFile>& file, const std::string&,
                                                 std::size_t, Reader&) {
  refuse(file->name());
}
std::string place_hdf5_chunks(const std::shared_ptr<const PositionedFile>& file, std::size_t, Reader&,
                              const std::vector<std::string>&) {
  refuse(file->name());
}
DatasetSpec grown_hdf5(const std::shared_ptr<const PositionedFile>& file, const DatasetSpec&, bool) {
  refuse(file->name());
}
std::unique_ptr<GrowingFile> grow_hdf5(AppendedFile& file, const std::vector<DatasetSpec>&, const Hdf5Layout&,
                                       Writer&) {
  refuse(file.name().final_path);
}
WriteCost hdf5_write_cost(const DatasetSpec&) { return {}; }  // lay_out_hdf5 refuses

}  // namespace tessera::io
