#include <tessera/io/hdf5/pending.hpp>

#include <algorithm>
#include <cstring>

namespace tessera::io::hdf5 {
namespace {

std::int64_t size_of(const std::string& s) { return static_cast<std::int64_t>(s.size()); }

// Copies what `from`, which begins at `from_at`, and `to` have in common into `to`.
void overlay(char* to, std::int64_t to_at, std::int64_t bytes, const char* from, std::int64_t from_at,
             std::int64_t from_bytes) {
  const std::int64_t lo = std::max(to_at, from_at), hi = std::min(to_at + bytes, from_at + from_bytes);
  if (lo < hi) std::memcpy(to + (lo - to_at), from + (lo - from_at), hi - lo);
}

}  // namespace

std::string Pending::in_file(std::int64_t at, std::int64_t bytes) const {
  std::string found(static_cast<std::size_t>(bytes), '\0');
  const std::int64_t there = std::clamp<std::int64_t>(old_end_ - at, 0, bytes);
  file_->read(at, reinterpret_cast<std::byte*>(found.data()), there);
  return found;
}

void Pending::read(std::int64_t at, std::byte* to, std::int64_t bytes) const {
  const std::string found = in_file(at, bytes);
  std::memcpy(to, found.data(), found.size());
  auto piece = pieces_.upper_bound(at);
  if (piece != pieces_.begin()) --piece;
  for (; piece != pieces_.end() && piece->first < at + bytes; ++piece)
    overlay(reinterpret_cast<char*>(to), at, bytes, piece->second.after.data(), piece->first,
            size_of(piece->second.after));
}

void Pending::write(std::int64_t at, const std::byte* from, std::int64_t bytes) {
  if (bytes <= 0) return;
  std::int64_t lo = at, hi = at + bytes;
  auto first = pieces_.upper_bound(at);
  if (first != pieces_.begin() && std::prev(first)->first + size_of(std::prev(first)->second.after) > at) --first;
  auto last = first;
  for (; last != pieces_.end() && last->first < at + bytes; ++last) {
    lo = std::min(lo, last->first);
    hi = std::max(hi, last->first + size_of(last->second.after));
  }
  Piece whole{in_file(lo, hi - lo), {}};
  whole.after = whole.before;
  for (auto p = first; p != last; ++p) {
    overlay(whole.before.data(), lo, hi - lo, p->second.before.data(), p->first, size_of(p->second.before));
    overlay(whole.after.data(), lo, hi - lo, p->second.after.data(), p->first, size_of(p->second.after));
  }
  std::memcpy(whole.after.data() + (at - lo), from, bytes);
  pieces_.erase(first, last);
  pieces_.emplace(lo, std::move(whole));
  end_ = std::max(end_, hi);
}

void Pending::write_behind() const {
  for (const auto& [at, piece] : pieces_) {
    const std::int64_t skip = std::clamp<std::int64_t>(old_end_ - at, 0, size_of(piece.after));
    file_->write(at + skip, reinterpret_cast<const std::byte*>(piece.after.data()) + skip, size_of(piece.after) - skip);
  }
}

std::vector<Patch> Pending::within() const {
  std::vector<Patch> patches;
  for (const auto& [at, piece] : pieces_) {
    const auto n = static_cast<std::size_t>(std::clamp<std::int64_t>(old_end_ - at, 0, size_of(piece.after)));
    if (piece.before.compare(0, n, piece.after, 0, n) != 0)
      patches.push_back({at, piece.before.substr(0, n), piece.after.substr(0, n)});
  }
  return patches;
}

}  // namespace tessera::io::hdf5
