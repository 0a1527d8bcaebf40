// Opening: NetCDF's packing decoded, many files as one array, and slices that read only what they need.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class Opening : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder.file(name); }
  Session s;
  SharedFolder folder{s.communicator()};
};

// NaN equals NaN.
template <class T>
void expect_values(Session& s, const Array& x, DType dtype, const std::vector<T>& expected) {
  ASSERT_EQ(x.dtype(), dtype);
  const auto got = s.compute(x).values<T>();
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); i++)
    EXPECT_TRUE(got[i] == expected[i] || (std::isnan(double(got[i])) && std::isnan(double(expected[i]))))
        << i << ": " << double(got[i]) << ", not " << double(expected[i]);
}

Attribute real(const std::string& name, double v) { return {name, std::vector<double>{v}}; }
Attribute whole(const std::string& name, std::int64_t v) { return {name, std::vector<std::int64_t>{v}}; }

TEST_F(Opening, PackedData) {
  const Array x = arange(0, 6);  // 0 1 2 3 4 5
  int n = 0;
  const auto stored = [&](DType t, const std::vector<Attribute>& attributes) {
    Sink sink = write(astype(x, t), file(std::to_string(n++) + ".nc:/x"));
    sink.attributes = attributes;
    s.compute(sink);
    return file(std::to_string(n - 1) + ".nc");
  };
  const auto open = [&](DType t, const std::vector<Attribute>& a) { return s.open(stored(t, a)); };
  const float f = static_cast<float>(nan);
  // xarray's dtypes, and its order: fill values are those of the packed data.
  expect_values<double>(s, open(DType::int16, {real("scale_factor", 0.5)}), DType::float64, {0, 0.5, 1, 1.5, 2, 2.5});
  expect_values<double>(s, open(DType::int16, {real("scale_factor", 0.5), real("add_offset", 10)}), DType::float64,
                        {10, 10.5, 11, 11.5, 12, 12.5});
  expect_values<double>(s, open(DType::int32, {real("scale_factor", 0.5)}), DType::float64, {0, 0.5, 1, 1.5, 2, 2.5});
  expect_values<double>(s, open(DType::float32, {real("add_offset", 1)}), DType::float64, {1, 2, 3, 4, 5, 6});
  expect_values<float>(s, open(DType::int16, {whole("_FillValue", 3)}), DType::float32, {0, 1, 2, f, 4, 5});
  expect_values<double>(s, open(DType::int64, {whole("_FillValue", 3), whole("missing_value", 0)}), DType::float64,
                        {nan, 1, 2, nan, 4, 5});
  expect_values<double>(s, open(DType::float64, {{"missing_value", std::vector<double>{1, 4}}}), DType::float64,
                        {0, nan, 2, 3, nan, 5});
  expect_values<double>(s, open(DType::uint8, {whole("_FillValue", 2), real("scale_factor", 2)}), DType::float64,
                        {0, 2, nan, 6, 8, 10});
  expect_values<double>(s, open(DType::float64, {real("_FillValue", nan)}), DType::float64, {0, 1, 2, 3, 4, 5});
  // Nothing is missing, but the dtype says that it might be.
  expect_values<float>(s, open(DType::int16, {whole("missing_value", 77)}), DType::float32, {0, 1, 2, 3, 4, 5});
  // Neither packed nor with fill values: as it is.
  expect_values<std::int16_t>(s, open(DType::int16, {{"units", std::string("K")}}), DType::int16, {0, 1, 2, 3, 4, 5});
  // Signed bytes that are meant unsigned, -1 of them as fill value.
  Sink bytes = write(astype(x - 3, DType::int8), file("u.nc:/x"));
  bytes.attributes = {{"_Unsigned", std::string("true")}, whole("_FillValue", -1)};
  s.compute(bytes);
  expect_values<float>(s, s.open(file("u.nc")), DType::float32, {253, 254, f, 0, 1, 2});
  // Left as it is on demand.
  const std::string packed = stored(DType::int16, {real("scale_factor", 0.5), whole("_FillValue", 3)});
  SourceOptions raw;
  raw.raw = true;
  expect_values<std::int16_t>(s, s.open(packed, raw), DType::int16, {0, 1, 2, 3, 4, 5});
  EXPECT_TRUE(has_fill(mean(s.open(packed) * 2.0)));
  EXPECT_FALSE(has_fill(x));
  // It fuses: one stage, nothing but the packed bytes read.
  const double total = s.item<double>(sum(where(isnan(s.open(packed)), 0.0, s.open(packed))));
  EXPECT_EQ(total, 6.0);
  EXPECT_EQ(s.statistics().stages, 1);
}

