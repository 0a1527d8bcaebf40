// Many files as one array: their order, the elements in any box, what doesn't fit together, and a thousand files under
// a low limit of descriptors.
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include <tessera/io/descriptor.hpp>

#include "support.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Store> open_many(const std::vector<std::string>& sources, const std::string& dimension,
                                       const SourceOptions& options = {}) {
  return open_store(describe_sources(sources, dimension, options));
}

std::string elements(const Store& store) {
  const auto bytes = read_all(store);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lowers the soft and, in this process, the effective limit of descriptors.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit small{std::min(most, before_.rlim_max), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &small);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Concat, BoxesOfRaggedParts) {
  const Folder folder;
  python(R"(
rng = np.random.default_rng(1)
for axis in range(3):
    parts = []
    for i, n in enumerate([4, 0, 1, 7, 3]):
        a = rng.normal(size=[n if k == axis else m for k, m in enumerate((6, 5, 8))])
        parts.append(a)
        if i % 2:
            np.save(f"{sys.argv[1]}/a{axis}_{i}.npy", a if i == 1 else np.asfortranarray(a))
        else:
            with h5py.File(f"{sys.argv[1]}/a{axis}_{i}.npy", "w") as f:
                f.create_dataset("x", data=a, chunks=(3, 2, 3) if n > 2 else None, compression="gzip" if n > 2 else None, dtype=">f8")
    np.concatenate(parts, axis).tofile(f"{sys.argv[1]}/whole{axis}")
)",
         {folder.path()});
  std::mt19937 random(4);
  for (int axis = 0; axis < 3; axis++) {
    SCOPED_TRACE(axis);
    Shape shape{6, 5, 8};
    shape[axis] = 15;
    const auto store = open_many({folder / "a" + std::to_string(axis) + "_*.npy"}, std::to_string(axis));
    ASSERT_EQ(store->info().shape, shape);
    EXPECT_EQ(store->info().grid.shape(), shape);
    const std::string whole = contents(folder / "whole" + std::to_string(axis));
    ASSERT_EQ(elements(*store), whole);
    const Dims dense = row_major_strides(shape, 8);
    for (int k = 0; k < 100; k++) {
      const Box box = random_box(shape, random);
      Strided memory(box.extent, 8, random);
      store->prefetch(box);
      store->read(box, memory.data(), memory.strides());
      for_each_index(box.extent, [&](const Dims& i) {
        std::int64_t offset = 0;
        for (int d = 0; d < 3; d++) offset += (box.lo[d] + i[d]) * dense[d];
        ASSERT_EQ(std::memcmp(memory.at(i), whole.data() + offset, 8), 0);
      });
      EXPECT_TRUE(memory.only_elements_changed());
      EXPECT_EQ(store->file_bytes(box) == 0, box.empty());
    }
    const auto& cuts = store->info().grid.axis(axis);  // no chunk lies in two files
    for (const std::int64_t end : {4, 5, 12}) EXPECT_EQ(cuts.bound(cuts.find(end)), end);
  }
}

TEST(Concat, SideBySideAlongANewAxis) {
  const Folder folder;
  python("for i in range(3): np.save(f'{sys.argv[1]}/m{i}.npy', np.arange(6, dtype='i4').reshape(2, 3) + 10 * i)",
         {folder.path()});
  const auto store = open_many({folder / "m*.npy"}, "member");
  EXPECT_EQ(store->info().shape, (Shape{3, 2, 3}));
  EXPECT_EQ(store->info().dimensions, (std::vector<std::string>{"member", "", ""}));
  EXPECT_EQ(store->info().grid.axis(0).count(), 3);
  std::int32_t v[4];
  store->read({{1, 0, 2}, {2, 2, 1}}, reinterpret_cast<std::byte*>(v), {8, 4, 4});
  EXPECT_EQ(std::vector<std::int32_t>(v, v + 4), (std::vector<std::int32_t>{12, 15, 22, 25}));
  const auto one = open_many({folder / "m1.npy"}, "member");
  EXPECT_EQ(one->info().shape, (Shape{1, 2, 3}));
}

