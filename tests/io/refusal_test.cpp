// What is refused: the type of the error, what its message says, and that nothing is left behind.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::IsEmpty;
namespace fs = std::filesystem;

const std::vector<DatasetSpec> five = {{"/y", {5}, DType::float64, {}, {}, {}}};

template <class E>
void expect_open(const std::string& source, const std::vector<std::string>& parts) {
  SCOPED_TRACE(source);
  expect_parts(error_of<E>([&] { open_store_alone(source); }), parts);
}

TEST(Refusal, NamesOfSources) {
  const auto parsed = [](const std::string& s) {
    const auto n = parse_source(s);
    return n.file + " | " + n.dataset;
  };
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(parsed("data.h5"), "data.h5 | ");
  EXPECT_EQ(parsed("data.h5:/x"), "data.h5 | /x");
  EXPECT_EQ(parsed("data.h5:/g/x"), "data.h5 | /g/x");
  EXPECT_EQ(parsed("~/a:b.h5:/x"), "/home/me/a:b.h5 | /x");
  EXPECT_EQ(parsed("a:/b.h5:/x"), "a:/b.h5 | /x");
  EXPECT_EQ(parsed("~other/x"), "~other/x | ");
  EXPECT_EQ(parsed("data.h5:/"), "data.h5 | /");
  EXPECT_EQ(parsed(""), " | ");
}

TEST(Refusal, ColonSlashInAFileName) {
  const Folder folder;
  fs::create_directories(folder / "run:");
  fs::copy(made() / "fortran.npy", folder / "run:/x.npy");
  EXPECT_EQ(open_store_alone(folder / "run:/x.npy")->info().shape, (Shape{300, 400}));
}

TEST(Refusal, MissingThings) {
  expect_open<IoError>("/nowhere/data.h5", {"/nowhere/data.h5: no such file"});
  expect_open<IoError>(made() / "nope.h5:/x", {"nope.h5: no such file"});
  expect_open<IoError>(made() / "named.h5:/t2n", {"named.h5: no dataset /t2n", "did you mean /t2m"});
  expect_open<IoError>(made() / "one.h5:/x", {"no dataset /x", "did you mean /deep/down/x"});
  expect_open<IoError>(made() / "one.h5:/quite/elsewhere", {"no dataset /quite/elsewhere", "/deep/down/x"});
  expect_open<IoError>(made() / "nothing.h5:/x", {"no dataset /x", "no datasets"});
  expect_open<IoError>(made() / "nothing.h5", {"nothing.h5", "no datasets"});
  expect_open<UsageError>("", {"not the name of a file"});
}

TEST(Refusal, WhichDataset) {
  expect_open<UsageError>(made() / "shapes.h5", {"which dataset?", "/compact", "in all)"});
  expect_open<UsageError>(made() / "shapes.h5:/", {"which dataset?"});
  expect_open<UsageError>(made() / "many_names.h5", {"/d00", "/d19", "... (30 in all)"});
  expect_open<UsageError>(made() / "odd.h5:/group", {"/group is a group", "/group/inner"});
  expect_open<UsageError>(made() / "nothing.h5:/g", {"is a group", "no datasets"});
  expect_open<UsageError>(made() / "fortran.npy:/x", {"fortran.npy", "one array without a name"});
}

TEST(Refusal, TypesThatAreNotRead) {
  expect_open<UsageError>(made() / "odd.h5:/text", {"/text", "text"});
  expect_open<UsageError>(made() / "odd.h5:/fixed", {"text"});
  expect_open<UsageError>(made() / "odd.h5:/record", {"compound of a, b"});
  expect_open<UsageError>(made() / "odd.h5:/null", {"no elements"});
  expect_open<UsageError>(made() / "bad_text.npy", {"text"});
  expect_open<UsageError>(made() / "bad_record.npy", {"structured"});
  expect_open<UsageError>(made() / "bad_dates.npy", {"dates"});
  expect_open<UsageError>(made() / "bad_object.npy", {"objects"});
  expect_open<UsageError>(made() / "bad_long.npy", {"long double"});
}

