// Writing: what is written in disjoint boxes, from any memory and by many threads, is what h5py, numpy and we read.
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;
namespace fs = std::filesystem;

std::vector<std::byte> random_elements(const DatasetSpec& spec, std::mt19937& random) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(num_elements(spec.shape) * item_size(spec.dtype)));
  for (auto& b : bytes) b = static_cast<std::byte>(random() % (spec.dtype == DType::bool_ ? 2 : 256));
  return bytes;
}

// Cuts the shape at random places and writes the boxes in random order from random memory.
void write_in_boxes(StoreWriter& writer, const DatasetSpec& spec, const std::vector<std::byte>& elements,
                    std::mt19937& random, unsigned threads = 1) {
  const std::int64_t item = item_size(spec.dtype);
  std::vector<AxisChunks> axes;
  for (const auto n : spec.shape) {
    std::vector<std::int64_t> lengths;
    for (std::int64_t left = n; left > 0; left -= lengths.back())
      lengths.push_back(
          std::min<std::int64_t>(left, 1 + static_cast<std::int64_t>(random()) % std::max<std::int64_t>(1, n)));
    axes.push_back(AxisChunks::irregular(lengths));
  }
  const ChunkGrid grid(axes);
  std::vector<std::int64_t> order(static_cast<std::size_t>(grid.count()));
  for (std::size_t i = 0; i < order.size(); i++) order[i] = static_cast<std::int64_t>(i);
  std::shuffle(order.begin(), order.end(), random);
  const Dims dense = row_major_strides(spec.shape, item);
  const auto work = [&](unsigned worker, unsigned seed) {
    std::mt19937 own(seed);
    for (std::size_t k = worker; k < order.size(); k += threads) {
      const Box box = grid.box(order[k]);
      Strided memory(box.extent, item, own);
      for_each_index(box.extent, [&](const Dims& i) {
        std::int64_t offset = 0;
        for (int a = 0; a < i.size(); a++) offset += (box.lo[a] + i[a]) * dense[a];
        std::memcpy(memory.at(i), elements.data() + offset, static_cast<std::size_t>(item));
      });
      writer.write(box, memory.data(), memory.strides());
    }
  };
  std::vector<std::thread> workers;
  for (unsigned w = 1; w < threads; w++) workers.emplace_back(work, w, static_cast<unsigned>(random()));
  work(0, static_cast<unsigned>(random()));
  for (auto& w : workers) w.join();
}

// Writes everything, and the elements that are expected beside it for the Python side.
void write_file(const Folder& folder, const std::string& name, const std::vector<DatasetSpec>& specs,
                std::mt19937& random, unsigned threads = 1) {
  NewTarget made(folder / name, specs, {});
  EXPECT_FALSE(fs::exists(folder / name));
  auto writers = open_writers(made.layout());
  ASSERT_EQ(writers->size(), specs.size());
  std::vector<std::vector<std::byte>> elements;
  std::string list;
  for (std::size_t i = 0; i < specs.size(); i++) {
    elements.push_back(random_elements(specs[i], random));
    write_in_boxes((*writers)[i], specs[i], elements.back(), random, threads);
    writers->flush();
    put_contents(folder / name + "." + std::to_string(i),
                 std::string(reinterpret_cast<const char*>(elements.back().data()), elements.back().size()));
    std::string shape;
    for (const auto n : specs[i].shape) shape += std::to_string(n) + ",";
    list += specs[i].path + "|" + to_string(specs[i].dtype) + "|(" + shape + ")\n";
  }
  made.commit();
  put_contents(folder / name + ".list", list);
  for (std::size_t i = 0; i < specs.size(); i++) {
    const auto store = open_store_alone(folder / name + (name.ends_with(".npy") ? "" : ":" + specs[i].path));
    EXPECT_EQ(store->info().shape, specs[i].shape);
    EXPECT_EQ(store->info().dtype, specs[i].dtype);
    EXPECT_TRUE(read_all(*store) == elements[i]) << specs[i].path;
  }
}