TEST(Concat, OrderOfGlobsAndLists) {
  const Folder folder;
  fs::create_directories(folder / "f[1]");
  for (const char* name : {"r_10.bin", "r_9.bin", "r_1.bin", "r_010.bin", "r_1_2.bin", "r.bin", "f[1]/x.bin"})
    put_contents(folder / name, "a");
  std::vector<std::string> names;
  for (const auto& source : expand_source(folder / "r*.bin:/t"))
    names.push_back(source.substr(folder.path().size() + 1));
  EXPECT_EQ(names, (std::vector<std::string>{"r.bin:/t", "r_1.bin:/t", "r_1_2.bin:/t", "r_9.bin:/t", "r_010.bin:/t",
                                             "r_10.bin:/t"}));
  EXPECT_FALSE(names_many(folder / "f[1]/x.bin"));  // a file of just this name
  EXPECT_TRUE(names_many(folder / "f[2]/x.bin"));
  put_contents(folder / "list", "# the runs\n\n  b.h5  # second\r\na#1.h5:/y\n\t\nc[1].h5\n");
  EXPECT_EQ(expand_source("@" + (folder / "list")), (std::vector<std::string>{"b.h5", "a#1.h5:/y", "c[1].h5"}));
  EXPECT_EQ(expand_source("@" + (folder / "list:/x")),
            (std::vector<std::string>{"b.h5:/x", "a#1.h5:/y", "c[1].h5:/x"}));
  expect_parts(error_of<IoError>([&] { expand_source(folder / "z*.bin"); }), {"z*.bin", "no file matches"});
  expect_parts(error_of<IoError>([&] { expand_source("@" + (folder / "none")); }), {"none", "can't be read"});
  expect_parts(error_of<IoError>([&] { expand_source("@" + folder.path()); }), {"can't be read"});
  put_contents(folder / "list", "# nothing\n\n");
  expect_parts(error_of<UsageError>([&] { expand_source("@" + (folder / "list")); }), {"list", "names no file"});
}

