// Adding datasets to existing files, file attributes, and what other programs make of files with dimensions.
#include <gmock/gmock.h>

#include <filesystem>

#include "support.hpp"

namespace tessera::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Creates, writes element k = k everywhere, and commits.
void write_counting(const std::string& file, const std::vector<DatasetSpec>& specs, const CreateOptions& options) {
  NewTarget made(file, specs, options);
  auto writers = open_writers(made.layout());
  for (std::size_t d = 0; d < specs.size(); d++) {
    std::vector<double> values(static_cast<std::size_t>(num_elements(specs[d].shape)));
    for (std::size_t i = 0; i < values.size(); i++) values[i] = static_cast<double>(i);
    (*writers)[d].write(Box::whole(specs[d].shape), reinterpret_cast<const std::byte*>(values.data()),
                        row_major_strides(specs[d].shape, 8));
  }
  complete(made, {writers.get()});
}

DatasetSpec counting(const std::string& path, const Shape& shape, const std::vector<std::string>& dimensions = {},
                     const std::string& filters = "", const Dims& chunk = {}) {
  return {.path = path, .shape = shape, .chunk = chunk, .dimensions = dimensions, .compress = filters};
}

class Append : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, Append,
                         ::testing::Values("'earliest'", "'latest'", "'earliest', userblock_size=512"));

TEST_P(Append, ToAFileOfH5py) {
  const Folder folder;
  python(std::string(R"(
with h5py.File(sys.argv[1], 'w', libver=)") +
             GetParam() + R"() as f:
    f['old'] = np.arange(30.).reshape(5, 6)
    f['time'] = np.arange(5.)
    f['time'].make_scale('time')
    f['old'].dims[0].attach_scale(f['time'])
    f['packed/z'] = np.arange(10)
    f.attrs['title'] = 'a file'
    f.attrs['history'] = 'made by h5py'
)",
         {folder / "x.h5"});
  fs::permissions(folder / "x.h5", fs::perms::owner_all | fs::perms::group_read);
  write_counting(folder / "x.h5",
                 {counting("/new", {5, 4}, {"time", "lat"}), counting("/packed/c", {40, 40}, {}, "gzip:4", {7, 9}),
                  counting("/chunks", {5, 40}, {"time", "lon"}, "", {2, 9})},
                 {.append = true, .file_attributes = {{"source", std::string("a test")}}, .history = "added"});
  EXPECT_THAT(folder.names(), Not(::testing::Contains(HasSubstr("part"))));
  EXPECT_EQ(fs::status(folder / "x.h5").permissions(), fs::perms::owner_all | fs::perms::group_read);
  python(R"(
with h5py.File(sys.argv[1], 'r') as f:
    assert (f['old'][...] == np.arange(30.).reshape(5, 6)).all() and (f['packed/z'][...] == np.arange(10)).all()
    for name, shape in {'new': (5, 4), 'packed/c': (40, 40), 'chunks': (5, 40)}.items():
        assert (f[name][...].ravel() == np.arange(np.prod(shape))).all(), name
    assert f['new'].dims[0][0].name == '/time' and f['old'].dims[0][0].name == '/time'
    assert f['chunks'].dims[0][0].name == '/time' and f['chunks'].dims[1][0].name == '/lon'
    references = [f[r[0]].name for r in f['time'].attrs['REFERENCE_LIST']]
    assert sorted(references) == ['/chunks', '/new', '/old'], references
    assert f.attrs['title'] == 'a file' and f.attrs['source'] == b'a test'
    assert f.attrs['history'] == b'added\nmade by h5py', f.attrs['history']
    assert (f['time'][...] == np.arange(5.)).all()
)",
         {folder / "x.h5"});
  const auto info = open_store_alone(folder / "x.h5:/new")->info();
  EXPECT_THAT(info.dimensions, ElementsAre("time", "lat"));
  EXPECT_THAT(info.coordinates, ElementsAre(folder / "x.h5:/time", ""));
  EXPECT_THAT(info.file_attributes, ::testing::Contains(Attribute{"title", std::string("a file")}));
  // And once more, to what we added ourselves.
  write_counting(folder / "x.h5", {counting("/third", {4, 5}, {"lat", "time"}, "gzip:1", {4, 2})}, {.append = true});
  EXPECT_THAT(open_store_alone(folder / "x.h5:/third")->info().dimensions, ElementsAre("lat", "time"));
  EXPECT_EQ(list_datasets(folder / "x.h5").size(), 7u);
}

