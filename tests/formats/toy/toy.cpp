// A format of a program's own: folders with chunks as files, the smallest that has all that a format may have.
//
//   y.toy/index.toy   "TOY 1", a line "/y float64 3,4 2,2" (dtype, shape, chunks) for each dataset, "complete 4"
//   (chunks) y.toy/y/0         chunk 0 of /y, row-major, without what would stick out of the shape
//
// The last line of the index is written when all ranks have told which chunks they wrote.
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include <tessera/io/chunk_parts.hpp>
#include <tessera/io/folder_format.hpp>
#include <tessera/io/formats.hpp>
#include <tessera/io/region.hpp>

namespace toy {
namespace {

using namespace tessera;

const std::string index_name = "index.toy", first_line = "TOY 1";

struct Dataset {
  std::string path;
  DType dtype = DType::float64;
  Shape shape;
  Dims chunk;
  std::int64_t item() const { return item_size(dtype); }
  ChunkGrid grid() const { return ChunkGrid::regular(shape, chunk); }
  std::string file(std::int64_t number) const { return path.substr(1) + "/" + std::to_string(number); }
};

std::string text_of(const Dims& dims) {
  std::string text;
  for (const auto n : dims) text += (text.empty() ? "" : ",") + std::to_string(n);
  return text.empty() ? "-" : text;
}

Dims dims_of(const std::string& text) {
  Dims dims;
  std::istringstream numbers(text == "-" ? "" : text);
  for (std::string n; std::getline(numbers, n, ',');) dims.push_back(std::stoll(n));
  return dims;
}

std::vector<Dataset> read_index(const io::PositionedFile& file) {
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, reinterpret_cast<std::byte*>(text.data()), file.size());
  std::istringstream lines(text);
  std::string line;
  std::vector<Dataset> datasets;
  if (!std::getline(lines, line) || line != first_line) throw IoError(file.name() + ": not the index of a toy");
  while (std::getline(lines, line) && line[0] == '/') {
    std::istringstream words(line);
    std::string path, dtype, shape, chunk;
    words >> path >> dtype >> shape >> chunk;
    const auto type = parse_dtype(dtype);
    if (!type) throw IoError(file.name() + ": damaged: dtype " + dtype);
    datasets.push_back({path, *type, dims_of(shape), dims_of(chunk)});
  }
  if (!line.starts_with("complete ")) throw IoError(file.name() + ": the toy is not complete");
  return datasets;
}

void put(Writer& w, const Dataset& d) {
  w.put(d.path).put(d.dtype);
  io::put_dims(w, d.shape), io::put_dims(w, d.chunk);
}

Dataset get(Reader& r) {
  Dataset d;
  d.path = r.get_string();
  d.dtype = r.get<DType>();
  d.shape = io::get_dims(r), d.chunk = io::get_dims(r);
  return d;
}

class ToyStore final : public Store {
 public:
  ToyStore(StoreInfo info, Dataset dataset, std::string folder, std::shared_ptr<const io::PositionedFile> index)
      : info_(std::move(info)), d_(std::move(dataset)), folder_(std::move(folder)), index_(std::move(index)) {}
  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    if (box.empty()) return;
    const ChunkGrid grid = d_.grid();
    io::for_each_chunk_part(d_.chunk, grid, box, strides, [&](const io::ChunkPart& p) {
      io::read_region(*chunk(p.number), {0, grid.box(p.number).extent, d_.item()}, p.part, to + p.memory, strides);
    });
  }
  void prefetch(const Box&) const override {}
  std::int64_t scratch_bytes(const Dims&) const override { return io::region_scratch_bytes; }
  std::int64_t file_bytes(const Box& box) const override { return box.size() * d_.item(); }
  void verify() const override {
    index_->verify();
    const std::lock_guard lock(mutex_);
    for (const auto& [number, file] : chunks_) file->verify();
  }

 private:
  std::shared_ptr<const io::PositionedFile> chunk(std::int64_t number) const {
    const std::lock_guard lock(mutex_);
    auto& known = chunks_[number];
    if (!known) known = io::PositionedFile::open(folder_ + "/" + d_.file(number));
    return known;
  }
  StoreInfo info_;
  Dataset d_;
  std::string folder_;
  std::shared_ptr<const io::PositionedFile> index_;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, std::shared_ptr<const io::PositionedFile>> chunks_;
};

class ToyWriter final : public StoreWriter {
 public:
  ToyWriter(std::shared_ptr<io::TargetFolder> folder, Dataset dataset)
      : folder_(std::move(folder)), d_(std::move(dataset)) {}
  std::int64_t write(const Box& box, const std::byte* from, const Dims& strides) override {
    if (box.empty()) return 0;
    const ChunkGrid grid = d_.grid();
    io::for_each_chunk_part(d_.chunk, grid, box, strides, [&](const io::ChunkPart& p) {
      const auto file = folder_->file(d_.file(p.number));
      io::write_region(*file, {0, grid.box(p.number).extent, d_.item()}, p.part, from + p.memory, strides);
      const std::lock_guard lock(mutex_);
      written_.insert(p.number);
    });
    return box.size() * d_.item();
  }
  std::vector<std::int64_t> written() const { return {written_.begin(), written_.end()}; }

 private:
  std::shared_ptr<io::TargetFolder> folder_;
  Dataset d_;
  std::mutex mutex_;
  std::set<std::int64_t> written_;
};