TEST(Concat, WhatDiffersIsNamed) {
  const Folder folder;
  python(R"(
def make(name, shape=(2, 4), dtype="f4", dims=("time", "lat"), time=None, lat=None, **attributes):
    with h5py.File(f"{sys.argv[1]}/{name}.nc", "w") as f:
        t = f.create_dataset("t", data=np.zeros(shape, dtype))
        for key, value in {"units": "K", "_FillValue": np.float32(-1), **attributes}.items():
            if value is not None: t.attrs[key] = value
        for i, d in enumerate(dims):
            given = {"time": time, "lat": lat}.get(d)
            f[d] = np.arange(shape[i]) + 0.0 if given is None else np.array(given)
            f[d].make_scale(d)
            t.dims[i].attach_scale(f[d])
make("good"), make("dtype", dtype="f8"), make("shape", shape=(2, 5)), make("rank", shape=(2, 4, 1), dims=("time", "lat", "z"))
make("dims", dims=("time", "x")), make("units", units="degC"), make("nounits", units=None), make("fill", _FillValue=np.float32(-2)), make("nan", _FillValue=np.float32("nan"), time=[2.0, 3.0]), make("nan_first", _FillValue=np.float32("nan"))
make("before", time=[-3.0, -2.0]), make("after", time=[2.0, 3.0]), make("overlap", time=[1.0, 2.0]), make("inside", time=[0.5, 2.0])
for name, lat in {"turned": [3.0, 2.0, 1.0, 0.0], "shifted": [0.0, 1.0, 2.0, 3.02], "rounded": [0.0, 1.005, 2.0, 3.0]}.items():
    make(name, time=[2.0, 3.0], lat=lat)
)",
         {folder.path()});
  const auto join = [&](const std::string& second, const std::string& dimension = "time") {
    return open_many({folder / "good.nc:/t", folder / second + ".nc:/t"}, dimension);
  };
  const auto differs = [&](const std::string& second, const std::vector<std::string>& parts) {
    const std::string message = error_of<UsageError>([&] { join(second); });
    expect_parts(message, parts);
    expect_parts(message, {second + ".nc:/t", "good.nc:/t"});
  };
  differs("dtype", {"dtype is float64", "there float32"});
  differs("shape", {"shape is (2, 5)", "there (2, 4)"});
  differs("rank", {"shape is (2, 4, 1)"});
  differs("dims", {"(time, x)", "(time, lat)"});
  differs("units", {"attribute units is 'degC'", "there 'K'"});
  differs("nounits", {"attribute units is none", "there 'K'"});
  differs("before", {"does not follow", "-3", "@list.txt"});
  differs("overlap", {"overlaps", "goes from 1 to 2", "from 0 to 1"});
  differs("inside", {"overlaps", "concat((a, b[1:]))"});
  expect_parts(error_of<UsageError>([&] { join("shape", "tmie"); }), {"new axis 'tmie'", "time, lat"});
  expect_parts(error_of<UsageError>([&] { join("after", "2"); }), {"no axis 2", "(2, 4)"});
  expect_parts(error_of<UsageError>([&] { join("after", "-3"); }), {"no axis -3"});
  expect_parts(error_of<UsageError>([&] { join("after", ""); }), {"the name of a dimension"});
  expect_parts(error_of<UsageError>([&] { open_many({}, "0"); }), {"no source"});
  expect_parts(error_of<IoError>([&] { join("missing"); }), {"missing.nc", "no such file"});
  put_contents(folder / "damaged.nc", contents(folder / "good.nc").substr(0, 700));
  EXPECT_NE(error_of<IoError>([&] { join("damaged"); }).find("damaged.nc"), std::string::npos);

  // Each is decoded by its own packing, unless the elements are wanted as they are.
  const std::vector<std::string> packed{folder / "good.nc:/t", folder / "fill.nc:/t"};
  const auto parts = open_store_parts(describe_sources(packed, "member"));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->stores.size(), 2u);
  EXPECT_TRUE(parts->is_new);
  ASSERT_EQ(parts->stores[1]->info().attributes.size(), 1u);  // how it is packed; the rest is told once, of the whole
  EXPECT_EQ(parts->stores[1]->info().attributes[0].name, "_FillValue");
  EXPECT_EQ(open_many(packed, "member")->info().shape, (Shape{2, 2, 4}));
  EXPECT_EQ(open_many(packed, "member")->info().attributes.size(), 2u);
  EXPECT_EQ(open_many(packed, "member")->info().parts.names, packed);
  expect_parts(error_of<UsageError>([&] { open_many(packed, "member", {.raw = true}); }),
               {"fill.nc:/t", "_FillValue is -2", "there -1"});
  EXPECT_FALSE(open_store_parts(describe_sources({folder / "good.nc:/t"}, "time")));
  const std::vector<std::string> nan{folder / "nan_first.nc:/t", folder / "nan.nc:/t"};
  EXPECT_FALSE(open_store_parts(describe_sources(nan, "time")));

  const auto good = join("after");
  EXPECT_EQ(good->info().shape, (Shape{4, 4}));
  EXPECT_EQ(good->info().dimensions, (std::vector<std::string>{"time", "lat"}));
  EXPECT_EQ(good->info().coordinates[0], (folder / "good.nc:/time") + '\0' + (folder / "after.nc:/time"));
  EXPECT_EQ(join("after", "-2")->info().identity, good->info().identity);
  const std::vector<std::string> alike(2, folder / "good.nc:/t");
  EXPECT_NE(open_many(alike, "member")->info().identity, good->info().identity);
  // Coordinates of the other axes are those of all; a hundredth of a step is rounding.
  EXPECT_EQ(join("rounded")->info().shape, (Shape{4, 4}));
  differs("shifted", {"coordinate lat", "3.02 at index 3", "there 3"});
  differs("turned", {"coordinate lat", "3 at index 0", "there 0"});
  expect_parts(error_of<UsageError>([&] { join("after", "member"); }), {"after.nc", "coordinate time"});
}

