#include <tessera/io/fill_watch.hpp>

#include <atomic>
#include <cstring>

#include <tessera/io/elements.hpp>
#include <tessera/io/netcdf_fill.hpp>

namespace tessera::io {
namespace {

class FillWatch final : public Store {
 public:
  explicit FillWatch(std::shared_ptr<const Store> store)
      : store_(std::move(store)), value_(element_of(*netcdf_fill(store_->info().dtype), store_->info().dtype)) {}

  const StoreInfo& info() const override { return store_->info(); }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    store_->read(box, to, strides);
    if (!met_.load(std::memory_order_relaxed) && contains(value_, item_size(info().dtype), box.extent, to, strides))
      met_.store(true, std::memory_order_relaxed);
  }
  void prefetch(const Box& box) const override { store_->prefetch(box); }
  std::int64_t scratch_bytes(const Dims& extent) const override { return store_->scratch_bytes(extent); }
  std::int64_t file_bytes(const Box& box) const override { return store_->file_bytes(box); }
  void verify() const override { store_->verify(); }
  bool met_default_fill() const override { return met_.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<const Store> store_;
  RawElement value_;
  mutable std::atomic<bool> met_ = false;
};

}  // namespace

std::shared_ptr<const Store> make_fill_watch(std::shared_ptr<const Store> store) {
  return std::make_shared<FillWatch>(std::move(store));
}

}  // namespace tessera::io
