// A user's function of elements: rows of the box, in strips whose arguments lie one behind the other, where they are or
// packed, so that the compiler that knows the function can make vector code of its loop.
#include <tessera/core/device/host_call.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/nest.hpp>

namespace tessera {
namespace {

constexpr std::int64_t strip = 1024;  // elements

template <std::int64_t item>
void pack_items(const std::byte* from, std::int64_t stride, std::int64_t n, std::byte* to) {
  for (std::int64_t i = 0; i < n; i++) std::memcpy(to + i * item, from + i * stride, item);
}

void pack(std::int64_t item, const std::byte* from, std::int64_t stride, std::int64_t n, std::byte* to) {
  switch (item) {
    case 1:
      return pack_items<1>(from, stride, n, to);
    case 2:
      return pack_items<2>(from, stride, n, to);
    case 4:
      return pack_items<4>(from, stride, n, to);
    case 8:
      return pack_items<8>(from, stride, n, to);
    default:
      return pack_items<16>(from, stride, n, to);
  }
}

// The last pointer is that of the result.
void apply_row(const UserMap& f, const cpu::Nest& nest, std::span<std::byte* const> row, std::byte* scratch,
               std::vector<const std::byte*>& arguments) {
  const std::int64_t n = nest.inner_extent(), out = item_size(f.result);
  for (std::int64_t at = 0; at < n; at += strip) {
    const std::int64_t count = std::min(strip, n - at);
    std::byte* room = scratch;
    for (std::size_t k = 0; k < f.parameters.size(); k++) {
      const std::int64_t item = item_size(f.parameters[k]), stride = nest.inner_stride(static_cast<int>(k));
      arguments[k] = row[k] + at * stride;
      if (stride != item && n > 1) {
        pack(item, arguments[k], stride, count, room);
        arguments[k] = room;
      }
      room += strip * item;
    }
    f.apply(count, arguments.data(), row.back() + at * out);
  }
}

}  // namespace

std::int64_t call_scratch_bytes(const UserMap& f) {
  std::int64_t bytes = 0;
  for (const DType p : f.parameters) bytes += strip * item_size(p);
  return bytes;
}

void apply_call(const UserMap& f, const Dims& extent, std::span<const StridedInput> arguments, std::byte* to,
                std::byte* scratch) {
  std::vector<std::byte*> pointers;
  for (const auto& a : arguments) pointers.push_back(const_cast<std::byte*>(a.data));
  pointers.push_back(to);
  const Dims dense = row_major_strides(extent, item_size(f.result));
  std::vector<std::int64_t> strides(pointers.size());
  cpu::Nest nest;
  nest.reset(static_cast<int>(pointers.size()));
  for (int i = 0; i < extent.size(); i++) {
    for (std::size_t k = 0; k < arguments.size(); k++) strides[k] = arguments[k].strides[i];
    strides.back() = dense[i];
    nest.add(extent[i], strides);
  }
  std::vector<const std::byte*> row(arguments.size());
  nest.walk(std::max(0, nest.rank() - 1), pointers, [&] { apply_row(f, nest, pointers, scratch, row); });
}

}  // namespace tessera
