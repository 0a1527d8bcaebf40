#include "memory.hpp"

#include <algorithm>

#include <tessera/core/box.hpp>

namespace tessera::cpu::reference {

Memory::Memory(DType t, const Dims& e, Layout layout) : type(t), extent(e) {
  const std::int64_t item = item_size(t);
  strides = Dims::filled(e.size(), 0);
  std::int64_t step = layout == Layout::gaps ? 3 * item : item, size = item;
  for (int i = 0; i < e.size(); i++) {
    const int a = layout == Layout::fortran ? i : e.size() - 1 - i;
    const bool repeated =
        (layout == Layout::broadcast_last && a == e.size() - 1) || (layout == Layout::broadcast_first && a == 0);
    if (repeated) continue;
    strides[a] = step;
    step *= std::max<std::int64_t>(e[a], 1);
  }
  size = std::max(step, item);
  if (layout == Layout::reversed)
    for (int a = 0; a < e.size(); a++) {
      origin += strides[a] * std::max<std::int64_t>(e[a] - 1, 0);
      strides[a] = -strides[a];
    }
  bytes.assign(static_cast<std::size_t>(size), 0x5a);
  before = bytes;
}
std::int64_t Memory::offset(const Dims& at) const {
  std::int64_t o = origin;
  for (int a = 0; a < at.size(); a++) o += at[a] * strides[a];
  return o;
}
Element Memory::get(const Dims& at) const {
  Element e;
  e.type = type;
  std::memcpy(e.bytes, bytes.data() + offset(at), static_cast<std::size_t>(item_size(type)));
  return e;
}
void Memory::set(const Dims& at, const Element& e) {
  std::memcpy(bytes.data() + offset(at), e.bytes, static_cast<std::size_t>(item_size(type)));
}
void Memory::fill(std::uint64_t seed) {
  std::uint64_t i = 0;
  for_each_index(extent, [&](const Dims& at) { set(at, sample(type, seed, i++)); });
  before = bytes;
}
bool Memory::gaps_untouched() const {
  std::vector<bool> mine(bytes.size(), false);
  for_each_index(extent, [&](const Dims& at) {
    for (std::int64_t k = 0; k < item_size(type); k++) mine[static_cast<std::size_t>(offset(at) + k)] = true;
  });
  for (std::size_t i = 0; i < bytes.size(); i++)
    if (!mine[i] && bytes[i] != before[i]) return false;
  return true;
}

}  // namespace tessera::cpu::reference
