// Compressed writing: chunks that arrive whole or in parts, from several threads and processes, are what h5py and we
// read; the bytes of the file do not depend on who wrote what.
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;
namespace fs = std::filesystem;

// Smooth enough to compress, or noise.
std::vector<std::byte> elements_of(const DatasetSpec& spec, bool noise) {
  const std::int64_t item = item_size(spec.dtype), n = num_elements(spec.shape);
  std::vector<std::byte> bytes(static_cast<std::size_t>(n * item));
  std::mt19937 random(static_cast<unsigned>(n));
  for (std::int64_t i = 0; i < n; i++)
    for (std::int64_t b = 0; b < item; b++) {
      const unsigned v = noise ? static_cast<unsigned>(random()) : static_cast<unsigned>((i / 7) >> (8 * (b % 8)));
      bytes[static_cast<std::size_t>(i * item + b)] = static_cast<std::byte>(spec.dtype == DType::bool_ ? v % 2 : v);
    }
  return bytes;
}

// One process of several: every one opens writers of its own, and writes its chunks in pieces from odd memory.
void write_chunks(StoreWriter& writer, const DatasetSpec& spec, const std::vector<std::byte>& elements,
                  unsigned process, unsigned processes, unsigned seed) {
  std::mt19937 random(seed);
  const std::int64_t item = item_size(spec.dtype);
  const ChunkGrid grid = ChunkGrid::regular(spec.shape, spec.chunk);
  const Dims dense = row_major_strides(spec.shape, item);
  const auto put = [&](const Box& box) {
    Strided memory(box.extent, item, random);
    for_each_index(box.extent, [&](const Dims& i) {
      std::int64_t offset = 0;
      for (int a = 0; a < i.size(); a++) offset += (box.lo[a] + i[a]) * dense[a];
      std::memcpy(memory.at(i), elements.data() + offset, static_cast<std::size_t>(item));
    });
    writer.write(box, memory.data(), memory.strides());
  };
  for (std::int64_t k = process; k < grid.count(); k += processes) {
    Box rest = grid.box(k);
    while (random() % 3 != 0) {  // cut a piece off
      const int axis = static_cast<int>(random() % static_cast<unsigned>(rest.rank()));
      if (rest.extent[axis] < 2) continue;
      Box piece = rest;
      piece.extent[axis] = 1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(rest.extent[axis] - 1));
      rest.lo[axis] += piece.extent[axis];
      rest.extent[axis] -= piece.extent[axis];
      put(piece);
      if (rest.size() == 1) break;
    }
    put(rest);
  }
}

// As distributed/targets does it.
void write_file(const std::string& path, const std::vector<DatasetSpec>& specs,
                const std::vector<std::vector<std::byte>>& elements, unsigned processes, unsigned threads,
                unsigned seed) {
  NewTarget made(path, specs, {});
  std::vector<std::unique_ptr<TargetWriters>> writers;
  for (unsigned p = 0; p < processes; p++) writers.push_back(open_writers(made.layout()));
  for (std::size_t d = 0; d < specs.size(); d++) {
    std::vector<std::thread> workers;
    for (unsigned p = 0; p < processes; p++)
      for (unsigned t = 0; t < threads; t++)
        workers.emplace_back([&, p, t] {
          auto& w = (*writers[p])[d];
          if (write_cost(path, specs[d]).in_chunks)
            return write_chunks(w, specs[d], elements[d], p * threads + t, processes * threads, seed + p * threads + t);
          if (p == 0 && t == 0)
            w.write(Box::whole(specs[d].shape), elements[d].data(),
                    row_major_strides(specs[d].shape, item_size(specs[d].dtype)));
        });
    for (auto& w : workers) w.join();
  }
  std::vector<TargetWriters*> of_processes;
  for (auto& w : writers) of_processes.push_back(w.get());
  complete(made, of_processes);
}

std::vector<DatasetSpec> all_kinds() {
  std::vector<DatasetSpec> specs;
  const auto add = [&](const std::string& name, const Shape& shape, DType t, const Dims& chunk, const char* filters) {
    specs.push_back({.path = "/" + name, .shape = shape, .dtype = t, .chunk = chunk, .compress = filters});
  };
  for (int t = 0; t < dtype_count; t++) {
    const auto dtype = static_cast<DType>(t);
    add("dtype/" + to_string(dtype), {40, 33}, dtype, {9, 10}, "gzip:4");
  }
  add("plain", {40, 33}, DType::float64, {9, 10}, "");
  add("contiguous", {5}, DType::int32, {}, "");
  add("noshuffle", {40, 33}, DType::float64, {9, 10}, "noshuffle,gzip:9");
  add("shuffle", {40, 33}, DType::int16, {9, 10}, "shuffle");
  add("sums", {40, 33}, DType::float32, {9, 10}, "shuffle,gzip:1,fletcher32");
  add("sums_alone", {41}, DType::uint8, {6}, "fletcher32");
  add("stored", {100}, DType::float64, {17}, "gzip:0");
  add("one", {1, 1, 1}, DType::float64, {1, 1, 1}, "gzip");
  add("cube", {7, 5, 11}, DType::float32, {3, 5, 4}, "gzip:6");
  add("large", {300, 1000}, DType::float64, {100, 1000}, "gzip:4");
  add("many", {3000}, DType::int32, {2}, "gzip:4");
  add("empty", {4, 0}, DType::float64, {2, 1}, "gzip:4");
  return specs;
}

