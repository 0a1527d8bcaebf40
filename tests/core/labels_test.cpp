// Labels of expressions over two made-up datasets: t (time 6, lat 5, lon 4) in K, and w (lat 5) without attributes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A dataset that is never read.
class LabelledStore final : public Store {
 public:
  explicit LabelledStore(StoreInfo info) : info_(std::move(info)) {}
  const StoreInfo& info() const override { return info_; }
  void read(const Box&, std::byte*, const Dims&) const override { throw InternalError("labels read nothing"); }
  void prefetch(const Box&) const override {}
  std::int64_t scratch_bytes(const Dims&) const override { return 0; }
  std::int64_t file_bytes(const Box&) const override { return 0; }
  void verify() const override {}

 private:
  StoreInfo info_;
};

Array dataset(const std::string& name, const Shape& shape, std::vector<std::string> dimensions,
              std::vector<Attribute> attributes = {}) {
  StoreInfo info;
  info.name = "file.h5:/" + name;
  info.identity = name;
  info.shape = shape;
  info.grid = ChunkGrid::regular(shape, shape);
  info.dimensions = std::move(dimensions);
  info.attributes = std::move(attributes);
  auto store = std::make_shared<LabelledStore>(info);
  return Array(std::make_shared<SourceNode>(info.dtype, shape, info.grid, std::shared_ptr<const Store>(store)));
}

class LabelsTest : public ::testing::Test {
 protected:
  Array t = dataset("t", {6, 5, 4}, {"time", "lat", "lon"},
                    {{"units", "K"}, {"_FillValue", std::vector<double>{-1}}, {"coordinates", "lat2d"}});
  Array w = dataset("w", {5}, {"lat"});
  Array plain = dataset("plain", {6, 5, 4}, {});

  static std::vector<std::string> names(const Array& x) {
    std::vector<std::string> all;
    for (const auto& axis : labels_of(x).axes) all.push_back(axis.name);
    return all;
  }
  /// "start:step" of each axis; "-" without a coordinate. Of several runs "start:step*length start:step*length", of
  /// several operands "... or ...".
  static std::vector<std::string> origins(const Array& x) {
    std::vector<std::string> all;
    for (const auto& axis : labels_of(x).axes) {
      std::string text;
      for (const auto& origin : axis.origins) {
        text += text.empty() ? "" : " or ";
        for (std::size_t k = 0; k < origin->size(); k++) {
          const AxisLabel::Run& r = (*origin)[k];
          text += (k ? " " : "") + std::to_string(r.start) + ":" + std::to_string(r.step);
          if (origin->size() > 1) text += "*" + std::to_string(r.length);
        }
      }
      all.push_back(text.empty() ? "-" : text);
    }
    return all;
  }
  /// Names of the attributes.
  static std::vector<std::string> kept(const Array& x) {
    std::vector<std::string> all;
    for (const auto& a : labels_of(x).attributes) all.push_back(a.name);
    return all;
  }
};

using Attributes = std::vector<Attribute>;