TEST(Concat, TimesThatCountFromDifferentDates) {
  const Folder folder;
  python(R"(
for name, units, values in (("a", "hours since 2000-01-01", [[0, 6], [6, 12]]), ("b", "days since 2000-01-02", [[0, 1], [1, -9]]), ("c", "days since 2000-01-04 12:30", [[0, 1]])):
    with h5py.File(f"{sys.argv[1]}/{name}.nc", "w") as f:
        f["bounds"] = np.array(values, ">i4")
        f["bounds"].attrs["units"], f["bounds"].attrs["_FillValue"] = units, np.int32(-9)
)",
         {folder.path()});
  const auto join = [&](const std::string& names) {
    std::vector<std::string> sources;
    for (const char name : names) sources.push_back(folder / std::string(1, name) + ".nc:/bounds");
    return open_many(sources, "0");
  };
  const auto whole = join("ab");
  EXPECT_EQ(whole->info().dtype, DType::int64);
  EXPECT_EQ(whole->info().attributes.size(), 2u);
  std::int64_t v[8];
  whole->read({{0, 0}, {4, 2}}, reinterpret_cast<std::byte*>(v), {8, 32});  // column by column
  EXPECT_EQ(std::vector<std::int64_t>(v, v + 8), (std::vector<std::int64_t>{0, 6, 24, 48, 6, 12, 48, -9}));
  whole->read({{1, 1}, {2, 1}}, reinterpret_cast<std::byte*>(v), {8, 8});
  EXPECT_EQ(std::vector<std::int64_t>(v, v + 2), (std::vector<std::int64_t>{12, 48}));
  const auto parts = join("cab");
  EXPECT_EQ(parts->info().dtype, DType::float64);
  double d[10];
  parts->read({{0, 0}, {5, 2}}, reinterpret_cast<std::byte*>(d), {16, 8});
  const double half = 3.5 + 0.5 / 24,
               expected[] = {0, 1, -half, 0.25 - half, 0.25 - half, 0.5 - half, 1 - half, 2 - half, 2 - half, -9};
  for (int i = 0; i < 10; i++) EXPECT_NEAR(d[i], expected[i], 1e-15) << i;
  EXPECT_EQ(join("a")->info().dtype, DType::int32);  // nothing to do
}

TEST(Concat, RawFilesOfAnyLength) {
  const Folder folder;
  put_contents(folder / "a1.bin", "abcd");
  put_contents(folder / "a2.bin", "");
  put_contents(folder / "a10.bin", "ef");
  const auto store = open_many({folder / "a*.bin"}, "0", {.raw_dtype = "u1", .raw_shape = Shape{-1, 2}});
  EXPECT_EQ(store->info().shape, (Shape{3, 2}));
  EXPECT_EQ(elements(*store), "abcdef");
}

TEST(Concat, ThousandFilesFewDescriptors) {
  const Folder folder;
  python("for i in range(1000): np.save(f'{sys.argv[1]}/f{i}.npy', np.full(3, i, 'i4'))", {folder.path()});
  const DescriptorLimit limit(64);
  EXPECT_EQ(io::Descriptor::most_open(), 16u);
  const auto store = open_many({folder / "f*.npy"}, "0");
  ASSERT_EQ(store->info().shape, (Shape{3000}));
  const auto check = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int k = 0; k < 3000; k++) {
      const std::int64_t lo = random() % 2997;
      std::int32_t v[4] = {-1, -1, -1, -1};
      store->prefetch({{lo}, {4 - lo % 2}});
      store->read({{lo}, {3}}, reinterpret_cast<std::byte*>(v), {4});
      for (int i = 0; i < 3; i++) ASSERT_EQ(v[i], (lo + i) / 3);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; t++) threads.emplace_back(check, t);
  for (auto& t : threads) t.join();
  EXPECT_LE(io::Descriptor::open_now(), 16u + 4u);
}

TEST(Concat, AFileThatChangesMeanwhile) {
  const Folder folder;
  python("for i in range(20): np.save(f'{sys.argv[1]}/f{i}.npy', np.full(3, i, 'i4'))", {folder.path()});
  const auto store = open_many({folder / "f*.npy"}, "0");
  fs::remove(folder / "f7.npy");
  put_contents(folder / "f8.npy", contents(folder / "f9.npy") + "more");
  const auto read = [&](std::int64_t at) {
    std::int32_t v = -1;
    store->prefetch({{at}, {1}});
    store->read({{at}, {1}}, reinterpret_cast<std::byte*>(&v), {4});
    return v;
  };
  EXPECT_EQ(read(18), 6);
  EXPECT_EQ(error_of<IoError>([&] { read(21); }), folder / "f7.npy: no such file");
  expect_parts(error_of<IoError>([&] { read(24); }), {"f8.npy", "the file changed since"});
  EXPECT_EQ(read(27), 9);
}

}  // namespace
}  // namespace tessera::testing