class Compress : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Data, Compress, ::testing::Bool());

TEST_P(Compress, ReadByUsAndH5py) {
  const Folder folder;
  const auto specs = all_kinds();
  std::vector<std::vector<std::byte>> elements;
  std::string list;
  for (std::size_t i = 0; i < specs.size(); i++) {
    elements.push_back(elements_of(specs[i], GetParam()));
    put_contents(folder / "x.h5." + std::to_string(i),
                 std::string(reinterpret_cast<const char*>(elements[i].data()), elements[i].size()));
    list += specs[i].path + "|" + to_string(specs[i].dtype) + "|" + specs[i].compress + "\n";
  }
  write_file(folder / "x.h5", specs, elements, 3, 2, 1);
  put_contents(folder / "x.h5.list", list);
  for (std::size_t i = 0; i < specs.size(); i++) {
    SCOPED_TRACE(specs[i].path);
    const auto store = open_store_alone(folder / "x.h5:" + specs[i].path);
    EXPECT_TRUE(read_all(*store) == elements[i]);
    EXPECT_EQ(store->info().filters.empty(), specs[i].compress.empty() || specs[i].path == "/empty");
  }
  EXPECT_EQ(open_store_alone(folder / "x.h5:/sums")->info().filters, "shuffle, gzip(1), fletcher32");
  EXPECT_EQ(open_store_alone(folder / "x.h5:/dtype/float64")->info().filters, "shuffle, gzip(4)");
  EXPECT_EQ(open_store_alone(folder / "x.h5:/dtype/int8")->info().filters, "gzip(4)");
  EXPECT_EQ(open_store_alone(folder / "x.h5:/noshuffle")->info().filters, "gzip(9)");
  python(R"(
with h5py.File(sys.argv[1], 'r') as f:
    for k, line in enumerate(open(sys.argv[1] + '.list')):
        path, dtype, compress = line.rstrip('\n').split('|')
        d = f[path]
        assert d.dtype == np.dtype(dtype), (path, d.dtype)
        assert np.asarray(d[()]).tobytes() == open(f'{sys.argv[1]}.{k}', 'rb').read(), path
    assert f['dtype/float64'].compression == 'gzip' and f['dtype/float64'].compression_opts == 4 and f['dtype/float64'].shuffle
    assert f['sums'].fletcher32 and f['plain'].compression is None
)",
         {folder / "x.h5"});
}

TEST_P(Compress, TheBytesDoNotDependOnWhoWrites) {
  const Folder folder;
  const auto specs = all_kinds();
  std::vector<std::vector<std::byte>> elements;
  for (const auto& s : specs) elements.push_back(elements_of(s, GetParam()));
  unsigned seed = 0;
  for (const auto& [processes, threads] :
       {std::pair(1u, 1u), std::pair(1u, 4u), std::pair(3u, 2u), std::pair(7u, 1u)}) {
    write_file(folder / std::to_string(seed) + ".h5", specs, elements, processes, threads, 100 * seed);
    seed++;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // nor on when: files know times to the second
  }
  const std::string first = contents(folder / "0.h5");
  EXPECT_FALSE(first.empty());
  for (const char* other : {"1.h5", "2.h5", "3.h5"}) EXPECT_TRUE(contents(folder / other) == first) << other;
}

TEST(Compressing, NothingButTheTargetIsSeen) {
  const Folder folder;
  const DatasetSpec spec{.path = "/y", .shape = {64}, .dtype = DType::float64, .chunk = {16}, .compress = "gzip:4"};
  const auto elements = elements_of(spec, false);
  std::optional<NewTarget> made(std::in_place, folder / "y.h5", std::vector{spec}, CreateOptions{});
  auto writers = open_writers(made->layout());
  (*writers)[0].write({{0}, {30}}, elements.data(), {8});
  EXPECT_THAT(folder.names(), ElementsAre(".y.h5.tessera-part"));
  EXPECT_THROW(writers->report(), InternalError);  // half a chunk is open
  (*writers)[0].write({{30}, {2}}, elements.data() + 240, {8});
  const std::string part = writers->report();
  EXPECT_THROW(made->reply({part}), InternalError);  // half of the chunks are missing
  writers.reset();
  made.reset();
  EXPECT_TRUE(folder.names().empty());
}

TEST(Compressing, WishesThatAreRefused) {
  const auto refuse = [](const std::string& filters, const std::string& word) {
    const DatasetSpec spec{.path = "/y", .shape = {64}, .chunk = {16}, .compress = filters};
    expect_parts(error_of<UsageError>([&] { static_cast<void>(write_cost("y.h5", spec)); }), {filters, word});
  };
  refuse("gzip:10", "0 to 9");
  refuse("gzip:", "0 to 9");
  refuse("gzip:x", "0 to 9");
  refuse("lzf", "no filter that is written");
  refuse("gzip,", "no filter that is written");
  refuse("gzip,gzip", "each once");
  refuse("gzip,shuffle", "order");
  refuse("fletcher32,gzip", "order");
  const Folder folder;
  expect_parts(error_of<UsageError>(
                   [&] { NewTarget(folder / "y.npy", {{.path = "", .shape = {64}, .compress = "gzip:4"}}, {}); }),
               {"y.npy", "not compressed"});
  expect_parts(error_of<UsageError>(
                   [&] { NewTarget(folder / "y.h5", {{.path = "/y", .shape = {64}, .compress = "gzip:4"}}, {}); }),
               {"/y", "have chunks"});
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace tessera::testing