constexpr const char* check_hdf5 = R"(
with h5py.File(sys.argv[1], 'r') as f:
    for k, line in enumerate(open(sys.argv[1] + '.list')):
        path, dtype, shape = line.strip().split('|')
        d = f[path]
        assert d.dtype == np.dtype(dtype), (path, d.dtype, dtype)
        assert d.shape == eval(shape) if shape != '()' else d.shape == (), (path, d.shape, shape)
        got = np.asarray(d[()]).tobytes()
        assert got == open(f'{sys.argv[1]}.{k}', 'rb').read(), path
)";

TEST(Write, EveryDType) {
  const Folder folder;
  std::mt19937 random(1);
  std::vector<DatasetSpec> specs;
  for (int t = 0; t < dtype_count; t++) {
    const auto dtype = static_cast<DType>(t);
    specs.push_back({"/plain/" + to_string(dtype), {13, 17}, dtype, {}, {}, {}});
    specs.push_back({"/chunks/deep/" + to_string(dtype), {13, 17}, dtype, {5, 4}, {}, {}});
  }
  write_file(folder, "x.h5", specs, random);
  python(check_hdf5, {folder / "x.h5"});
  EXPECT_EQ(std::system(("h5dump -H '" + folder / "x.h5" + "' > /dev/null 2>&1").c_str()), 0);
}

TEST(Write, ShapesThatBite) {
  const Folder folder;
  std::mt19937 random(2);
  std::vector<DatasetSpec> specs;
  int k = 0;
  for (const Shape& shape : std::vector<Shape>{
           {}, {0}, {1}, {7}, {13, 5}, {0, 4}, {5, 0, 3}, {17, 1, 11}, {3, 5, 7, 2}, {1, 1, 1}, {2000}, {100, 700}}) {
    specs.push_back({"/p" + std::to_string(k), shape, DType::float64, {}, {}, {}});
    for (const std::int64_t divisor : {1, 2, 3, 1000}) {
      Dims chunk;
      for (const auto n : shape) chunk.push_back(std::max<std::int64_t>(1, ceil_div(n, divisor)));
      specs.push_back({"/c" + std::to_string(k) + "_" + std::to_string(divisor), shape, DType::int16, chunk, {}, {}});
    }
    specs.push_back({"/w" + std::to_string(k), shape, DType::float32, Dims::filled(shape.size(), 64), {}, {}});
    k++;
  }
  write_file(folder, "x.h5", specs, random, 3);
  python(check_hdf5, {folder / "x.h5"});
  for (std::size_t i = 0; i < specs.size(); i += 6)
    write_file(folder, "n" + std::to_string(i) + ".npy", {specs[i]}, random, 2);
  python(R"(
for i in range(0, int(sys.argv[2]), 6):
    a = np.load(f'{sys.argv[1]}/n{i}.npy', mmap_mode=None)
    assert a.tobytes() == open(f'{sys.argv[1]}/n{i}.npy.0', 'rb').read()
    assert a.flags.c_contiguous
)",
         {folder.path(), std::to_string(specs.size())});
}

TEST(Write, EveryDTypeToNpy) {
  const Folder folder;
  std::mt19937 random(3);
  for (int t = 0; t < dtype_count; t++)
    write_file(folder, std::to_string(t) + ".npy", {{"", {6, 7}, static_cast<DType>(t), {}, {}, {}}}, random);
  python(R"(
for i in range(13):
    a = np.load(f'{sys.argv[1]}/{i}.npy')
    name = open(f'{sys.argv[1]}/{i}.npy.list').read().split('|')[1]
    assert a.dtype == np.dtype(name) and a.tobytes() == open(f'{sys.argv[1]}/{i}.npy.0', 'rb').read(), name
)",
         {folder.path()});
}

TEST(Write, ManyChunksAreOneAfterAnother) {
  const Folder folder;
  std::mt19937 random(4);
  write_file(folder, "x.h5", {{"/x", {300, 211}, DType::float32, {2, 5}, {}, {}}}, random, 4);
  python(check_hdf5, {folder / "x.h5"});
}

