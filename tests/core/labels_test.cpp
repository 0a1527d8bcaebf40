// Labels of expressions over two made-up datasets: t (time 6, lat 5, lon 4) in K, and w (lat 5) without attributes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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
  info.shape = shape;
  info.grid = ChunkGrid::regular(shape, shape);
  info.dimensions = std::move(dimensions);
  info.attributes = std::move(attributes);
  auto store = std::make_shared<LabelledStore>(info);
  return Array(std::make_shared<SourceNode>(info.dtype, shape, info.grid, std::shared_ptr<const Store>(store)));
}

class LabelsTest : public testing::Test {
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
  /// "start:step" of each axis; "-" without a coordinate.
  static std::vector<std::string> origins(const Array& x) {
    std::vector<std::string> all;
    for (const auto& axis : labels_of(x).axes)
      all.push_back(axis.origin ? std::to_string(axis.origin->start) + ":" + std::to_string(axis.origin->step) : "-");
    return all;
  }
};

TEST_F(LabelsTest, SourcesHaveTheirOwn) {
  EXPECT_THAT(names(t), ElementsAre("time", "lat", "lon"));
  EXPECT_THAT(names(plain), ElementsAre("", "", ""));
  EXPECT_THAT(names(zeros({2, 3})), ElementsAre("", ""));
  EXPECT_THAT(names(full({}, 1)), IsEmpty());
  EXPECT_EQ(labels_of(t).axes[1].origin->store->info().name, "file.h5:/t");
}

TEST_F(LabelsTest, ViewsPermuteAndSlice) {
  const Array v = permute_dims(t[{Slice{{}, {}, -2}, 3, Slice{1, 3}}], {1, 0});
  EXPECT_THAT(names(v), ElementsAre("lon", "time"));
  EXPECT_THAT(origins(v), ElementsAre("1:1", "5:-2"));
  EXPECT_THAT(origins(v[{1, Slice{1, {}, 2}}]), ElementsAre("3:-2"));  // one element: its own step is dropped
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

TEST_F(LabelsTest, PartsThatFollowOneAnotherKeepTheirCoordinate) {
  EXPECT_THAT(origins(concat({t[{Slice{1, 3}}], t[{Slice{3, {}}}]}, 0)), ElementsAre("1:1", "0:1", "0:1"));
  for (const Array& x : {concat({t, t}, 0), concat({t, plain}, 0), concat({plain, t}, 0)}) {
    EXPECT_THAT(names(x), ElementsAre("time", "lat", "lon"));
    EXPECT_THAT(origins(x), ElementsAre("-", "0:1", "0:1"));
  }
}

TEST_F(LabelsTest, AttributesAreThoseOfTheFirstThatHasThem) {
  const auto attributes = labels_of(w[{Slice{}, newaxis}] * mean(t, {.axis = 0})).attributes;
  ASSERT_EQ(attributes.size(), 1u);  // neither _FillValue nor coordinates
  EXPECT_EQ(attributes[0], (Attribute{"units", "K"}));
  EXPECT_THAT(labels_of(plain + 1).attributes, IsEmpty());
}

TEST_F(LabelsTest, LongChains) {
  Array x = t;
  for (int i = 0; i < 20000; i++) x = x + 1;
  EXPECT_THAT(names(x), ElementsAre("time", "lat", "lon"));
}

}  // namespace
}  // namespace tessera
