#pragma once
// A Store over bytes in memory, cut by any grid. A test can watch and disturb its reads.
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/store.hpp>
#include <tessera/tessera.hpp>
#include <vector>

namespace tessera::testing {

class MemoryStore : public Store {
 public:
  /// `bytes`: row-major elements of the whole array.
  MemoryStore(const std::string& name, DType dtype, const ChunkGrid& grid, std::vector<std::byte> bytes)
      : bytes_(std::move(bytes)), strides_(row_major_strides(grid.shape(), item_size(dtype))) {
    info_.name = name;
    info_.format = "memory";
    info_.shape = grid.shape();
    info_.dtype = dtype;
    info_.grid = grid;
    info_.stored_bytes = num_elements(info_.shape) * item_size(dtype);
    info_.identity = name;
    info_.indivisible = Dims::filled(info_.shape.size(), 1);
  }
  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    reads++;
    if (on_read) on_read(box);
    const std::byte* from = bytes_.data();
    for (int i = 0; i < box.rank(); i++) from += box.lo[i] * strides_[i];
    cpu::copy(box.extent, item_size(info_.dtype), from, strides_, to, strides);
  }
  void prefetch(const Box&) const override {}
  std::int64_t scratch_bytes(const Dims&) const override { return 0; }
  std::int64_t file_bytes(const Box& box) const override { return box.size() * item_size(info_.dtype); }
  void verify() const override {}

  mutable std::atomic<std::int64_t> reads = 0;
  std::function<void(const Box&)> on_read;  ///< may throw; called from any thread

 private:
  StoreInfo info_;
  std::vector<std::byte> bytes_;
  Dims strides_;
};

inline Array array_of(std::shared_ptr<const MemoryStore> store) {
  const StoreInfo& info = store->info();
  return Array(
      std::make_shared<SourceNode>(info.dtype, info.shape, info.grid, std::shared_ptr<const Store>(std::move(store))));
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Chunks of uneven lengths, about `pieces` on every axis; the same for the same arguments.
inline ChunkGrid irregular_grid(const Shape& shape, std::int64_t pieces, std::uint64_t seed) {
  std::vector<AxisChunks> axes;
  Hash h;
  h.add(seed);
  for (auto n : shape) {
    std::vector<std::int64_t> lengths;
    for (std::int64_t left = n; left > 0;) {
      const auto draw = static_cast<std::int64_t>(h.add(left).value() >> 33);
      const std::int64_t length = std::min(left, 1 + draw % std::max<std::int64_t>(1, 2 * n / pieces));
      lengths.push_back(length);
      left -= length;
    }
    axes.push_back(AxisChunks::irregular(lengths));
  }
  return ChunkGrid(std::move(axes));
}

}  // namespace tessera::testing