TEST(Write, AttributesAndDimensions) {
  const Folder folder;
  const std::vector<Attribute> attributes = {
      {"a_text", std::string("metre, µ")},
      {"b_empty", std::string()},
      {"c_one", std::vector<double>{2.5}, DType::float32},
      {"d_list", std::vector<double>{1, 2, 3}, DType::float64},
      {"e_integers", std::vector<std::int64_t>{-1, std::int64_t{1} << 60}, DType::int64},
      {"f_texts", std::vector<std::string>{"one", "", "µ"}},
      {"g_text", std::string("x"), std::nullopt, Dims{1}},
      {"h_table", std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}, DType::int16, Dims{2, 3}},
      {"i_turn", std::vector<std::complex<double>>{{1, -2}, {0, 3}}, DType::complex64},
      {"j_none", std::vector<double>{}, DType::float32, Dims{0}},
      {"k_no_texts", std::vector<std::string>{}, std::nullopt, Dims{0}},
      {"l_nothing", std::vector<double>{}, DType::float64}};
  std::vector<DatasetSpec> specs = {{"/t", {3, 4}, DType::float32, {2, 2}, attributes, {"time", "lat"}},
                                    {"/lat", {4}, DType::float64, {}, {}, {"lat"}},
                                    {"/other", {3, 5}, DType::float64, {}, {}, {"time", "x"}},
                                    {"/clash", {6}, DType::float64, {}, {}, {"x"}}};  // another length: a label
  specs[0].attributes.push_back({"_FillValue", std::vector<double>{-999}});
  NewTarget(folder / "x.h5", specs, {}).commit();
  const auto t = open_store_alone(folder / "x.h5:/t");
  std::vector<Attribute> expected = {{"_FillValue", std::vector<double>{-999}, DType::float32}};
  expected.insert(expected.end(), attributes.begin(), attributes.end());
  EXPECT_EQ(t->info().attributes, expected);
  EXPECT_THAT(t->info().dimensions, ElementsAre("time", "lat"));
  EXPECT_THAT(open_store_alone(folder / "x.h5:/lat")->info().dimensions, ElementsAre("lat"));
  EXPECT_THAT(open_store_alone(folder / "x.h5:/other")->info().dimensions, ElementsAre("time", "x"));
  EXPECT_THAT(open_store_alone(folder / "x.h5:/clash")->info().dimensions, ElementsAre("x"));
  EXPECT_EQ(list_datasets(folder / "x.h5").size(), 4u);  // dimensions without values are no datasets
  python(R"(
with h5py.File(sys.argv[1], 'r') as f:
    t = f['t']
    assert t.attrs['a_text'].decode() == 'metre, µ' and t.attrs['b_empty'] == b'' and t.attrs['c_one'] == 2.5
    assert list(t.attrs['d_list']) == [1, 2, 3] and list(t.attrs['e_integers']) == [-1, 2**60]
    assert list(t.attrs['f_texts']) == ['one', '', 'µ'] and t.attrs['g_text'].shape == (1,)
    assert t.attrs['h_table'].tolist() == [[1, 2, 3], [4, 5, 6]] and t.attrs['h_table'].dtype == np.int16
    assert t.attrs['i_turn'].tolist() == [1 - 2j, 3j] and t.attrs['i_turn'].dtype == np.complex64
    assert t.attrs['j_none'].shape == t.attrs['k_no_texts'].shape == (0,) and t.attrs['l_nothing'] == h5py.Empty('f8')
    assert t.attrs['_FillValue'] == -999 and t.attrs.get_id('_FillValue').dtype == np.float32
    assert t.dims[0][0].name == '/time' and t.dims[1][0].name == '/lat'
    assert f['lat'].attrs['CLASS'] == b'DIMENSION_SCALE' and h5py.h5ds.is_scale(f['lat'].id) and f['lat'].shape == (4,)
    assert f['time'].attrs['NAME'].startswith(b'This is a netCDF dimension but not a netCDF variable.')
    assert f['clash'].dims[0].label == 'x' and f['other'].dims[1].label == 'x'
)",
         {folder / "x.h5"});
}

