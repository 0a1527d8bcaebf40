#include "crafted.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tessera::testing {
namespace {

constexpr std::size_t longest_block = 4300;

std::uint32_t rotated(std::uint32_t x, int k) { return x << k | x >> (32 - k); }

std::uint32_t stored_sum(const std::string& file, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 4; i-- > 0;) v = v << 8 | static_cast<unsigned char>(file[at + i]);
  return v;
}

std::uint32_t sum_of(const std::string& file, const SummedBlock& b) {
  if (b.sum + 4 == b.bytes) return lookup3(file.data() + b.at, b.sum);
  std::string block = file.substr(b.at, b.bytes);
  block.replace(b.sum, 4, 4, '\0');
  return lookup3(block.data(), block.size());
}

template <class T>
void put(std::string& file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, std::min(sizeof value, file.size() - at));
}

void repair_sum(std::string& file, const SummedBlock& b) {
  if (b.sum < b.bytes) put(file, b.at + b.sum, sum_of(file, b));
}

// The lengths are in other blocks: here the one that makes the checksum right.
void find_length(const std::string& file, std::size_t at, std::vector<SummedBlock>& to) {
  if (file.compare(at, 4, "FHDB") == 0) {
    for (std::size_t offset_bytes = 1; offset_bytes <= 8; offset_bytes++)
      for (std::size_t n = 64; n <= 65536 && at + n <= file.size(); n *= 2) {
        const SummedBlock b{at, n, 13 + offset_bytes};
        if (sum_of(file, b) == stored_sum(file, at + b.sum)) return to.push_back(b);
      }
    return;
  }
  for (std::size_t n = 12; n <= longest_block && at + n <= file.size(); n++)
    if (const SummedBlock b{at, n, n - 4}; sum_of(file, b) == stored_sum(file, at + b.sum)) return to.push_back(b);
}

}  // namespace

std::uint32_t lookup3(const char* bytes, std::size_t n) {
  std::uint32_t a = 0xdeadbeef + static_cast<std::uint32_t>(n), b = a, c = a;
  const auto word = [](const char* p, std::size_t have) {
    std::uint32_t v = 0;
    for (std::size_t i = std::min<std::size_t>(have, 4); i-- > 0;) v = v << 8 | static_cast<unsigned char>(p[i]);
    return v;
  };
  for (; n > 12; n -= 12, bytes += 12) {
    a += word(bytes, 4), b += word(bytes + 4, 4), c += word(bytes + 8, 4);
    a -= c, a ^= rotated(c, 4), c += b;
    b -= a, b ^= rotated(a, 6), a += c;
    c -= b, c ^= rotated(b, 8), b += a;
    a -= c, a ^= rotated(c, 16), c += b;
    b -= a, b ^= rotated(a, 19), a += c;
    c -= b, c ^= rotated(b, 4), b += a;
  }
  if (n == 0) return c;
  a += word(bytes, n);
  if (n > 4) b += word(bytes + 4, n - 4);
  if (n > 8) c += word(bytes + 8, n - 8);
  c ^= b, c -= rotated(b, 14);
  a ^= c, a -= rotated(c, 11);
  b ^= a, b -= rotated(a, 25);
  c ^= b, c -= rotated(b, 16);
  a ^= c, a -= rotated(c, 4);
  b ^= a, b -= rotated(a, 14);
  c ^= b, c -= rotated(b, 24);
  return c;
}

std::vector<SummedBlock> summed_blocks(const std::string& file) {
  using namespace std::string_view_literals;
  std::vector<SummedBlock> blocks;
  if (file.starts_with("\x89HDF\r\n\x1a\n"sv) && file[8] >= 2) blocks.push_back({0, 48, 44});
  for (const auto signature :
       {"OHDR"sv, "OCHK"sv, "BTHD"sv, "BTLF"sv, "BTIN"sv, "FRHP"sv, "FHDB"sv, "FHIB"sv, "FAHD"sv, "FADB"sv, "EAHD"sv,
        "EAIB"sv, "EASB"sv, "EADB"sv, "SMTB"sv, "SMLI"sv, "FSHD"sv, "FSSE"sv})
    for (auto at = file.find(signature); at != std::string::npos; at = file.find(signature, at + 1))
      find_length(file, at, blocks);
  return blocks;
}