TEST(Refusal, FiltersAndOtherFiles) {
  expect_open<IoError>(made() / "odd.h5:/lzf", {"32000", "lzf", "h5py.File"});
  expect_open<IoError>(made() / "odd.h5:/scaled", {"scaleoffset", "h5py.File"});
  expect_open<IoError>(made() / "odd.h5:/far", {"external link", "one.h5:/deep/down/x"});
  expect_open<IoError>(made() / "odd.h5:/far/more", {"external link"});
  expect_open<IoError>(made() / "odd.h5:/loop", {"soft links"});
  expect_open<IoError>(made() / "odd.h5:/dangling", {"/dangling is a soft link that points nowhere", "no /nowhere"});
  expect_open<IoError>(made() / "odd.h5:/virtual", {"virtual dataset"});
  expect_open<IoError>(made() / "odd.h5:/external", {"external storage"});
}

TEST(Refusal, OtherFormats) {
  const Folder folder;
  const auto expect_bytes = [&]<class E>(const E*, const std::string& bytes, const std::vector<std::string>& parts) {
    put_contents(folder / "x", bytes);
    expect_open<E>(folder / "x", parts);
  };
  const UsageError* usage = nullptr;
  const IoError* io = nullptr;
  expect_bytes(usage, std::string("CDF\1") + std::string(100, '\0'), {"NetCDF-3", "nccopy"});
  expect_bytes(usage, std::string("CDF\2") + std::string(100, '\0'), {"NetCDF-3"});
  expect_bytes(usage, "GRIB....", {"GRIB"});
  expect_bytes(usage, "\x1f\x8b\x08 gz", {"gzip"});
  expect_bytes(usage, "PK\3\4", {"zip", "npz"});
  expect_bytes(usage, "time,x\n1,2\n", {"neither HDF5 nor npy", "time,x"});
  expect_bytes(io, "", {"is empty (0 bytes)"});
  expect_open<UsageError>(folder.path(), {"is a directory"});
  fs::create_directories(folder / "store.zarr");
  put_contents(folder / "store.zarr/.zarray", "{}");
  expect_open<UsageError>(folder / "store.zarr", {"Zarr"});
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_open<IoError>(folder / "pipe", {"device or pipe"});
}

TEST(Refusal, TruncatedHdf5) {
  const Folder folder;
  for (const char* name : {"one.h5", "masks.h5", "userblock.h5"}) {
    const std::string bytes = contents(made() / name);
    for (std::size_t n = 1; n < bytes.size(); n += bytes.size() / 97 + 1) {
      put_contents(folder / "x.h5", bytes.substr(0, n));
      SCOPED_TRACE(std::string(name) + " cut to " + std::to_string(n));
      try {
        read_all(*open_store_alone(folder / "x.h5" + (name == std::string("masks.h5") ? ":/mask"
                                                      : name == std::string("one.h5") ? ""
                                                                                      : ":/gzip")));
        ADD_FAILURE() << "a truncated file was read";
      } catch (const IoError& e) {
        expect_parts(e.what(), {"x.h5"});
        if (n > 2100) expect_parts(e.what(), {"truncated"});
      } catch (const UsageError& e) {
        EXPECT_LT(n, 1100u) << e.what();  // no signature left
      }
    }
  }
}

TEST(Refusal, HdfDatasetBeyondTheFile) {
  // The library itself takes such a file when the superblock's end of file is small enough.
  const Folder folder;
  python(R"(
with h5py.File(sys.argv[1], 'w') as f: f['x'] = np.arange(1000.)
with h5py.File(sys.argv[1]) as f: at = f['x'].id.get_offset()
b = bytearray(open(sys.argv[1], 'rb').read())
layout = at.to_bytes(8, 'little') + (8000).to_bytes(8, 'little')  # of the layout message
i = b.find(layout); assert i > 0 and b.find(layout, i + 1) < 0
b[i:i+8] = (at + 100000).to_bytes(8, 'little')
open(sys.argv[1], 'wb').write(b)
)",
         {folder / "x.h5"});
  expect_open<IoError>(folder / "x.h5", {"file is truncated: dataset needs 8000 bytes", "file has"});
}

template <class E>
void expect_create(const std::string& file, const std::vector<DatasetSpec>& specs, const CreateOptions& options,
                   const std::vector<std::string>& parts) {
  SCOPED_TRACE(file);
  expect_parts(error_of<E>([&] { NewTarget(file, specs, options); }), parts);
}

