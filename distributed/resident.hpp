#pragma once
// Arrays in memory, spread over ranks: what `persist`, `from_local` and intermediate results are.
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/kernel/strided.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// Elements in memory: `data` is the first element of `held`, with `strides` in bytes per axis.
struct HeldBox {
  std::byte* data = nullptr;
  Box held;
  Dims strides;
  Space space = Space::host;
};
/// Where index `at` lies when `origin` lies at `base`.
inline std::byte* address(std::byte* base, const Dims& strides, const Dims& at, const Dims& origin) {
  for (int i = 0; i < at.size(); i++) base += (at[i] - origin[i]) * strides[i];
  return base;
}
/// Where index `at` of a held box lies.
inline std::byte* address(const HeldBox& h, const Dims& at) { return address(h.data, h.strides, at, h.held.lo); }
/// The elements from there on, to read and to write.
inline StridedInput input_at(const HeldBox& h, const Dims& at) { return {address(h, at), h.strides, h.space}; }
inline StridedOutput output_at(const HeldBox& h, const Dims& at) { return {address(h, at), h.strides, h.space}; }

/// The chunks of one array that this rank has.
class ResidentArray : public Resident {
 public:
  ResidentArray(DType dtype, Distribution distribution, int rank, std::uint64_t identity, std::int64_t session)
      : dtype_(dtype), distribution_(std::move(distribution)), rank_(rank), identity_(identity), session_(session) {}
  std::uint64_t identity() const override { return identity_; }
  void add_structure(Key& key) const override {
    add(key, distribution_);
    key.add(space());
    key.add(has_dense_chunks());  // a plan copies nothing of those
  }
  DType dtype() const { return dtype_; }
  const Distribution& distribution() const { return distribution_; }
  const ChunkGrid& grid() const { return distribution_.grid(); }
  int rank() const { return rank_; }
  /// The serial number of the session that made it.
  std::int64_t session() const { return session_; }
  /// Where its chunks lie.
  virtual Space space() const { return Space::host; }
  /// True when the device can compute with its chunks, or copy them: all but those in the memory of another device.
  virtual bool is_reached_by(const Device&) const { return true; }
  /// The same array with its chunks in the host's memory, as long as this one lives: itself, or a copy that is made when
  /// it is first asked for. `pool`: of the host. throws MemoryBudgetError.
  virtual const ResidentArray& on_host(Device& device, const std::shared_ptr<MemoryPool>& pool) const;
  /// A chunk that this rank owns.
  virtual HeldBox chunk(const Dims& coordinates) const = 0;

 private:
  DType dtype_;
  Distribution distribution_;
  int rank_;
  std::uint64_t identity_;
  std::int64_t session_;
};

/// One slab of the pool: chunks dense, one after another. Row-major runs need no table of offsets.
class SlabArray final : public ResidentArray {
 public:
  SlabArray(DType dtype, Distribution distribution, int rank, std::uint64_t identity, std::int64_t session,
            std::shared_ptr<MemoryPool> pool);
  HeldBox chunk(const Dims& coordinates) const override;
  bool has_dense_chunks() const override { return true; }
  std::byte* data() const { return slab_.data(); }
  std::int64_t bytes() const { return slab_.bytes(); }
  Space space() const override { return slab_.space(); }
  bool is_reached_by(const Device& device) const override {
    return space() == Space::host || slab_.pool()->source() == device.memory().get();
  }
  const ResidentArray& on_host(Device& device, const std::shared_ptr<MemoryPool>& pool) const override;

 private:
  Buffer slab_;
  std::int64_t first_ = 0;    // elements before this rank's run
  mutable std::mutex mutex_;  // of the copy
  mutable std::unique_ptr<SlabArray> copy_;
  std::unordered_map<std::int64_t, std::int64_t> offsets_;  // chunk -> element offset, when there is no closed form
};

/// The caller's own memory: one block per rank at most.
class BorrowedArray final : public ResidentArray {
 public:
  /// device: of whose memory the block is; null: the host's. owner: of the memory, kept.
  BorrowedArray(DType dtype, Distribution distribution, int rank, std::uint64_t identity, std::int64_t session,
                HeldBox block, const Device* device, std::shared_ptr<const void> owner)
      : ResidentArray(dtype, std::move(distribution), rank, identity, session),
        block_(std::move(block)),
        source_(device ? device->memory().get() : nullptr),
        owner_(std::move(owner)) {}
  HeldBox chunk(const Dims&) const override { return block_; }
  bool has_dense_chunks() const override { return false; }
  Space space() const override { return source_ ? Space::device : Space::host; }
  bool is_reached_by(const Device& device) const override { return !source_ || source_ == device.memory().get(); }
  const ResidentArray& on_host(Device& device, const std::shared_ptr<MemoryPool>& pool) const override;

 private:
  const HeldBox block_;
  const MemorySource* const source_;  // null: the host's
  const std::shared_ptr<const void> owner_;
  mutable std::mutex mutex_;  // of the copy
  mutable std::unique_ptr<SlabArray> copy_;
};

}  // namespace tessera