std::string crafted(const std::string& file, const std::vector<SummedBlock>& blocks, std::mt19937& random) {
  std::string bad = file;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (auto changes = 1 + below(3) / 2; changes > 0; changes--) {
    const SummedBlock& b = blocks[below(blocks.size())];
    std::size_t place = 4 + below(b.bytes - 4);
    while (place >= b.sum && place < b.sum + 4) place = 4 + below(b.bytes - 4);
    const std::uint64_t numbers[] = {0,
                                     1,
                                     ~std::uint64_t{0},
                                     ~std::uint64_t{0} >> 1,
                                     file.size(),
                                     file.size() - 1,
                                     b.at,
                                     blocks[below(blocks.size())].at,
                                     random(),
                                     std::uint64_t{1} << below(64)};
    const std::uint64_t number = numbers[below(std::size(numbers))];
    const std::size_t at = b.at + place;
    switch (below(5)) {
      case 0:
        bad[at] = static_cast<char>(bad[at] ^ 1 << below(8));
        break;
      case 1:
        put(bad, at, static_cast<std::uint8_t>(number));
        break;
      case 2:
        put(bad, at, static_cast<std::uint16_t>(number));
        break;
      case 3:
        put(bad, at, static_cast<std::uint32_t>(number));
        break;
      default:
        put(bad, at, number);
    }
    repair_sum(bad, b);
  }
  return bad;
}

std::vector<SummedBlock> unsummed_blocks(const std::string& file) {
  constexpr std::size_t piece = 256;
  std::vector<SummedBlock> blocks;
  for (std::size_t at = 0; at < file.size(); at += piece) {
    const std::size_t bytes = std::min(piece, file.size() - at);
    if (bytes >= 16) blocks.push_back({at, bytes, bytes});
  }
  return blocks;
}

std::string crafted_in_blocks(const std::string& file, const std::vector<SummedBlock>& blocks, std::mt19937& random) {
  std::string bad = file;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (auto changes = 1 + below(3) / 2; changes > 0; changes--) {
    const SummedBlock &b = blocks[below(blocks.size())], &other = blocks[below(blocks.size())];
    const std::size_t end = b.sum + 4 == b.bytes ? b.sum : b.bytes;  // of what is not the checksum
    const std::size_t place = 4 + below(end - 4), left = end - place, width = std::size_t{1} << below(4);
    const std::size_t common = std::min(b.bytes, other.bytes);
    switch (below(6)) {
      case 0:
        for (std::size_t i = 0, n = std::min(left, 2 + below(63)); i < n; i++)
          bad[b.at + place + i] = static_cast<char>(random());
        break;
      case 1:
        std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>(b.at + place), left, below(2) ? '\0' : '\xff');
        break;
      case 2:  // the signature may be the other's, too
        bad.replace(b.at + 4 * below(2), common - 4, file, other.at + 4 * below(2), common - 4);
        break;
      case 3:
        bad.replace(b.at, common, file, other.at, common);
        bad.replace(other.at, common, file, b.at, common);
        break;
      case 4:  // addresses that stand in the block
        for (std::size_t i = 4; i + 8 <= end; i++) {
          std::uint64_t address = 0;
          std::memcpy(&address, bad.data() + b.at + i, 8);
          const bool known = address != 0 && std::any_of(blocks.begin(), blocks.end(),
                                                         [&](const SummedBlock& x) { return x.at == address; });
          if (known && below(2) != 0) put(bad, b.at + i, std::uint64_t{blocks[below(blocks.size())].at});
        }
        break;
      default:
        if (left >= width) bad.replace(b.at + place, width, file, b.at + 4 + below(end - 4 - width + 1), width);
    }
    repair_sum(bad, other);
    repair_sum(bad, b);
  }
  return bad;
}

}  // namespace tessera::testing
