#include <tessera/io/hdf5/filters.hpp>

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include <tessera/core/errors.hpp>
#include <tessera/io/hdf5/shuffle.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io::hdf5 {
namespace {

using Kind = Filters::Kind;

void inflate(const std::byte* from, std::int64_t from_bytes, std::byte* to, std::int64_t bytes,
             const std::function<std::string()>& name) {
  struct Free {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  };
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) throw IoError(name() + ": no memory for decompressing");
  std::size_t got = 0;
  const auto result = libdeflate_zlib_decompress(decompressor.get(), from, static_cast<std::size_t>(from_bytes), to,
                                                 static_cast<std::size_t>(bytes), &got);
  if (result == LIBDEFLATE_SUCCESS && static_cast<std::int64_t>(got) == bytes) return;
  if (result == LIBDEFLATE_BAD_DATA) throw IoError(name() + ": damaged: the compressed bytes are not valid zlib data");
  throw IoError(fmt::format("{}: damaged: a compressed chunk does not give the {} bytes of a chunk", name(), bytes));
}

std::uint32_t load_little(const std::byte* p) {
  std::uint32_t v = 0;
  for (int i = 3; i >= 0; i--) v = v << 8 | static_cast<std::uint32_t>(p[i]);
  return v;
}

}  // namespace

std::string Filters::text() const {
  std::string s;
  for (const auto& step : steps) {
    if (!s.empty()) s += ", ";
    s += step.kind == Kind::deflate   ? fmt::format("gzip({})", step.parameter)
         : step.kind == Kind::shuffle ? "shuffle"
                                      : "fletcher32";
  }
  return s;
}

std::int64_t Filters::largest_stored(std::int64_t bytes) const { return empty() ? bytes : bytes + bytes / 8 + 4096; }

std::int64_t Filters::scratch_bytes(std::int64_t bytes) const {
  if (empty()) return 0;
  // As stored, what the steps but the last one leave (two buffers in turns), and the chunk of which a part is wanted.
  const auto between = std::min<std::int64_t>(2, static_cast<std::int64_t>(steps.size()) - 1);
  return largest_stored(bytes) + (between + 1) * (bytes + 4 * static_cast<std::int64_t>(steps.size()));
}

std::uint32_t fletcher32(const std::byte* data, std::int64_t bytes) {
  // 360 words are the most that keep the sums in 32 bits.
  std::uint32_t low = 0, high = 0;
  const auto fold = [&] {
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
  };
  for (std::int64_t words = bytes / 2; words > 0;) {
    const std::int64_t n = std::min<std::int64_t>(words, 360);
    for (std::int64_t i = 0; i < n; i++, data += 2) {
      low += static_cast<std::uint32_t>(data[0]) << 8 | static_cast<std::uint32_t>(data[1]);
      high += low;
    }
    words -= n;
    fold();
  }
  if (bytes % 2 != 0) {
    low += static_cast<std::uint32_t>(*data) << 8;
    high += low;
    fold();
  }
  fold();
  return high << 16 | low;
}

void decode(const Filters& filters, std::uint32_t skipped, std::byte* stored, std::int64_t stored_bytes, std::byte* to,
            std::int64_t bytes, const std::function<std::string()>& name) {
  // A filter behind deflate sees a length that only the file knows; one before it sees the chunk's, 4 more per
  // checksum.
  const auto applied = [&](std::size_t i) { return !(skipped >> i & 1); };
  const auto length_before = [&](std::size_t i) {
    std::int64_t n = bytes;
    for (std::size_t j = 0; j < i; j++) n += applied(j) && filters.steps[j].kind == Kind::fletcher32 ? 4 : 0;
    return n;
  };
  std::byte* data = stored;
  std::int64_t length = stored_bytes;
  std::optional<Scratch> buffers[2];
  int next = 0;
  for (std::size_t i = filters.steps.size(); i-- > 0;) {
    if (!applied(i)) continue;
    const auto& step = filters.steps[i];
    if (step.kind == Kind::fletcher32) {
      if (length < 4) throw IoError(name() + ": damaged: a chunk without its checksum");
      length -= 4;
      const std::uint32_t wanted = load_little(data + length), sum = fletcher32(data, length);
      // Old versions of the library wrote the two bytes of each half in the other order.
      const std::uint32_t swapped = (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
      if (wanted != sum && wanted != swapped)
        throw IoError(name() + ": damaged: the fletcher32 checksum of a chunk does not match");
      continue;
    }
    const std::int64_t out = step.kind == Kind::deflate ? length_before(i) : length;
    // The last step applied writes where the result belongs.
    bool last = true;
    for (std::size_t j = 0; j < i; j++) last = last && !applied(j);
    std::byte* target = to;
    if (!last || out != bytes) target = buffers[next].emplace(1 + next, out).data(), next = 1 - next;
    if (step.kind == Kind::deflate)
      inflate(data, length, target, out, name);
    else
      unshuffle(data, length, step.parameter, target);
    data = target;
    length = out;
  }
  if (length != bytes) throw IoError(fmt::format("{}: damaged: a chunk has {} bytes, not {}", name(), length, bytes));
  if (data != to) std::memcpy(to, data, bytes);
}

}  // namespace tessera::io::hdf5
