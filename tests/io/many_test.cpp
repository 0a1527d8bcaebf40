// Many files as one array.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;

template <class T>
std::vector<T> values_of(const Store& store) {
  const auto bytes = read_all(store);
  std::vector<T> v(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(v.data(), bytes.data(), bytes.size());
  return v;
}

std::shared_ptr<const Store> many(const std::vector<std::string>& sources, const std::string& dimension) {
  return open_store(describe_sources(sources, dimension));
}

// t_00.nc, ...: (time, x) of different lengths and chunks, with a coordinate; all of them together in all.npy.
void make_files(const Folder& folder) {
  python(R"(
os.chdir(sys.argv[1])
at = 0
parts = []
for k, n in enumerate([3, 1, 0, 7, 5]):
    a = (np.arange(n * 6) + at * 6).reshape(n, 6).astype('>f4' if k == 3 else 'f4')
    with h5py.File(f't_{k:02}.nc', 'w', libver='latest' if k % 2 else 'earliest') as f:
        f['time'] = np.arange(at, at + n, dtype='f8')
        f['time'].make_scale('time')
        f.create_dataset('t', data=a, **({'chunks': (2, 4), 'compression': 'gzip'} if n > 1 else {}))
        f['t'].dims[0].attach_scale(f['time'])
        f['t'].dims[1].label = 'x'
        f['t'].attrs['units'] = 'K'
        f['flat'] = np.full((2, 3), k)
    parts.append(a.astype('f4'))
    at += n
np.save('all.npy', np.concatenate(parts))
)",
         {folder.path()});
}

TEST(Many, OneBehindTheOther) {
  const Folder folder;
  make_files(folder);
  const auto whole = open_store_alone(folder / "all.npy");
  const auto store = many({folder / "t_*.nc:/t"}, "time");
  EXPECT_EQ(store->info().shape, (Shape{16, 6}));
  EXPECT_EQ(store->info().dtype, DType::float32);
  EXPECT_THAT(store->info().dimensions, ElementsAre("time", "x"));
  EXPECT_EQ(store->info().indivisible, (Dims{2, 4}));
  EXPECT_EQ(store->info().grid.axis(0).count(), 2 + 1 + 4 + 3);
  EXPECT_TRUE(read_all(*store) == read_all(*whole));
  EXPECT_EQ(store->info().identity, many({folder / "t_*.nc:/t"}, "0")->info().identity);
  std::mt19937 random(1);
  for (int k = 0; k < 200; k++) {
    Box box;
    for (const auto n : store->info().shape) {
      const auto lo = static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
      box.lo.push_back(lo);
      box.extent.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(n - lo + 1)));
    }
    Strided a(box.extent, 4, random), b(box.extent, 4, random);
    store->read(box, a.data(), a.strides());
    whole->read(box, b.data(), b.strides());
    for_each_index(box.extent, [&](const Dims& at) { ASSERT_EQ(std::memcmp(a.at(at), b.at(at), 4), 0); });
  }
  // The coordinate itself, along a number, in a given order.
  const auto time = many({folder / "t_*.nc:/time"}, "0");
  std::vector<double> expected(16);
  for (std::size_t i = 0; i < 16; i++) expected[i] = static_cast<double>(i);
  EXPECT_EQ(values_of<double>(*time), expected);
}

TEST(Many, SideBySide) {
  const Folder folder;
  make_files(folder);
  put_contents(folder / "list.txt",
               "# members\n" + folder / "t_03.nc:/flat\n\n  " + folder / "t_00.nc:/flat # first\n");
  const auto store = many({"@" + folder / "list.txt", folder / "t_04.nc:/flat"}, "member");
  EXPECT_EQ(store->info().shape, (Shape{3, 2, 3}));
  std::vector<std::int64_t> expected(6, 3);
  expected.insert(expected.end(), 6, 0);
  expected.insert(expected.end(), 6, 4);
  EXPECT_EQ(values_of<std::int64_t>(*store), expected);
}

TEST(Many, WhatDoesNotFitIsNamed) {
  const Folder folder;
  make_files(folder);
  python(R"(
os.chdir(sys.argv[1])
def make(name, a, **attributes):
    with h5py.File(name, 'w') as f:
        f['t'] = a
        f['t'].dims[0].label, f['t'].dims[1].label = 'time', 'x'
        f['t'].attrs.update({'units': 'K', **attributes})
make('dtype.nc', np.zeros((2, 6)))
make('shape.nc', np.zeros((2, 5), 'f4'))
make('units.nc', np.zeros((2, 6), 'f4'), units='C')
make('scale.nc', np.zeros((2, 6), 'f4'), scale_factor=0.5)
)",
         {folder.path()});
  const std::string first = folder / "t_00.nc:/t";
  for (const auto& [name, word] :
       {std::pair("dtype", "dtype is float64, there float32"), std::pair("shape", "shape is (2, 5), there (3, 6)"),
        std::pair("units", "units is 'C', there 'K'"), std::pair("scale", "scale_factor is 0.5, there none")})
    expect_parts(error_of<UsageError>([&, n = name] {
                   describe_sources({first, folder / n + ".nc:/t"}, "time", {.raw = true});
                 }),
                 {std::string(name) + ".nc", word});
  expect_parts(error_of<UsageError>([&] {
                 many({folder / "t_03.nc:/t", first}, "time");
               }),
               {"t_00.nc", "in the order"});
  expect_parts(error_of<UsageError>([&] {
                 many({first, folder / "t_01.nc:/t", folder / "t_01.nc:/t"}, "time");
               }),
               {"t_01.nc", "overlaps"});
  expect_parts(error_of<UsageError>([&] { many({folder / "t_0*.nc:/t"}, "member"); }), {"t_01.nc", "shape is (1, 6)"});
  expect_parts(error_of<UsageError>([&] { many({first}, "2"); }), {"no axis 2"});
  expect_parts(error_of<IoError>([&] { many({folder / "none_*.nc:/t"}, "time"); }), {"none_*.nc", "no file matches"});
  expect_parts(error_of<IoError>([&] { many({first, folder / "gone.nc:/t"}, "time"); }), {"gone.nc"});
}

TEST(Many, AThousandFilesWithFewDescriptors) {
  const Folder folder;
  constexpr std::int64_t files = 1000;
  python(R"(
for k in range(1000):
    np.save(f'{sys.argv[1]}/{k:04}.npy', np.full((2, 3), k, 'i4'))
)",
         {folder.path()});
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{120, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const auto store = many({folder / "*.npy"}, "0");
  EXPECT_EQ(store->info().shape, (Shape{2 * files, 3}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (std::int64_t row = t; row < 2 * files; row += 13) {
        std::int32_t v[3] = {};
        store->read({{row, 0}, {1, 3}}, reinterpret_cast<std::byte*>(v), {12, 4});
        ASSERT_EQ(v[2], row / 2);
      }
    });
  for (auto& t : threads) t.join();
  const auto all = values_of<std::int32_t>(*store);
  for (std::size_t i = 0; i < all.size(); i++) ASSERT_EQ(all[i], static_cast<std::int32_t>(i / 6));
  rlimit after{};
  getrlimit(RLIMIT_NOFILE, &after);
  EXPECT_EQ(after.rlim_cur, 120u);  // nor did it raise the limit
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tessera::testing
