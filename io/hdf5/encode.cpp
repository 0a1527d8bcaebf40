// Applying the filters to a chunk, and the wish that names them.
#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <tessera/core/errors.hpp>
#include <tessera/io/hdf5/filters.hpp>
#include <tessera/io/hdf5/shuffle.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io::hdf5 {
namespace {

using Kind = Filters::Kind;

constexpr std::int64_t compressor_bytes = 1 << 20;  // libdeflate's tables, levels up to 9

// Deflates at `level`; 0 when the result would not be smaller than `room`.
std::int64_t deflate(std::uint32_t level, const std::byte* from, std::int64_t bytes, std::byte* to, std::int64_t room) {
  struct Free {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
  };
  thread_local std::unique_ptr<libdeflate_compressor, Free> compressor;
  thread_local std::uint32_t compressor_level = 0;
  if (!compressor || compressor_level != level) {
    compressor.reset();
    compressor.reset(libdeflate_alloc_compressor(static_cast<int>(level)));
    if (!compressor) throw IoError("gzip: no memory for compressing");
    compressor_level = level;
  }
  return static_cast<std::int64_t>(libdeflate_zlib_compress(compressor.get(), from, static_cast<std::size_t>(bytes), to,
                                                            static_cast<std::size_t>(room)));
}

std::uint32_t level_of(const std::string& word, const std::string& text) {
  const auto colon = word.find(':');
  if (colon == std::string::npos) return 4;
  const std::string level = word.substr(colon + 1);
  if (level.size() != 1 || std::isdigit(static_cast<unsigned char>(level[0])) == 0)
    throw UsageError(fmt::format("compress '{}': gzip takes a level from 0 to 9, not '{}'", text, level));
  return static_cast<std::uint32_t>(level[0] - '0');
}

}  // namespace

Filters parse_filters(const std::string& text, std::int64_t item) {
  Filters f;
  if (text.empty() || text == "none") return f;
  bool shuffled = false, refused = false, deflated = false, summed = false;
  const auto add_shuffle = [&] {
    if (item > 1 && !std::exchange(shuffled, true))
      f.steps.push_back({Kind::shuffle, static_cast<std::uint32_t>(item)});
  };
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find_first_of(",+", at), text.size());
    const std::string word = text.substr(at, end - at), name = word.substr(0, word.find(':'));
    at = end + 1;
    const bool again = ((name == "gzip" || name == "deflate" || name == "zlib") && deflated) ||
                       (word == "shuffle" && shuffled) || (word == "fletcher32" && summed);
    const bool late = (word == "shuffle" || word == "noshuffle") && (deflated || summed);
    if (again || late || (summed && !word.empty()))
      throw UsageError(fmt::format("compress '{}': the order is shuffle, gzip, fletcher32, each once", text));
    if (name == "gzip" || name == "deflate" || name == "zlib") {
      if (!refused) add_shuffle();
      f.steps.push_back({Kind::deflate, level_of(word, text)});
      deflated = true;
    } else if (word == "shuffle") {
      add_shuffle();
    } else if (word == "noshuffle") {
      refused = true;
    } else if (word == "fletcher32") {
      f.steps.push_back({Kind::fletcher32, 0});
      summed = true;
    } else {
      throw UsageError(fmt::format(
          "compress '{}': '{}' is no filter that is written; gzip:LEVEL, shuffle, noshuffle, fletcher32 and none are",
          text, word));
    }
  }
  return f;
}

std::int64_t encoding_bytes(const Filters& filters, std::int64_t bytes) {
  return filters.empty() ? 0 : 2 * (bytes + 64) + compressor_bytes;
}

void encode(const Filters& filters, const std::byte* chunk, std::int64_t bytes,
            const std::function<void(const Encoded&)>& use) {
  Encoded e{chunk, bytes, 0};
  std::optional<Scratch> buffers[2];
  int next = 0;
  for (std::size_t i = 0; i < filters.steps.size(); i++) {
    const auto& step = filters.steps[i];
    // Four more bytes for a checksum at the end.
    const Scratch& target = buffers[next].emplace(1 + next, bytes + 64);
    if (step.kind == Kind::shuffle) {
      shuffle(e.data, e.bytes, step.parameter, target.data());
    } else if (step.kind == Kind::deflate) {
      const std::int64_t n = deflate(step.parameter, e.data, e.bytes, target.data(), e.bytes - 1);
      if (n == 0) {
        e.skipped |= std::uint32_t{1} << i;
        continue;
      }
      e.bytes = n;
    } else {
      std::memcpy(target.data(), e.data, e.bytes);
      const std::uint32_t sum = fletcher32(target.data(), e.bytes);
      for (int k = 0; k < 4; k++) target.data()[e.bytes + k] = static_cast<std::byte>(sum >> 8 * k & 0xff);
      e.bytes += 4;
    }
    e.data = target.data();
    next = 1 - next;
  }
  use(e);
}

}  // namespace tessera::io::hdf5