class ToyWriters final : public io::FolderWriters {
 public:
  ToyWriters(std::shared_ptr<io::TargetFolder> folder, std::vector<std::unique_ptr<StoreWriter>> datasets)
      : FolderWriters(std::move(folder), std::move(datasets)) {}
  bool reports() const override { return true; }
  std::string report() override {
    Writer w;
    for (std::size_t i = 0; i < size(); i++) w.put(static_cast<const ToyWriter&>((*this)[i]).written());
    return w.bytes();
  }
};

class ToyFormat final : public io::FolderFormat {
 public:
  std::string name() const override { return "toy"; }
  std::string words() const override { return "a toy"; }

  bool recognises(const io::FoundSource& found, const SourceOptions&) const override {
    std::error_code ignored;
    return !found.file && std::filesystem::exists(found.path + "/" + index_name, ignored);
  }
  StoreInfo describe(const io::FoundSource& found, const std::string& dataset, const SourceOptions&, io::Detail,
                     Writer& description) const override {
    const auto index = io::PositionedFile::open(found.path + "/" + index_name);
    const auto datasets = read_index(*index);
    if (dataset.empty() && datasets.size() != 1)
      throw UsageError(found.path + ": has " + std::to_string(datasets.size()) + " datasets; which one?");
    for (const auto& d : datasets)
      if (dataset.empty() || d.path == dataset) return describe(found.path, *index, d, description);
    throw UsageError(found.path + ": no dataset " + dataset);
  }
  std::shared_ptr<const Store> open(Reader& r, io::Opening opening) const override {
    StoreInfo info = io::get_info(r);
    const Dataset d = get(r);
    const std::string folder = r.get_string(), index = folder + "/" + index_name;
    return std::make_shared<ToyStore>(std::move(info), d, folder,
                                      io::open_described(index, r.get<io::FileKey>(), opening));
  }
  FileContents list(const io::FoundSource& found, io::Detail) const override {
    const auto index = io::PositionedFile::open(found.path + "/" + index_name);
    FileContents contents;
    Writer ignored;
    for (const auto& d : read_index(*index)) contents.datasets.push_back(describe(found.path, *index, d, ignored));
    return contents;
  }

  std::vector<std::string> endings() const override { return {".toy"}; }
  WriteCost cost(const std::string& path, const DatasetSpec& spec) const override {
    if (!spec.compress.empty() && spec.compress != "none") throw UsageError(path + ": a toy is not compressed");
    const Dataset d = dataset_of(spec);
    return {d.grid().count() * io::TargetFolder::bytes_a_file(d.file(d.grid().count())), io::region_scratch_bytes,
            true};
  }
  void lay_out(io::TargetFolder& folder, const io::TargetWish& wish, Writer& layout) const override {
    std::string index = first_line + "\n";
    for (const auto& spec : wish.datasets) {
      const Dataset d = dataset_of(spec);
      put(layout, d);
      index += d.path + " " + to_string(d.dtype) + " " + text_of(d.shape) + " " + text_of(d.chunk) + "\n";
    }
    folder.file(index_name)
        ->write(0, reinterpret_cast<const std::byte*>(index.data()), static_cast<std::int64_t>(index.size()));
  }
  std::unique_ptr<TargetWriters> writers(const std::shared_ptr<io::TargetFolder>& folder, std::size_t datasets,
                                         Reader& layout) const override {
    std::vector<std::unique_ptr<StoreWriter>> all;
    for (; datasets > 0; datasets--) all.push_back(std::make_unique<ToyWriter>(folder, get(layout)));
    return std::make_unique<ToyWriters>(folder, std::move(all));
  }
  std::string reply(io::TargetFolder& folder, std::size_t datasets, Reader& layout,
                    const std::vector<std::string>& reports) const override {
    std::vector<Reader> of_ranks(reports.begin(), reports.end());
    std::int64_t chunks = 0;
    for (; datasets > 0; datasets--) {
      std::set<std::int64_t> written;
      for (Reader& r : of_ranks)
        for (const auto number : r.get_vector<std::int64_t>()) written.insert(number);
      const Dataset d = get(layout);
      if (static_cast<std::int64_t>(written.size()) != d.grid().count())
        throw InternalError(folder.name() + ": chunks of " + d.path + " were never written");
      chunks += d.grid().count();
    }
    const auto index = folder.file(index_name);
    const std::string line = "complete " + std::to_string(chunks) + "\n";
    index->write(index->size(), reinterpret_cast<const std::byte*>(line.data()),
                 static_cast<std::int64_t>(line.size()));
    return {};
  }

 private:
  static Dataset dataset_of(const DatasetSpec& spec) {
    Dataset d{spec.path.starts_with('/') ? spec.path : "/" + spec.path, spec.dtype, spec.shape, {}};
    for (int i = 0; i < d.shape.size(); i++)
      d.chunk.push_back(std::max<std::int64_t>(1, spec.chunk.empty() ? d.shape[i] : spec.chunk[i]));
    return d;
  }
  static StoreInfo describe(const std::string& folder, const io::PositionedFile& index, const Dataset& d,
                            Writer& description) {
    StoreInfo info;
    info.name = folder + ":" + d.path;
    info.format = "toy";
    info.shape = d.shape;
    info.dtype = d.dtype;
    info.grid = d.grid();
    info.chunked = true;
    info.stored_bytes = io::checked_bytes(info.name, d.shape, d.item());
    info.identity = io::identity_of(index, d.path);
    info.indivisible = Dims::filled(d.shape.size(), 1);
    io::put_info(description, info);
    put(description, d);
    description.put(folder).put(index.key());
    return info;
  }
};

// From the start of the program on, which links this file and knows nothing of it.
const ToyFormat format;
[[maybe_unused]] const bool added = (io::add_format(format), true);

}  // namespace
}  // namespace toy
