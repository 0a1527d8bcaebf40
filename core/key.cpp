#include <tessera/core/key.hpp>

#include <cstring>

#include <tessera/core/hash.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

Key& Key::add(double v) {
  char bits[sizeof v];
  std::memcpy(bits, &v, sizeof v);
  bytes_.append(bits, sizeof v);
  return *this;
}

Key& Key::add(std::string_view text) {
  add(text.size());
  bytes_.append(text);
  return *this;
}

Key& Key::add(const Scalar& s) {
  add(s.kind());
  if (s.kind() == Kind::integer) return add(s.as<std::uint64_t>()).add(s.as<double>() < 0);
  const auto v = s.as<std::complex<double>>();
  return add(v.real()).add(v.imag());
}

Key& Key::add(const IndexTransform& t) {
  add(t.output_rank());
  for (const auto e : t.output()) add(e);
  add(t.input_rank());
  for (const auto& a : t.axes()) add(a.from).add(a.offset).add(a.stride);
  return *this;
}

Key& Key::add(const ChunkGrid& grid) {
  add(grid.rank());
  for (int i = 0; i < grid.rank(); i++) {
    const auto& a = grid.axis(i);
    add(a.extent()).add(a.count()).add(a.is_regular());
    // A regular axis follows from its first two cuts.
    const std::int64_t cuts = a.is_regular() ? std::min<std::int64_t>(a.count(), 3) : a.count();
    for (std::int64_t k = 1; k < cuts; k++) add(a.bound(k));
  }
  return *this;
}

std::uint64_t Key::hash() const { return Hash().add_bytes(bytes_.data(), bytes_.size()).value(); }

}  // namespace tessera
