// Reading: every kind of file that h5py and numpy make gives the elements that they put into it, in any box, into any
// memory.
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <map>
#include <thread>
#include <variant>

#include "support.hpp"

namespace tessera::testing {
namespace {

void expect_boxes(const Store& store, const Sample& sample, int boxes, std::mt19937& random) {
  const std::int64_t item = item_size(sample.dtype);
  const Dims dense = row_major_strides(sample.shape, item);
  for (int k = 0; k < boxes; k++) {
    const Box box = random_box(sample.shape, random);
    Strided memory(box.extent, item, random);
    store.prefetch(box);
    store.read(box, memory.data(), memory.strides());
    std::int64_t wrong = 0;
    for_each_index(box.extent, [&](const Dims& i) {
      std::int64_t offset = 0;
      for (int a = 0; a < i.size(); a++) offset += (box.lo[a] + i[a]) * dense[a];
      wrong += std::memcmp(memory.at(i), sample.elements.data() + offset, static_cast<std::size_t>(item)) != 0;
    });
    EXPECT_EQ(wrong, 0) << sample.source << " " << to_string(box) << " into strides " << to_string(memory.strides());
    EXPECT_TRUE(memory.only_elements_changed()) << sample.source << " " << to_string(box);
    EXPECT_GE(store.file_bytes(box), 0);
  }
}

TEST(Read, EveryFileWholeAndInBoxes) {
  std::mt19937 random(1);
  ASSERT_GT(samples().size(), 300u);
  for (const auto& sample : samples()) {
    SCOPED_TRACE(sample.source);
    const auto store = open_store_alone(sample.source);
    const auto& info = store->info();
    ASSERT_EQ(info.dtype, sample.dtype);
    ASSERT_EQ(info.shape, sample.shape);
    EXPECT_EQ(info.grid.shape(), sample.shape);
    EXPECT_EQ(info.indivisible.size(), sample.shape.size());
    ASSERT_EQ(read_all(*store), sample.elements);
    expect_boxes(*store, sample, 20, random);
  }
}

TEST(Read, ManyThreads) {
  for (const char* name :
       {"shapes.h5:/many", "shapes.h5:/many_gzip", "shapes.h5:/cube_chunks", "dtypes_latest.h5:/be_f8/all",
        "fortran.npy", "userblock.h5:/lookup", "userblock.h5:/lookup_some"}) {
    const std::string source = made() / name;
    const auto sample =
        std::find_if(samples().begin(), samples().end(), [&](const Sample& s) { return s.source == source; });
    ASSERT_NE(sample, samples().end()) << source;
    const auto store = open_store_alone(source);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; t++)
      threads.emplace_back([&, t] {
        std::mt19937 random(t);
        if (t % 2 == 0) {
          EXPECT_EQ(read_all(*store), sample->elements) << source;
        }
        expect_boxes(*store, *sample, 50, random);
      });
    for (auto& t : threads) t.join();
  }
}

TEST(Read, ChunksAreTheGrid) {
  const auto chunked = open_store_alone(made() / "shapes.h5:/cube_chunks");
  EXPECT_TRUE(chunked->info().chunked);
  EXPECT_EQ(chunked->info().grid, ChunkGrid::regular({40, 50, 60}, {16, 32, 60}));
  EXPECT_EQ(chunked->info().indivisible, (Dims{1, 1, 1}));
  EXPECT_EQ(chunked->info().filters, "");
  EXPECT_EQ(chunked->info().stored_bytes, 3 * 2 * 16 * 32 * 60 * 8);
  const auto filtered = open_store_alone(made() / "dtypes_earliest.h5:/le_f8/all");
  EXPECT_EQ(filtered->info().filters, "shuffle, gzip(4), fletcher32");
  EXPECT_EQ(filtered->info().indivisible, (Dims{5, 23}));
  EXPECT_GT(filtered->scratch_bytes({1, 1}), 5 * 23 * 8);
  const auto plain = open_store_alone(made() / "shapes.h5:/cube");
  EXPECT_FALSE(plain->info().chunked);
  EXPECT_EQ(plain->info().stored_bytes, 40 * 50 * 60 * 8);
  EXPECT_EQ(plain->file_bytes({{0, 0, 0}, {40, 50, 60}}), 40 * 50 * 60 * 8);
  EXPECT_EQ(plain->file_bytes({{3, 0, 0}, {1, 50, 60}}), 50 * 60 * 8);
}

TEST(Read, FortranOrderIsCutOnTheLastAxis) {
  const Folder folder;
  python("np.save(sys.argv[1], np.zeros((1000, 5000), order='F'))", {folder / "f.npy"});
  const auto store = open_store_alone(folder / "f.npy");
  EXPECT_EQ(store->info().grid.counts()[0], 1);
  EXPECT_GT(store->info().grid.counts()[1], 1);
}

TEST(Read, AttributesAndDimensions) {
  const auto t = open_store_alone(made() / "named.h5:/t2m");
  EXPECT_EQ(t->info().dimensions, (std::vector<std::string>{"time", "lat", "lon"}));
  const std::vector<Attribute> expected = {
      {"alone", std::vector<std::int64_t>{7}, DType::int32, Dims{1}},
      {"empty_text", std::string()},
      {"fixed", std::vector<std::string>{"one", "three"}},
      {"flag", std::vector<std::int64_t>{1}, DType::bool_},
      {"huge", std::vector<std::uint64_t>{(std::uint64_t{1} << 63) + 5}, DType::uint64},
      {"long_name", std::string("temperature")},
      {"names", std::vector<std::string>{"a", "b"}},
      {"no_texts", std::vector<std::string>{}, std::nullopt, Dims{0}},
      {"none", std::vector<double>{}, DType::float64, Dims{0}},
      {"nothing", std::vector<std::int64_t>{}, DType::int16},
      {"one_text", std::string("x"), std::nullopt, Dims{1}},
      {"scale_factor", std::vector<double>{0.5}, DType::float64},
      {"table", std::vector<double>{0, 1, 2, 3, 4, 5}, DType::float32, Dims{3, 2}},
      {"turn", std::vector<std::complex<double>>{{1, -2}}, DType::complex64},
      {"units", std::string("K")},
      {"valid_range", std::vector<std::int64_t>{1, 2}, DType::int16}};
  EXPECT_EQ(t->info().attributes, expected);
  EXPECT_EQ(open_store_alone(made() / "named.h5:/lat")->info().dimensions, std::vector<std::string>{"lat"});
  // The only array that is no coordinate.
  EXPECT_EQ(open_store_alone(made() / "named.h5")->info().name, made() / "named.h5:/t2m");
}

TEST(Read, DescriptionTravels) {
  // Another rank has the description alone.
  for (const char* name :
       {"shapes.h5:/many_gzip", "shapes.h5:/compact", "shapes.h5:/cube", "named.h5:/t2m", "fortran.npy"}) {
    const std::string description = describe_source(made() / name);
    const auto a = open_store(description), b = open_store(std::string(description));
    EXPECT_EQ(a->info().identity, b->info().identity);
    EXPECT_EQ(a->info().attributes, b->info().attributes);
    EXPECT_EQ(read_all(*a), read_all(*b));
  }
}

TEST(Read, IdentityFollowsTheFileAndTheDataset) {
  const auto id = [&](const std::string& source) { return open_store_alone(source)->info().identity; };
  EXPECT_EQ(id(made() / "shapes.h5:/cube"), id(made() / "shapes.h5:/cube"));
  EXPECT_NE(id(made() / "shapes.h5:/cube"), id(made() / "shapes.h5:/many"));
  const Folder folder;
  std::filesystem::copy(made() / "one.h5", folder / "one.h5");
  EXPECT_NE(id(made() / "one.h5"), id(folder / "one.h5"));
}

TEST(Read, FileThatChangedIsRefused) {
  const Folder folder;
  std::filesystem::copy(made() / "fortran.npy", folder / "x.npy");
  const std::string description = describe_source(folder / "x.npy");
  python("np.save(sys.argv[1], np.zeros(3))", {folder / "x.npy"});
  expect_parts(error_of<IoError>([&] { open_store(description); }), {"x.npy", "changed since"});
}

TEST(Read, MillionChunksOpenQuickly) {
  const std::clock_t start = std::clock();  // the processor's time, which other work on the machine does not change
  const auto store = open_store_alone(made() / "million.h5:/x");
  EXPECT_LE(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0);
  EXPECT_EQ(store->info().grid.count(), 1000000);
  std::vector<double> x(100, 1);
  store->read({{5000005}, {100}}, reinterpret_cast<std::byte*>(x.data()), {8});
  EXPECT_EQ(x, std::vector<double>(100, 0.0));
}

TEST(Read, ThousandDatasetsAndThousandFiles) {
  const Folder folder;
  python(R"(
with h5py.File(sys.argv[1] + '/many.h5', 'w') as f:
    for i in range(1000): f[f'd{i}'] = np.full(3, i, 'i4')
for i in range(1100): np.save(f'{sys.argv[1]}/f{i}.npy', np.full(3, i, 'i4'))
)",
         {folder.path()});
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit small{std::min<rlim_t>(512, limit.rlim_max), limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &small);
  std::vector<std::shared_ptr<const Store>> stores;
  for (int i = 0; i < 1000; i++) stores.push_back(open_store_alone(folder / "many.h5:/d" + std::to_string(i)));
  for (int i = 0; i < 1100; i++) stores.push_back(open_store_alone(folder / "f" + std::to_string(i) + ".npy"));
  for (int i = 0; i < 2100; i++) {
    std::int32_t v = -1;
    stores[static_cast<std::size_t>(i)]->read({{1}, {1}}, reinterpret_cast<std::byte*>(&v), {4});
    EXPECT_EQ(v, i % 1000 + (i >= 2000 ? 1000 : 0));
  }
  setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(Read, ListOfAFile) {
  const auto list = list_datasets(made() / "named.h5");
  ASSERT_EQ(list.size(), 4u);  // the text is left out
  EXPECT_EQ(list[0].name, made() / "named.h5:/lat");
  EXPECT_EQ(list[2].name, made() / "named.h5:/t2m");
  EXPECT_EQ(list[2].shape, (Shape{3, 4, 5}));
  EXPECT_EQ(list_datasets(made() / "fortran.npy").size(), 1u);
}

TEST(Read, EverythingInAFileIsListed) {
  const FileContents contents = list_file(made() / "odd.h5");
  std::map<std::string, const UnreadDataset*> unread;
  std::vector<std::string> readable;
  for (const auto& listed : contents.datasets) {
    if (const auto* u = std::get_if<UnreadDataset>(&listed)) unread[parse_source(u->name).dataset] = u;
    if (const auto* i = std::get_if<StoreInfo>(&listed)) readable.push_back(parse_source(i->name).dataset);
  }
  EXPECT_EQ(readable, (std::vector<std::string>{"/enum", "/group/inner"}));
  const auto expect = [&](const std::string& path, const std::string& holds, const std::string& why) {
    SCOPED_TRACE(path);
    ASSERT_TRUE(unread.contains(path));
    expect_parts(unread[path]->holds, {holds});
    expect_parts(unread[path]->why, {why});
    unread.erase(path);
  };
  expect("/text", "text", "not read");
  expect("/fixed", "text", "not read");
  expect("/record", "a compound of a, b", "not read");
  expect("/null", "float64", "no elements");
  expect(unread.contains("/l") ? "/l" : "/lzf", "float64", "lzf");  // one dataset of two names
  expect("/scaled", "int32", "scaleoffset");
  expect("/far", "an external link to 'one.h5:/deep/down/x'", "not followed");
  expect("/loop", "", "soft links");
  expect("/dangling", "", "points nowhere");
  expect("/virtual", "float64", "virtual");
  expect("/external", "float64", "external storage");
  EXPECT_TRUE(unread.empty()) << unread.begin()->first;
}

}  // namespace
}  // namespace tessera::testing
