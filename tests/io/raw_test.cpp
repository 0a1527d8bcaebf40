// Raw files: the elements that numpy's tofile wrote come out for every dtype and byte order; what doesn't fit the file
// is refused before anything is read.
#include "support.hpp"

namespace tessera::testing {
namespace {

std::shared_ptr<const Store> open_raw(const std::string& path, const std::string& dtype, const Shape& shape,
                                      std::optional<std::int64_t> offset = {}) {
  return open_store_alone(path, {.raw_dtype = dtype, .raw_shape = shape, .raw_offset = offset});
}

std::string bytes_of(const Store& store) {
  const auto elements = read_all(store);
  return {reinterpret_cast<const char*>(elements.data()), elements.size()};
}

TEST(Raw, EveryDtypeAndByteOrder) {
  const Folder folder;
  std::vector<std::string> dtypes;
  for (const std::string kind : {"?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"})
    for (const std::string order : {"", "<", ">", "="}) dtypes.push_back(order + kind);
  std::vector<std::string> arguments = dtypes;
  arguments.insert(arguments.begin(), folder.path());
  python(R"(
for i, t in enumerate(sys.argv[2:]):
    a = (np.random.default_rng(i).integers(0, 200, (5, 7, 3)) % (2 if t.endswith("?") else 120)).astype(t)
    a.tofile(f"{sys.argv[1]}/{i}.bin")
    a.astype(a.dtype.newbyteorder("=")).tofile(f"{sys.argv[1]}/{i}.native")
)",
         arguments);
  for (std::size_t i = 0; i < dtypes.size(); i++) {
    SCOPED_TRACE(dtypes[i]);
    const auto store = open_raw(folder / (std::to_string(i) + ".bin"), dtypes[i], {5, 7, 3});
    EXPECT_EQ(store->info().format, "raw");
    EXPECT_EQ(store->info().shape, (Shape{5, 7, 3}));
    EXPECT_EQ(bytes_of(*store), contents(folder / (std::to_string(i) + ".native")));
  }
}

TEST(Raw, BoxesOfBigEndianElements) {
  const Folder folder;
  python("np.arange(2000, dtype='>f4').reshape(40, 50).tofile(sys.argv[1])", {folder / "a.bin"});
  const auto store = open_raw(folder / "a.bin", ">f4", {40, -1});
  EXPECT_EQ(store->info().shape, (Shape{40, 50}));
  std::mt19937 random(5);
  for (int k = 0; k < 100; k++) {
    const Box box = random_box({40, 50}, random);
    Strided memory(box.extent, 4, random);
    store->read(box, memory.data(), memory.strides());
    for_each_index(box.extent, [&](const Dims& i) {
      float v = 0;
      std::memcpy(&v, memory.at(i), sizeof v);
      ASSERT_EQ(v, static_cast<float>((box.lo[0] + i[0]) * 50 + box.lo[1] + i[1]));
    });
    EXPECT_TRUE(memory.only_elements_changed());
  }
}

TEST(Raw, ShapesAndOffsets) {
  const Folder folder;
  put_contents(folder / "a.bin", "0123456789ab");
  EXPECT_EQ(bytes_of(*open_raw(folder / "a.bin", "u1", {2, 2}, 3)), "3456");
  EXPECT_EQ(bytes_of(*open_raw(folder / "a.bin", "u1", {-1}, 10)), "ab");
  EXPECT_EQ(bytes_of(*open_raw(folder / "a.bin", "u1", {}, 11)), "b");
  EXPECT_EQ(open_raw(folder / "a.bin", "u1", {0, 4}, 12)->info().shape, (Shape{0, 4}));
  EXPECT_NE(open_raw(folder / "a.bin", "u1", {4}, 0)->info().identity,
            open_raw(folder / "a.bin", "u1", {4}, 4)->info().identity);
  put_contents(folder / "empty.bin", "");
  EXPECT_EQ(open_raw(folder / "empty.bin", "f8", {0, 3})->info().shape, (Shape{0, 3}));
  EXPECT_EQ(open_raw(folder / "empty.bin", "f8", {-1, 3})->info().shape, (Shape{0, 3}));
}

TEST(Raw, WhatDoesNotFitIsRefused) {
  const Folder folder;
  const std::string file = folder / "a.bin";
  put_contents(file, "0123456789ab");
  const auto io = [&](const std::string& dtype, const Shape& shape, std::optional<std::int64_t> offset,
                      const std::vector<std::string>& parts) {
    expect_parts(error_of<IoError>([&] { open_raw(file, dtype, shape, offset); }), parts);
  };
  const auto usage = [&](const std::string& dtype, std::optional<Shape> shape, const std::vector<std::string>& parts) {
    expect_parts(error_of<UsageError>([&] { open_store_alone(file, {.raw_dtype = dtype, .raw_shape = shape}); }),
                 parts);
  };
  io("f4", {4}, {}, {"a.bin", "too short", "(4,) of float32 needs 16 bytes", "the file has 12"});
  io("f4", {2}, {}, {"a.bin", "longer", "needs 8 bytes", "the file has 12", "offset"});
  io("f4", {3}, 4, {"a.bin", "too short", "12 bytes at 4", "the file has 12"});
  io("f4", {1}, 400, {"a.bin", "too short", "4 bytes at 400"});
  io("f8", {-1}, {}, {"a.bin", "multiple of 8 bytes", "the file has 12"});
  io("f8", {-1, 0}, {}, {"multiple of 0 bytes"});
  io("f8", {std::int64_t{1} << 40, std::int64_t{1} << 40}, {}, {"a.bin", "no size of an array"});
  usage("f4", std::nullopt, {"a.bin", "the shape", "is missing"});
  usage("", Shape{3}, {"a.bin", "the dtype is missing"});
  usage("f3", Shape{3}, {"raw dtype 'f3'", ">"});
  usage("<>f4", Shape{3}, {"raw dtype '<>f4'"});
  usage("f4", Shape{-1, -1}, {"one may be -1"});
  usage("f4", Shape{-2}, {"one may be -1"});
  expect_parts(error_of<UsageError>([&] { open_raw(file, "u1", {3}, -1); }), {"negative"});
  expect_parts(error_of<UsageError>([&] { open_raw(file + ":/x", "u1", {12}); }), {"a raw file holds one array"});
  expect_parts(error_of<UsageError>([&] { open_store_alone(file); }),
               {"a.bin", "option 'raw_dtype'", "option 'raw_shape'"});
}

TEST(Raw, AKnownFormatIsReadRawOnlyWhenAsked) {
  const Folder folder;
  python("np.save(sys.argv[1], np.arange(4, dtype='u1'))", {folder / "a.npy"});
  const auto size = static_cast<std::int64_t>(contents(folder / "a.npy").size());
  expect_parts(error_of<UsageError>([&] { open_raw(folder / "a.npy", "u1", {size}); }),
               {"a.npy", "is an npy file", "offset (0)"});
  EXPECT_EQ(bytes_of(*open_raw(folder / "a.npy", "u1", {size}, 0)), contents(folder / "a.npy"));
  EXPECT_EQ(bytes_of(*open_raw(folder / "a.npy", "u1", {4}, size - 4)), std::string("\0\1\2\3", 4));
}

TEST(Raw, WritesTheElementsAlone) {
  const Folder folder;
  const std::string file = folder / "y.bin";
  DatasetSpec spec;
  spec.shape = {3, 2};
  spec.dtype = DType::int32;
  EXPECT_TRUE(holds_one_array(file));
  EXPECT_FALSE(holds_one_array(folder / "y.h5:/a.bin"));
  NewTarget made(file, {spec}, {});
  const std::int32_t values[6] = {1, 2, 3, 4, 5, 6};
  const auto writers = open_writers(made.layout());
  (*writers)[0].write(Box::whole({3, 2}), reinterpret_cast<const std::byte*>(values), {4, 12});  // by columns
  complete(made, {writers.get()});
  EXPECT_EQ(python("print(*np.fromfile(sys.argv[1], 'i4'))", {file}), "1 4 2 5 3 6\n");
  expect_parts(error_of<UsageError>([&] {
                 NewTarget(folder / "z.bin", {spec, spec}, {});
               }),
               {".bin file holds one array, not 2"});
  spec.compress = "gzip:4";
  expect_parts(error_of<UsageError>([&] { NewTarget(folder / "z.bin", {spec}, {}); }),
               {".bin files are not compressed"});
}

}  // namespace
}  // namespace tessera::testing