TEST(Write, SameContentSameBytes) {
  const Folder folder;
  for (const char* name : {"a.h5", "b.h5"}) {
    std::mt19937 random(5);
    write_file(folder, name, {{"/g/y", {30, 30}, DType::float64, {7, 7}, {{"units", std::string("K")}}, {"y", "x"}}},
               random);
    fs::last_write_time(folder / name, fs::file_time_type());
  }
  EXPECT_TRUE(contents(folder / "a.h5") == contents(folder / "b.h5"));
}

TEST(Write, OnlyTheFinalNameRemains) {
  const Folder folder;
  {
    NewTarget y(folder / "y.h5", {{"/y", {5}, DType::float64, {}, {}, {}}}, {});
    EXPECT_THAT(folder.names(), ElementsAre(".y.h5.tessera-part"));
    y.commit();
  }
  EXPECT_THAT(folder.names(), ElementsAre("y.h5"));
  { const NewTarget z(folder / "z.npy", {{"", {5}, DType::float64, {}, {}, {}}}, {}); }
  EXPECT_THAT(folder.names(), ElementsAre("y.h5"));
}

TEST(Write, AnotherRunsFileIsNeitherCommittedNorRemoved) {
  const Folder folder;
  const std::vector<DatasetSpec> specs = {{"/y", {5}, DType::float64, {}, {}, {}}};
  {
    NewTarget first(folder / "y.h5", specs, {});
    fs::remove(folder / ".y.h5.tessera-part");  // where there are no locks
    NewTarget second(folder / "y.h5", specs, {});
    expect_parts(error_of<IoError>([&] { first.commit(); }), {"y.h5", "another run"});
    expect_parts(error_of<IoError>([&] { open_writers(first.layout()); }), {"y.h5", "another run"});
    { const NewTarget gone = std::move(first); }
    EXPECT_THAT(folder.names(), ElementsAre(".y.h5.tessera-part"));
    second.commit();
  }
  EXPECT_THAT(folder.names(), ElementsAre("y.h5"));
}

TEST(Write, ForceReplacesAndKeepsLinks) {
  const Folder folder;
  put_contents(folder / "y.h5", "old");
  fs::create_symlink("y.h5", folder / "link.h5");
  NewTarget made(folder / "link.h5", {{"/y", {5}, DType::float64, {}, {}, {}}}, {.force = true, .inputs = {}});
  EXPECT_EQ(contents(folder / "y.h5"), "old");
  made.commit();
  EXPECT_TRUE(fs::is_symlink(folder / "link.h5"));
  EXPECT_EQ(open_store_alone(folder / "y.h5")->info().shape, Shape{5});
}

TEST(Write, ThroughALinkToWhatIsNotThereYet) {
  const Folder folder;
  fs::create_directory(folder / "far");
  fs::create_symlink("second.h5", folder / "first.h5");
  fs::create_symlink("far/y.h5", folder / "second.h5");
  fs::create_symlink("circle.h5", folder / "circle.h5");
  fs::create_symlink("none/y.h5", folder / "lost.h5");
  const std::vector<DatasetSpec> specs = {{"/y", {5}, DType::float64, {}, {}, {}}};
  EXPECT_EQ(fs::weakly_canonical(temporary_file(folder / "first.h5:/y")),
            fs::weakly_canonical(folder / "far/.y.h5.tessera-part"));
  NewTarget(folder / "first.h5", specs, {}).commit();
  EXPECT_TRUE(fs::is_symlink(folder / "first.h5") && fs::is_symlink(folder / "second.h5"));
  EXPECT_EQ(open_store_alone(folder / "far/y.h5")->info().shape, Shape{5});
  expect_parts(error_of<UsageError>([&] { NewTarget(folder / "first.h5", specs, {}); }), {"first.h5", "exists"});
  expect_parts(error_of<IoError>([&] { NewTarget(folder / "circle.h5", specs, {}); }), {"circle.h5", "nowhere"});
  expect_parts(error_of<IoError>([&] { NewTarget(folder / "lost.h5", specs, {}); }), {"lost.h5", "no such folder"});
}

}  // namespace
}  // namespace tessera::testing