TEST(Appending, WhatIsRefusedLeavesTheFile) {
  const Folder folder;
  write_counting(folder / "x.h5", {counting("/g/x", {5})}, {.append = true});  // there is none: made
  const std::string before = contents(folder / "x.h5");
  const auto refuse = [&](const std::string& path, const std::string& word) {
    expect_parts(
        error_of<UsageError>([&] { write_counting(folder / "x.h5", {counting(path, {5})}, {.append = true}); }),
        {"x.h5", word});
    EXPECT_TRUE(contents(folder / "x.h5") == before);
  };
  refuse("/g/x", "is there already");
  refuse("/g", "is there already");
  refuse("/g/x/y", "is no group");
  expect_parts(error_of<UsageError>([&] {
                 NewTarget(folder / "x.h5", {counting("/y", {5})}, {.inputs = {folder / "x.h5:/g/x"}, .append = true});
               }),
               {"is an input"});
  put_contents(folder / "text.h5", "no HDF5");
  EXPECT_THROW(NewTarget(folder / "text.h5", {counting("/y", {5})}, {.append = true}), UsageError);
  EXPECT_THROW(NewTarget(folder / "y.npy", {counting("", {5})}, {.append = true}), UsageError);
  put_contents(folder / "cut.h5", before.substr(0, before.size() / 2));
  EXPECT_THROW(NewTarget(folder / "cut.h5", {counting("/y", {5})}, {.append = true}), IoError);
  EXPECT_THAT(folder.names(), ElementsAre("cut.h5", "text.h5", "x.h5"));
}

TEST(Appending, AFileThatChangedMeanwhileIsNotReplaced) {
  const Folder folder;
  write_counting(folder / "x.h5", {counting("/x", {5})}, {});
  {
    NewTarget added(folder / "x.h5", {counting("/y", {5})}, {.append = true});
    put_contents(folder / "x.h5", "somebody else's");
    expect_parts(error_of<IoError>([&] { added.commit(); }), {"x.h5", "changed"});
  }
  EXPECT_EQ(contents(folder / "x.h5"), "somebody else's");
  EXPECT_THAT(folder.names(), ElementsAre("x.h5"));
}

TEST(Appending, AxesThatMayGrow) {
  const Folder folder;
  for (const char* filters : {"", "gzip:4"})
    for (const unsigned axes : {1u, 2u, 3u}) {
      DatasetSpec spec = counting("/v", {30, 41}, {"time", "x"}, filters, {4, 7});
      spec.unlimited = axes;
      const std::string path = folder / std::string(*filters ? "packed" : "plain") + std::to_string(axes) + ".nc";
      write_counting(path, {spec}, {});
      EXPECT_EQ(open_store_alone(path)->info().unlimited, axes);
      python(R"(
axes = int(sys.argv[2])
with h5py.File(sys.argv[1], 'r+') as f:
    v = f['v']
    assert v.maxshape == (None if axes & 1 else 30, None if axes & 2 else 41), v.maxshape
    assert (v[...].ravel() == np.arange(30 * 41)).all()
    assert f['time'].maxshape == (None if axes & 1 else 30,) and f['x'].maxshape == (None if axes & 2 else 41,)
    if axes & 1:
        v.resize(35, axis=0)
        v[30:] = 7
        assert (v[:30].ravel() == np.arange(30 * 41)).all() and (v[30:] == 7).all()
)",
             {path, std::to_string(axes)});
    }
}