TEST_F(LabelsTest, SourcesHaveTheirOwn) {
  EXPECT_THAT(names(t), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(names(plain), ElementsAre("", "", ""));
  EXPECT_THAT(names(zeros({2, 3})), ElementsAre("", ""));
  EXPECT_THAT(names(full({}, 1)), IsEmpty());
  EXPECT_EQ(labels_of(t).axes[1].origins[0]->front().store->info().name, "file.h5:/t");
}

TEST_F(LabelsTest, ViewsPermuteAndSlice) {
  const Array v = permute_dims(t[{Slice{{}, {}, -2}, 3, Slice{1, 3}}], {1, 0});
  EXPECT_THAT(names(v), ElementsAre("lon", "time"));
  EXPECT_THAT(origins(v), ElementsAre("1:1", "5:-2"));
  EXPECT_THAT(origins(v[{1, Slice{1, {}, 2}}]), ElementsAre("3:1"));  // one element has no step
  EXPECT_THAT(names(t[{newaxis, 0}]), ElementsAre("", "lat", "lon"));
  EXPECT_THAT(names(flip(squeeze(t[{Slice{2, 3}}]))), ElementsAre("lat", "lon"));
  EXPECT_THAT(origins(flip(squeeze(t[{Slice{2, 3}}]))), ElementsAre("4:-1", "3:-1"));
}

TEST_F(LabelsTest, MapsBroadcast) {
  const Array weighted = t * w[{Slice{}, newaxis}];
  EXPECT_THAT(names(weighted), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(names(w[{Slice{}, newaxis}] * t + 1), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(names(plain + t), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(names(zeros({2, 1, 1, 1}) + t), ElementsAre("", "time", "lat", "lon"));
}

TEST_F(LabelsTest, NamesThatDisagreeAreDropped) {
  const Array other = dataset("o", {6, 5, 4}, {"time", "y", "x"});
  EXPECT_THAT(names(t + other), ElementsAre("time", "", ""));
}

TEST_F(LabelsTest, ADisagreementStays) {
  const Array other = dataset("o", {6, 5, 4}, {"time", "y", "x"});
  EXPECT_THAT(names(t + other + t), ElementsAre("time", "", ""));
  EXPECT_THAT(origins(t[{Slice{1, {}}}] - t[{Slice{{}, -1}}] + t[{Slice{1, {}}}]), ElementsAre("-", "0:1", "0:1"));
}

TEST_F(LabelsTest, OtherDatasetsAreToBeCompared) {
  const Array q = dataset("q", {6, 5, 4}, {"time", "lat", "lon"});
  EXPECT_THAT(origins(t + q + t), ElementsAre("0:1 or 0:1", "0:1 or 0:1", "0:1 or 0:1"));
  EXPECT_THAT(origins(t + w[{Slice{}, newaxis}]), ElementsAre("0:1", "0:1 or 0:1", "0:1"));
  EXPECT_THAT(origins(t + q[{Slice{0, 1}, 3}]), ElementsAre("0:1", "0:1", "0:1 or 0:1"));
}

TEST_F(LabelsTest, ACoordinateThatIsAmbiguousIsDropped) {
  const Array steps = t[{Slice{1, {}}}] - t[{Slice{{}, -1}}];
  EXPECT_THAT(names(steps), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(origins(steps), ElementsAre("-", "0:1", "0:1"));
}

TEST_F(LabelsTest, ReductionsDropAxes) {
  EXPECT_THAT(names(mean(t, {.axis = 1})), ElementsAre("time", "lon"));
  EXPECT_THAT(names(sqrt(var(abs(t), {.axis = {0, 2}}))), ElementsAre("lat"));
  EXPECT_THAT(names(max(t)), IsEmpty());
  const Array kept = mean(t[{Slice{}, Slice{1, {}}}], {.axis = {0, 1}, .keepdims = true});
  EXPECT_THAT(names(kept), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(origins(kept), ElementsAre("-", "-", "0:1"));
  EXPECT_THAT(origins(t - mean(t, {.axis = 0, .keepdims = true})), ElementsAre("0:1", "0:1", "0:1"));
}

TEST_F(LabelsTest, CoordinatesOfPartsFollowOneAnother) {
  EXPECT_THAT(origins(concat({t[{Slice{1, 3}}], t[{Slice{3, {}}}]}, 0)), ElementsAre("1:1", "0:1", "0:1"));
  EXPECT_THAT(origins(concat({t, t}, 0)), ElementsAre("0:1*6 0:1*6", "0:1", "0:1"));
  EXPECT_THAT(origins(stack({t[{0}], t[{1}]}, 0)), ElementsAre("-", "0:1", "0:1"));
  EXPECT_THAT(origins(concat({t[{Slice{1, 2}}], t[{Slice{3, 4}}], t[{Slice{5, 6}}]}, 0))[0], "1:2");
  for (const Array& x : {concat({t, plain}, 0), concat({plain, t}, 0)}) {
    EXPECT_THAT(names(x), ElementsAre("time", "lat", "lon"));
    EXPECT_THAT(origins(x), ElementsAre("-", "0:1", "0:1"));
  }
  const Array x = concat({t[{Slice{0, 2}}], t[{Slice{5, 2, -1}}], t[{Slice{4, 6}}]}, 0);  // 0 1 5 4 3 4 5
  EXPECT_EQ(origins(x)[0], "0:1*2 5:-1*3 4:1*2");
  EXPECT_EQ(origins(x[{Slice{1, 4}}])[0], "1:1*1 5:-1*2");
  EXPECT_EQ(origins(flip(x, {0}))[0], "5:-1*2 3:1*3 1:-1*2");
  EXPECT_EQ(origins(x[{Slice{1, {}, 2}}])[0], "1:3*2 4:1*1");
}

TEST_F(LabelsTest, AnyCutOfAnyPartsHasTheRightIndices) {
  std::mt19937 random(1);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  const Array line = dataset("line", {40}, {"x"});
  for (int k = 0; k < 500; k++) {
    std::vector<Array> parts;
    std::vector<std::int64_t> expected;
    for (std::int64_t n = below(4) + 2; n > 0; n--) {
      const std::int64_t start = below(20), length = below(8) + 1, step = below(2) + 1;
      parts.push_back(line[{Slice{start, start + length * step, step}}]);
      for (std::int64_t i = 0; i < length; i++) expected.push_back(start + step * i);
    }
    Array x = concat(parts, 0);
    for (int views = 0; views < 2 && x.size() > 0; views++) {
      const std::int64_t step = below(3) + 1, size = x.size(), from = below(size), to = from + below(size - from + 1);
      const bool back = below(2) == 1;
      x = back ? flip(x[{Slice{from, to, step}}], {0}) : x[{Slice{from, to, step}}];
      std::vector<std::int64_t> seen;
      for (std::int64_t i = from; i < to; i += step) seen.push_back(expected[static_cast<std::size_t>(i)]);
      if (back) std::reverse(seen.begin(), seen.end());
      expected = seen;
    }
    std::vector<std::int64_t> found;
    const Labels labels = labels_of(x);
    ASSERT_EQ(labels.axes[0].origins.size(), 1u);
    for (const auto& r : *labels.axes[0].origins[0])
      for (std::int64_t i = 0; i < r.length; i++) found.push_back(r.start + r.step * i);
    ASSERT_EQ(found, expected);
  }
}

class QuantityTest : public LabelsTest {
 protected:
  const Attributes of_air{{"units", "K"},
                          {"standard_name", "air_temperature"},
                          {"long_name", "air"},
                          {"cell_methods", "time: point"},
                          {"valid_min", std::vector<double>{0}}};
  Array air = dataset("air", {6, 5}, {"time", "lat"}, of_air);
  Array sst = dataset("sst", {6, 5}, {"time", "lat"}, {{"units", "K"}, {"long_name", "sea"}, {"note", "x"}});
  Array wind = dataset("wind", {6, 5}, {"time", "lat"}, {{"units", "m s-1"}, {"long_name", "wind"}});
  Array time = dataset("time", {6}, {"time"}, {{"units", "days since 2000-01-01"}, {"calendar", "noleap"}});
  const std::vector<std::string> all{"units", "standard_name", "long_name", "cell_methods"},
      reduced{"units", "standard_name", "long_name"}, units{"units"}, nothing{};
};

TEST_F(QuantityTest, WhatIsTheSameQuantityKeepsAll) {
  const Array mask = dataset("mask", {6, 5}, {"time", "lat"}, {{"units", "1"}, {"long_name", "mask"}});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Array& x : {air[{Slice{{}, {}, 2}, 1}],
                         air.T(),
                         flip(air),
                         astype(air, DType::float32),
                         air + 273.15,
                         1 + air,
                         air - 1,
                         air * 1,
                         air / 1.0,
                         positive(air),
                         clip(air, 200, 300),
                         where(mask > 0, air, nan),
                         where(mask > 0, 0, air),
                         where(isnan(sst), nan, air),
                         floor(air),
                         round(air, 2),
                         nan_to_num(air),
                         maximum(air, 0),
                         concat({air, air[{Slice{0, 2}}]}, 0),
                         air + zeros({6, 5}),
                         where(mask > 0, zeros({6, 5}), air),
                         select({mask > 1, mask > 0}, {air, 0}, nan)})
    EXPECT_EQ(kept(x), all) << to_string(x.node());
  for (const Array& x : {min(air), max(air, {.axis = 0}), nanmin(air), mean(air, {.axis = 1}), nanmean(air),
                         average(air, dataset("w", {5}, {"lat"}, {{"units", "m2"}}), {.axis = 1}), average(air),
                         mean(astype(air, DType::int32)), nanmean(astype(air, DType::complex128))})
    EXPECT_EQ(kept(x), reduced) << to_string(x.node());
  EXPECT_EQ(kept(astype(dataset("flag", {3}, {}, {{"long_name", "flag"}}), DType::bool_)), nothing);
}

TEST_F(QuantityTest, AnotherQuantityInTheSameUnitsKeepsThem) {
  for (const Array& x : {air - sst, air + sst, air - mean(air, {.axis = 0}), -air, abs(air), 300 - air, std(air),
                         nanstd(air, {.axis = 0}), ptp(air), remainder(air, 10), hypot(air, sst),
                         real(astype(air, DType::complex64)), air[{Slice{1, {}}}] - air[{Slice{{}, -1}}],
                         where(air > 0, air, sst), maximum(air, sst), concat({air, sst}, 0), modf(air).first})
    EXPECT_EQ(kept(x), units) << to_string(x.node());
}

TEST_F(QuantityTest, WhatIsSomethingElseKeepsNothing) {
  const Array index = dataset("index", {6, 5}, {"time", "lat"}, {{"units", "1"}});
  for (const Array& x : {air * 2,
                         air / 2,
                         air * sst,
                         air / sst,
                         1 / air,
                         air * wind,
                         square(air),
                         sqrt(air),
                         exp(air),
                         pow(air, 3),
                         air > 0,
                         isnan(air),
                         equal(air, sst),
                         count(air),
                         count_nonzero(air),
                         argmax(air),
                         any(air),
                         sum(air),
                         nansum(air),
                         prod(air),
                         var(air),
                         nanvar(air, {.axis = 0}),
                         moment(air, 2),
                         vector_norm(air),
                         air + wind,
                         where(air > 0, wind, sst),
                         maximum(air, wind),
                         concat({air, wind}, 0),
                         air + plain[{0}][{Slice{}, Slice{0, 1}}][{0}],
                         cos(deg2rad(wind)) * air,
                         sign(air),
                         atan2(air, sst),
                         floor_divide(air, 2),
                         air + index,
                         astype(air > 0, DType::float64),
                         astype(isnan(air), DType::int8) * 1,
                         choose(astype(index, DType::int64), {1, 2}, Outside::clip),
                         zeros({6, 5}) + 1})
    EXPECT_EQ(kept(x), nothing) << to_string(x.node());
}

TEST_F(QuantityTest, TimesSinceADate) {
  EXPECT_THAT(kept(time[{Slice{1, 3}}]), ElementsAre("units", "calendar"));
  EXPECT_THAT(kept(time + 1), ElementsAre("units", "calendar"));
  EXPECT_EQ(kept(time - time[{Slice{0, 1}}]), nothing);  // days, not days since 2000
  EXPECT_EQ(kept(std(time)), nothing);
  const Array other = dataset("other", {6}, {"time"}, {{"units", "days since 2000-01-01"}, {"calendar", "360_day"}});
  EXPECT_EQ(kept(concat({time, other}, 0)), nothing);
}

TEST_F(QuantityTest, PackedDatasets) {
  StoreInfo info;
  info.name = "file.nc:/p";
  info.shape = {4};
  info.dtype = DType::int16;
  info.grid = ChunkGrid::regular({4}, {4});
  info.attributes = {{"units", "K"},
                     {"long_name", "p"},
                     {"scale_factor", std::vector<double>{0.5}},
                     {"_FillValue", std::vector<std::int64_t>{-1}}};
  const std::shared_ptr<const Store> store = std::make_shared<LabelledStore>(info);
  const Array raw(std::make_shared<SourceNode>(info.dtype, info.shape, info.grid, store)), p = decode(raw);
  EXPECT_THAT(kept(p), ElementsAre("units", "long_name"));
  EXPECT_THAT(labels_of(p).packing, IsEmpty());
  EXPECT_EQ(kept(p - mean(p)), units);
  EXPECT_EQ(labels_of(raw[{Slice{1, 3}}]).packing.size(), 2u);
  EXPECT_EQ(kept(raw - raw[{Slice{0, 1}}]), nothing);  // not K: halves of them
}

TEST_F(LabelsTest, IntegersLeaveScalars) {
  const auto scalars = [](const Array& x) {
    std::vector<std::string> all;
    for (const auto& one : labels_of(x).scalars)
      all.push_back(one.name + " " + std::to_string(one.origins[0]->front().start));
    return all;
  };
  EXPECT_THAT(scalars(t[{3}]), ElementsAre("time 3"));
  EXPECT_THAT(scalars(t[{Slice{5, {}, -2}}][{1, ellipsis, -1}]), ElementsAre("lon 3", "time 3"));
  EXPECT_THAT(scalars(sum(t[{3}] * 2 + w[{Slice{}, newaxis}])), ElementsAre("time 3"));
  EXPECT_THAT(scalars(squeeze(t[{Slice{2, 3}}])), ElementsAre("time 2"));
  EXPECT_THAT(scalars(t[{3}] - t[{3}]), ElementsAre("time 3"));
  EXPECT_THAT(scalars(t[{3}] - t[{2}] + t[{3}]), IsEmpty());       // a disagreement stays
  EXPECT_THAT(scalars(mean(t - t[{0}], {.axis = 0})), IsEmpty());  // the axis has the name
  EXPECT_THAT(scalars(mean(t, {.axis = 0, .keepdims = true})[{0}]), IsEmpty());
  EXPECT_THAT(scalars(t + 1), IsEmpty());
}

TEST_F(LabelsTest, ReferencesAreApart) {
  const Array x = dataset("x", {6}, {"time"},
                          {{"units", "K"},
                           {"grid_mapping", "crs"},
                           {"face_node_connectivity", "nodes"},
                           {"geometry", std::vector<std::int64_t>{3}}});
  EXPECT_THAT(kept(x), ElementsAre("units", "geometry"));  // a number names nothing
  EXPECT_EQ(labels_of(x).references.size(), 2u);
  EXPECT_EQ(labels_of(x * x).references.size(), 0u);
  EXPECT_TRUE(labels_of(x[{Slice{1, 3}}]).as_read);
  EXPECT_FALSE(labels_of(x + 1).as_read);
}

// Compared with one another, 20000 datasets would take minutes.
TEST_F(LabelsTest, ManyDatasets) {
  std::vector<Array> parts;
  for (int i = 0; i < 20000; i++) parts.push_back(dataset("p" + std::to_string(i), {2, 5}, {"time", "lat"}));
  const Array x = concat(parts, 0);
  EXPECT_EQ(labels_of(x - x + 1).axes[1].origins.size(), 20000u);
  EXPECT_EQ(labels_of(x).axes[0].origins[0]->size(), 20000u);
}

TEST_F(LabelsTest, LongChains) {
  Array x = t;
  for (int i = 0; i < 20000; i++) x = x + 1;
  EXPECT_THAT(names(x), ElementsAre("time", "lat", "lon"));
}

}  // namespace
}  // namespace tessera
