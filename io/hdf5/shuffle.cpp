#include <tessera/io/hdf5/shuffle.hpp>

#include <array>
#include <cstring>

namespace tessera::io::hdf5 {
namespace {

using Lanes [[gnu::vector_size(16)]] = std::uint8_t;

Lanes load(const std::byte* p) {
  Lanes v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
void store(std::byte* p, Lanes v) { std::memcpy(p, &v, sizeof v); }

// Bytes of a and b in turn: one instruction (punpcklbw, zip1) on every processor.
Lanes low(Lanes a, Lanes b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
Lanes high(Lanes a, Lanes b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// `registers` registers hold 16 x registers bytes in order. A round puts byte i of the first half and byte i of the
// second half side by side: as an index of n bits, it moves the highest bit to the end (rotates left).
template <std::size_t registers>
void rotate_index(std::array<Lanes, registers>& r) {
  std::array<Lanes, registers> out;
  for (std::size_t i = 0; i < registers / 2; i++) {
    out[2 * i] = low(r[i], r[i + registers / 2]);
    out[2 * i + 1] = high(r[i], r[i + registers / 2]);
  }
  r = out;
}

// 16 elements of `item` bytes (2, 4, 8, 16): index (element: 4 bits, byte) becomes (byte, element) by 4 rotations.
template <std::size_t item>
std::int64_t shuffle_blocks(const std::byte* from, std::int64_t n, std::byte* to) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    std::array<Lanes, item> r;
    for (std::size_t b = 0; b < item; b++) r[b] = load(from + (static_cast<std::size_t>(i) * item + 16 * b));
    for (int round = 0; round < 4; round++) rotate_index(r);
    for (std::size_t b = 0; b < item; b++) store(to + static_cast<std::int64_t>(b) * n + i, r[b]);
  }
  return i;
}

// Back: (byte, element) becomes (element, byte) by as many rotations as a byte's index has bits.
template <std::size_t item>
std::int64_t unshuffle_blocks(const std::byte* from, std::int64_t n, std::byte* to) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    std::array<Lanes, item> r;
    for (std::size_t b = 0; b < item; b++) r[b] = load(from + static_cast<std::int64_t>(b) * n + i);
    for (std::size_t bits = item; bits > 1; bits /= 2) rotate_index(r);
    for (std::size_t b = 0; b < item; b++) store(to + (static_cast<std::size_t>(i) * item + 16 * b), r[b]);
  }
  return i;
}

template <bool forward>
void move(const std::byte* from, std::int64_t bytes, std::int64_t item, std::byte* to) {
  const std::int64_t n = bytes / item;
  const auto blocks = [&]<std::size_t size>() {
    if constexpr (forward)
      return shuffle_blocks<size>(from, n, to);
    else
      return unshuffle_blocks<size>(from, n, to);
  };
  const std::int64_t done = item == 2    ? blocks.template operator()<2>()
                            : item == 4  ? blocks.template operator()<4>()
                            : item == 8  ? blocks.template operator()<8>()
                            : item == 16 ? blocks.template operator()<16>()
                                         : 0;
  for (std::int64_t i = done; i < n; i++)
    for (std::int64_t b = 0; b < item; b++) {
      if constexpr (forward)
        to[b * n + i] = from[i * item + b];
      else
        to[i * item + b] = from[b * n + i];
    }
  std::memcpy(to + n * item, from + n * item, bytes - n * item);
}

}  // namespace

void shuffle(const std::byte* from, std::int64_t bytes, std::int64_t item, std::byte* to) {
  move<true>(from, bytes, item, to);
}
void unshuffle(const std::byte* from, std::int64_t bytes, std::int64_t item, std::byte* to) {
  move<false>(from, bytes, item, to);
}

}  // namespace tessera::io::hdf5
