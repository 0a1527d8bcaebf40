// What the simulated driver finds in programs that give work to several streams: tiles go to the GPU in one stream, are computed in another
// and come back in a third, through two buffers on either side, with an event wherever one has to wait. The right program gives the right
// numbers in every drawn schedule; with any one of its waits left out, work in a wrong stream, or results read too early, it doesn't in some.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include <tessera/core/cuda/module.hpp>

namespace tessera::testing {
namespace {

enum class Fault {
  none,
  computed_before_it_came,  ///< the kernel does not wait for what is sent
  sent_before_it_was_read,  ///< a tile is sent over the one that the kernel still reads
  brought_before_it_was_made,
  made_before_it_was_brought,  ///< the kernel writes over what still goes back
  filled_before_it_was_sent,   ///< the host writes the next tile where the one before still is
  read_before_it_came,         ///< the host reads what has not come
  given_to_a_wrong_stream      ///< the kernel is given to the stream that sends, whose events others don't wait for
};

constexpr int tiles = 6, tile = 512;
constexpr std::size_t bytes = tile * sizeof(int);

/// Everything that two tiles under way need.
class Pipeline {
 public:
  Pipeline() {
    std::string why;
    const cuda::Driver* driver = cuda::find_driver(why);
    const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
    if (!driver || !nvrtc) throw std::runtime_error(why);
    context_ = std::make_shared<cuda::Context>(*driver, *nvrtc, 0);
    context_->enter();
    module_ =
        std::make_unique<cuda::Module>(context_,
                                       "struct Call { const int* in; int* out; };\n"
                                       "extern \"C\" __global__ void __launch_bounds__(256) kernel(const Call call) {\n"
                                       "  const int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                       "  if (i < 512) call.out[i] = 3 * call.in[i] + 1;\n}\n");
    for (auto& s : streams_) must(driver->cuStreamCreate(&s, 1));
    for (auto* set : {&sent_, &computed_, &brought_})
      for (auto& e : *set) must(driver->cuEventCreate(&e, 2));
    for (auto* set : {&in_, &out_})
      for (auto& p : *set) must(driver->cuMemAlloc(&p, bytes));
  }
  ~Pipeline() {
    const cuda::Driver& d = context_->enter();
    for (auto s : streams_) d.cuStreamDestroy(s);
    for (auto* set : {&sent_, &computed_, &brought_})
      for (auto e : *set) d.cuEventDestroy(e);
    for (auto* set : {&in_, &out_})
      for (auto p : *set) d.cuMemFree(p);
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// True when every number is what it should be.
  bool run(Fault fault) {
    const cuda::Driver& d = context_->enter();
    std::vector<std::vector<int>> results(tiles, std::vector<int>(tile));
    const auto wait = [&](CUstream stream, CUevent event, Fault without) {
      if (fault != without) must(d.cuStreamWaitEvent(stream, event, 0));
    };
    for (int t = 0; t < tiles; t++) {
      const int k = t % 2;
      if (t >= 2 && fault != Fault::filled_before_it_was_sent) must(d.cuEventSynchronize(sent_[k]));
      std::iota(from_[k].begin(), from_[k].end(), t * tile);
      if (t >= 2) wait(streams_[0], computed_[k], Fault::sent_before_it_was_read);
      must(d.cuMemcpyHtoDAsync(in_[k], from_[k].data(), bytes, streams_[0]));
      must(d.cuEventRecord(sent_[k], streams_[0]));
      const bool wrong = fault == Fault::given_to_a_wrong_stream;
      wait(streams_[1], sent_[k], Fault::computed_before_it_came);
      if (t >= 2) wait(streams_[1], brought_[k], Fault::made_before_it_was_brought);
      const struct { CUdeviceptr in, out; } call{in_[k], out_[k]};
      module_->launch(module_->function("kernel"), tile, &call, streams_[wrong ? 0 : 1]);
      must(d.cuEventRecord(computed_[k], streams_[1]));
      wait(streams_[2], computed_[k], Fault::brought_before_it_was_made);
      must(d.cuMemcpyDtoHAsync(results[static_cast<std::size_t>(t)].data(), out_[k], bytes, streams_[2]));
      must(d.cuEventRecord(brought_[k], streams_[2]));
    }
    if (fault != Fault::read_before_it_came) must(d.cuStreamSynchronize(streams_[2]));
    bool right = true;
    for (int i = 0; i < tiles * tile; i++)
      right = right && results[static_cast<std::size_t>(i / tile)][static_cast<std::size_t>(i % tile)] == 3 * i + 1;
    for (auto s : streams_) must(d.cuStreamSynchronize(s));
    return right;
  }

 private:
  void must(cuda::Result r) { context_->check(r, "pipeline"); }

  std::shared_ptr<cuda::Context> context_;
  std::unique_ptr<cuda::Module> module_;
  CUstream streams_[3] = {};
  CUevent sent_[2] = {}, computed_[2] = {}, brought_[2] = {};
  CUdeviceptr in_[2] = {}, out_[2] = {};
  std::vector<int> from_[2] = {std::vector<int>(tile), std::vector<int>(tile)};
};

class Pipelines : public ::testing::TestWithParam<Fault> {};

TEST_P(Pipelines, AreRightInEveryScheduleOrFoundOut) {
  constexpr int runs = 40;
  int right = 0;
  for (int k = 0; k < runs; k++) right += Pipeline().run(GetParam());
  if (GetParam() == Fault::none)
    EXPECT_EQ(right, runs);
  else
    EXPECT_LT(right, runs) << "of " << runs << " schedules none showed it";
  RecordProperty("right", right);
}

std::string what_is_left_out(const ::testing::TestParamInfo<Fault>& fault) {
  constexpr const char* names[] = {"nothing",
                                   "waiting_for_what_is_sent",
                                   "waiting_for_what_is_read",
                                   "waiting_for_what_is_made",
                                   "waiting_for_what_goes_back",
                                   "waiting_before_filling",
                                   "waiting_before_reading",
                                   "the_right_stream"};
  return names[static_cast<int>(fault.param)];
}

INSTANTIATE_TEST_SUITE_P(Without, Pipelines,
                         ::testing::Values(Fault::none, Fault::computed_before_it_came, Fault::sent_before_it_was_read,
                                           Fault::brought_before_it_was_made, Fault::made_before_it_was_brought,
                                           Fault::filled_before_it_was_sent, Fault::read_before_it_came,
                                           Fault::given_to_a_wrong_stream),
                         what_is_left_out);

}  // namespace
}  // namespace tessera::testing
