#include <tessera/io/half_store.hpp>

#include <bit>
#include <cstring>

#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

constexpr int half_slot = 4;  // none that the store below uses

class HalfStore final : public Store {
 public:
  explicit HalfStore(std::shared_ptr<const Store> bits) : bits_(std::move(bits)), info_(bits_->info()) {
    info_.dtype = DType::float32;
  }
  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    if (box.empty()) return;
    const Scratch piece(half_slot, 2 * box.size());
    bits_->read(box, piece.data(), row_major_strides(box.extent, 2));
    const std::byte* from = piece.data();
    for_each_index(box.extent, [&](const Dims& at) {
      std::int64_t offset = 0;
      for (int i = 0; i < at.size(); i++) offset += at[i] * strides[i];
      std::uint16_t half;
      std::memcpy(&half, from, sizeof half);
      from += sizeof half;
      const float v = half_to_float(half);
      std::memcpy(to + offset, &v, sizeof v);
    });
  }
  void prefetch(const Box& box) const override { bits_->prefetch(box); }
  std::int64_t scratch_bytes(const Dims& extent) const override {
    std::int64_t n = 2;
    for (const auto e : extent) n *= e;
    return bits_->scratch_bytes(extent) + n;
  }
  std::int64_t file_bytes(const Box& box) const override { return bits_->file_bytes(box); }
  void verify() const override { bits_->verify(); }

 private:
  std::shared_ptr<const Store> bits_;
  StoreInfo info_;
};

}  // namespace

float half_to_float(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  std::uint32_t exponent = h >> 10 & 0x1fu, fraction = h & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) {
    if (fraction == 0) return std::bit_cast<float>(sign);
    exponent = 1;
    while (!(fraction & 0x400u)) fraction <<= 1, exponent--;  // wraps below 0 and comes back with the bias
    fraction &= 0x3ffu;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

std::shared_ptr<const Store> make_half_store(std::shared_ptr<const Store> bits) {
  return std::make_shared<HalfStore>(std::move(bits));
}

}  // namespace tessera::io
