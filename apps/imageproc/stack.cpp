#include "stack.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "../images/png.hpp"

namespace imageproc {
namespace {

namespace ts = tessera;
namespace fs = std::filesystem;

/// A dataset. The library reads it tile by tile.
class Dataset : public Stack {
 public:
  Dataset(ts::Session& session, const std::string& source) : images_(session.open(source)) {
    if (images_.rank() != 3)
      throw ts::ShapeError("a stack of images has three axes: (images, rows, columns); " + source + " has the shape " +
                           to_string(images_.shape()));
  }
  ts::Shape shape() const override { return images_.shape(); }
  std::int64_t default_batch() const override { return std::max<std::int64_t>(1, shape()[0]); }
  ts::Array batch(std::int64_t first, std::int64_t last) override { return images_(ts::Slice{first, last, {}}); }

 private:
  ts::Array images_;
};

/// Every rank decodes its part of a batch, on threads of its own, while the batch before is computed.
class Pngs : public Stack {
 public:
  Pngs(ts::Session& session, const std::string& folder) : session_(session) {
    agree([&] {
      for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".png") paths_.push_back(entry.path().string());
      std::sort(paths_.begin(), paths_.end());
      if (paths_.empty()) throw std::runtime_error("no PNG files in " + folder);
      size_ = images::png_size(paths_[0]);
    });
  }
  ~Pngs() override {
    if (next_.decoded.valid()) next_.decoded.wait();
  }
  ts::Shape shape() const override { return {static_cast<std::int64_t>(paths_.size()), size_.rows, size_.columns}; }
  std::int64_t default_batch() const override { return 64; }

  ts::Array batch(std::int64_t first, std::int64_t last) override {
    if (next_.first != first || next_.last != last) decode(first, last);
    agree([&] { next_.decoded.get(); });
    lent_[turn_ ^= 1] = std::move(next_.pixels);
    const std::int64_t begin = next_.begin, count = next_.end - begin, n = last - first;
    if (last < shape()[0]) decode(last, std::min(shape()[0], last + n));
    return session_.from_local(lent_[turn_].data(), {n, size_.rows, size_.columns},
                               {{begin - first, 0, 0}, {count, size_.rows, size_.columns}});
  }

 private:
  struct Batch {
    std::int64_t first = 0, last = 0;  // of all ranks
    std::int64_t begin = 0, end = 0;   // of this one
    std::vector<std::uint8_t> pixels;
    std::future<void> decoded;
  };

  void decode(std::int64_t first, std::int64_t last) {
    const std::int64_t n = last - first, ranks = session_.size(), rank = session_.rank();
    next_ = {first, last, first + n * rank / ranks, first + n * (rank + 1) / ranks, {}, {}};
    next_.decoded = std::async(std::launch::async, [this] {
      const std::int64_t pixels = size_.rows * size_.columns;
      next_.pixels.resize(static_cast<std::size_t>((next_.end - next_.begin) * pixels));
      std::atomic<std::int64_t> at = next_.begin;
      std::vector<std::future<void>> workers;
      for (int t = 0; t < session_.threads(); t++)
        workers.push_back(std::async(std::launch::async, [this, &at, pixels] {
          for (std::int64_t i; (i = at++) < next_.end;)
            images::read_png(paths_[static_cast<std::size_t>(i)], size_,
                             next_.pixels.data() + (i - next_.begin) * pixels);
        }));
      for (auto& w : workers) w.wait();
      for (auto& w : workers) w.get();
    });
  }

  /// What one rank can't do, all don't: they would wait for each other otherwise.
  template <class F>
  void agree(const F& f) {
    std::string error;
    try {
      f();
    } catch (const std::exception& e) {
      error = e.what();
    }
    const std::int64_t failed = error.empty() ? 0 : 1;
    const ts::Array flags = session_.from_local(&failed, {session_.size()}, {{session_.rank()}, {1}});
    if (session_.item<std::int64_t>(ts::sum(flags)) == 0) return;
    throw ts::IoError(error.empty() ? "another rank could not read its images" : error);
  }

  ts::Session& session_;
  std::vector<std::string> paths_;
  images::Size size_;
  Batch next_;
  std::array<std::vector<std::uint8_t>, 2> lent_;  // to arrays
  int turn_ = 0;
};

}  // namespace

std::unique_ptr<Stack> open_stack(ts::Session& session, const std::string& source) {
  // Whether it is a folder is asked by all ranks; where they differ, the library says so.
  if (fs::is_directory(source)) return std::make_unique<Pngs>(session, source);
  return std::make_unique<Dataset>(session, source);
}

}  // namespace imageproc