TEST_F(Opening, ManyFiles) {
  const Array cube = uniform({17, 5, 4}, 0, 1, {.seed = 2});
  const std::vector<std::int64_t> cuts = {0, 3, 4, 9, 17};
  for (std::size_t i = 0; i + 1 < cuts.size(); i++) {
    Sink part = write(cube[{Slice{cuts[i], cuts[i + 1], {}}}], file("p" + std::to_string(i) + ".nc:/v"));
    part.dimensions = {"time", "y", "x"};
    part.chunks = {2, 5, 4};
    if (i % 2) part.compress = "gzip:1";
    s.compute(part);
  }
  const Array all = s.open_many({file("p*.nc:/v")}, "time");
  EXPECT_EQ(all.shape(), (Shape{17, 5, 4}));
  EXPECT_EQ(s.compute(all).values<double>(), s.compute(cube).values<double>());
  EXPECT_EQ(s.compute(all[{Slice{15, 2, -3}, 2}]).values<double>(),
            s.compute(cube[{Slice{15, 2, -3}, 2}]).values<double>());
  const auto means = s.compute(mean(all, {.axis = {1, 2}})).values<double>();
  const auto expected = s.compute(mean(cube, {.axis = {1, 2}})).values<double>();
  for (std::size_t i = 0; i < 17; i++) EXPECT_NEAR(means[i], expected[i], 1e-14);
  const Array members = s.open_many({file("p0.nc:/v"), file("p0.nc:/v")}, "member");
  EXPECT_EQ(members.shape(), (Shape{2, 3, 5, 4}));
  EXPECT_THROW(s.open_many({file("p0.nc:/v"), file("gone.nc:/v")}, "time"), IoError);
  EXPECT_THROW(s.open_many({file("p*.nc:/v")}, "member"), UsageError);
}

// "traffic  reads 1.2 MiB, ..." of a plan of one stage.
std::string said_to_read(const std::string& plan) {
  const auto from = plan.find("traffic  reads ") + 15;
  return plan.substr(from, plan.find(',', from) - from);
}

TEST_F(Opening, AStridedSliceReadsOnlyItsChunks) {
  const Shape shape{96, 64, 64};
  const std::int64_t row = 64 * 64 * 8, size = 96 * row;
  const Array x = full(shape, 1.5);
  for (const bool packed : {false, true})
    for (const std::int64_t rows : {1, 4, 12}) {
      SCOPED_TRACE(std::to_string(rows) + (packed ? " rows a chunk, packed" : " rows a chunk"));
      const std::string name = file(std::to_string(rows) + (packed ? "p.h5" : "u.h5"));
      Sink sink = write(x, name + ":/x");
      sink.chunks = {rows, 64, 64};
      if (packed) sink.compress = "gzip:1";
      s.compute(sink);
      const Array y = s.open(name);
      const auto stored = as_source(*y.node()).store()->info().stored_bytes;
      for (const std::int64_t step : {10, -10, 3}) {
        for (const Array& z : {sum(y[{Slice{{}, {}, step}}]), sum(y[{Slice{5, 70, std::abs(step)}, 7}])}) {
          const std::string plan = s.explain({gather(z)});
          s.compute(z);
          const std::int64_t read = s.statistics().bytes_read;
          EXPECT_EQ(said_to_read(plan), format_size(read)) << step;
          EXPECT_LE(read, stored);
        }
        // Every 10th step of one chunk each: a tenth.
        if (rows == 1 && step == 10) {
          s.compute(sum(y[{Slice{{}, {}, 10}}]));
          EXPECT_EQ(s.statistics().bytes_read, packed ? stored / 96 * 10 : size / 96 * 10);
        }
      }
    }
}

}  // namespace
}  // namespace tessera::testing