TEST(Refusal, Targets) {
  const Folder folder;
  put_contents(folder / "old.h5", "old");
  expect_create<UsageError>(folder / "old.h5", five, {}, {"old.h5", "exists; option 'force' replaces it"});
  expect_create<UsageError>(folder / "old.h5", five, {.force = true, .inputs = {folder / "old.h5:/x"}},
                            {"is an input"});
  fs::create_symlink("old.h5", folder / "link.h5");
  expect_create<UsageError>(folder / "link.h5", five, {.force = true, .inputs = {folder / "old.h5"}}, {"is an input"});
  fs::create_hard_link(folder / "old.h5", folder / "hard.h5");
  expect_create<UsageError>(folder / "hard.h5", five, {.force = true, .inputs = {folder / "old.h5"}}, {"is an input"});
  expect_create<IoError>(folder / "no/such/y.h5", five, {}, {"y.h5", "no such folder"});
  expect_create<IoError>(folder / "old.h5/y.h5", five, {}, {"y.h5", "can't be written"});
  expect_create<UsageError>(folder.path(), five, {}, {"is a directory"});
  expect_create<UsageError>(folder.path() + "/", five, {}, {"not the name of a file"});
  expect_create<UsageError>(folder / "y.zarr", five, {}, {".zarr files are not written"});
  expect_create<UsageError>(folder / "y.h5", {}, {}, {"nothing to write"});
  expect_create<UsageError>(folder / "y.npy", {five[0], five[0]}, {}, {"holds one array, not 2"});
  EXPECT_EQ(contents(folder / "old.h5"), "old");
  EXPECT_THAT(folder.names(), ::testing::ElementsAre("hard.h5", "link.h5", "old.h5"));
}

TEST(Refusal, DatasetsThatDoNotFit) {
  const Folder folder;
  const auto one = [&](DatasetSpec spec) { return std::vector<DatasetSpec>{std::move(spec)}; };
  expect_create<UsageError>(folder / "y.h5", {five[0], five[0]}, {}, {"/y", "two results"});
  expect_create<UsageError>(folder / "y.h5", one({"/", {5}, DType::float64, {}, {}, {}}), {},
                            {"no name for a dataset"});
  expect_create<UsageError>(folder / "y.h5", one({"/y", {5}, DType::float64, {2, 2}, {}, {}}), {}, {"chunks (2, 2)"});
  expect_create<UsageError>(folder / "y.h5", one({"/y", {5}, DType::float64, {0}, {}, {}}), {}, {"chunks (0,)"});
  expect_create<UsageError>(folder / "y.h5", one({"/y", {1 << 30}, DType::float64, {1 << 30}, {}, {}}), {}, {"4 GiB"});
  expect_create<UsageError>(folder / "y.h5", one({"/y", {5}, DType::float64, {}, {}, {"a", "b"}}), {},
                            {"2 dimension names"});
  expect_create<UsageError>(folder / "y.h5", {five[0], {"/y/z", {5}, DType::float64, {}, {}, {}}}, {},
                            {"/y/z", "a dataset and a group"});
  expect_create<IoError>(folder / "y.h5", one({"/y", {INT64_MAX, 8}, DType::float64, {}, {}, {}}), {}, {"y.h5"});
  expect_create<IoError>(folder / "y.npy", one({"", {std::int64_t{1} << 57}, DType::float64, {}, {}, {}}), {},
                         {"y.npy"});
  expect_create<IoError>(folder / "y.h5", one({"/y", {std::int64_t{1} << 48}, DType::float64, {}, {}, {}}), {},
                         {"y.h5"});
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Refusal, TargetThatAppearedMeanwhile) {
  const Folder folder;
  {
    NewTarget made(folder / "y.h5", five, {});
    put_contents(folder / "y.h5", "somebody else's");
    expect_parts(error_of<UsageError>([&] { made.commit(); }), {"appeared", "option 'force'"});
    EXPECT_EQ(contents(folder / "y.h5"), "somebody else's");
  }
  EXPECT_THAT(folder.names(), ::testing::ElementsAre("y.h5"));
}

}  // namespace
}  // namespace tessera::testing