TEST(Appending, TemporaryNamesFollowLinks) {
  const Folder folder;
  fs::create_directory(folder / "far");
  put_contents(folder / "far/real.h5", "");
  fs::create_symlink("far/real.h5", folder / "link.h5");
  EXPECT_EQ(fs::weakly_canonical(temporary_file(folder / "link.h5:/y")),
            fs::weakly_canonical(folder / "far/.real.h5.tessera-part"));
  EXPECT_EQ(temporary_file(folder / "a.h5:/y"), folder / ".a.h5.tessera-part");
  EXPECT_EQ(temporary_file("a.npy"), "./.a.npy.tessera-part");
}

// What NetCDF programs make of our files. Each is left out, with a word, where it is not installed.
TEST(NetCdf, IsReadByItsPrograms) {
  const Folder folder;
  std::vector<DatasetSpec> specs = {counting("/t2m", {3, 4, 5}, {"time", "lat", "lon"}, "gzip:4", {1, 4, 5}),
                                    counting("/time", {3}, {"time"}), counting("/lat", {4}, {"lat"}),
                                    counting("/lon", {5}, {"lon"}), counting("/plain", {4, 7}, {"lat", "x"})};
  specs[0].attributes = {{"units", std::string("K")}, {"_FillValue", std::vector<double>{-999}}};
  specs[1].attributes = {{"units", std::string("days since 2000-01-01")}, {"calendar", std::string("standard")}};
  specs[2].attributes = {{"units", std::string("degrees_north")}};
  specs[3].attributes = {{"units", std::string("degrees_east")}};
  write_counting(folder / "x.nc", specs,
                 {.file_attributes = {{"Conventions", std::string("CF-1.8")}}, .history = "made by a test"});
  const std::string said = python(R"(
import subprocess, shutil
path = sys.argv[1]
if shutil.which('ncdump'):
    header = subprocess.run(['ncdump', '-hs', path], check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in ['time = 3 ;', 'lat = 4 ;', 'x = 7 ;', 'double t2m(time, lat, lon) ;', 'double time(time) ;', 'double plain(lat, x) ;',
                 '\tt2m:units = "K" ;', '\t:Conventions = "CF-1.8" ;', ':history = "made by a test" ;', 't2m:_DeflateLevel = 4 ;',
                 't2m:_Shuffle = "true" ;']:
        assert line in header, (line, header)
    data = subprocess.run(['ncdump', '-v', 't2m', path], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert '55, 56, 57, 58, 59 ;' in data, data
else:
    print('no ncdump')
if shutil.which('cdo'):
    out = subprocess.run(['cdo', '-s', 'output', '-fldmean', '-timmean', '-selname,t2m', path], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert abs(float(out) - 29.5) < 0.6, out  # weighted by area
    out = subprocess.run(['cdo', '-s', 'showdate', path], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert out.split() == ['2000-01-01', '2000-01-02', '2000-01-03'], out
else:
    print('no cdo')
try:
    import netCDF4
except ImportError:
    print('no netCDF4')
else:
    with netCDF4.Dataset(path) as f:
        assert f['t2m'].dimensions == ('time', 'lat', 'lon') and f['plain'].dimensions == ('lat', 'x')
        assert (f['t2m'][...].ravel() == np.arange(60)).all() and f['t2m']._FillValue == -999
        assert f['t2m'].filters()['zlib'] and f.history == 'made by a test'
try:
    import xarray
except ImportError:
    print('no xarray')
else:
    with xarray.open_dataset(path) as d:
        assert d['t2m'].dims == ('time', 'lat', 'lon') and 'lat' in d.coords and d.sizes['x'] == 7
        assert str(d['time'].values[2])[:10] == '2000-01-03' and float(d['t2m'].sel(lat=2, lon=3)[1]) == 33
)",
                                  {folder / "x.nc"});
  if (!said.empty()) std::printf("left out: %s", said.c_str());
}

}  // namespace
}  // namespace tessera::testing
