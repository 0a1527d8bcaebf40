#pragma once
// The order in which the pieces of an exchange travel: by peer, in the caller's order within a peer, cut into segments
// of at most `segment_limit` bytes, empty pieces left out. Both sides derive the same segments from their own list,
// because the pieces of one pair agree in number and in bytes.
//
//   pieces to peers 2: 5 bytes, 1: 3 bytes, 2: 0 bytes, 2: 9 bytes, limit 4
//   lane of peer 1: 3        lane of peer 2: 4 1 4 4 1
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tessera/distributed/communicator.hpp>
#include <vector>

namespace tessera {

struct Segment {
  std::byte* data;
  int bytes;
};

/// All pieces of one peer in one direction, handed out segment by segment. Views the caller's pieces.
class Lane {
 public:
  Lane(int peer, std::span<const Piece> pieces, std::span<const std::int32_t> order, std::int64_t segment_limit)
      : peer_(peer), pieces_(pieces), order_(order), limit_(segment_limit) {}

  int peer() const { return peer_; }
  bool done() const { return at_ == order_.size(); }
  Segment next() {
    const Piece& piece = pieces_[order_[at_]];
    const std::int64_t bytes = std::min(limit_, piece.bytes - offset_);
    const Segment segment{piece.data + offset_, static_cast<int>(bytes)};
    offset_ += bytes;
    if (offset_ == piece.bytes) {
      offset_ = 0;
      at_++;
    }
    return segment;
  }

 private:
  int peer_;
  std::span<const Piece> pieces_;
  std::span<const std::int32_t> order_;
  std::int64_t limit_;
  std::size_t at_ = 0;
  std::int64_t offset_ = 0;
};

/// The lanes of all peers but `self`, starting at peer self + 1 (`ascending`) or self - 1 and going round, so that not
/// all ranks turn to the same peer first. `order` is the storage that the lanes point into; it must outlive them.
inline void make_lanes(std::span<const Piece> pieces, int self, int size, bool ascending, std::int64_t segment_limit,
                       std::vector<std::int32_t>& order, std::vector<Lane>& lanes) {
  order.clear();
  lanes.clear();
  for (std::size_t i = 0; i < pieces.size(); i++)
    if (pieces[i].peer != self && pieces[i].bytes > 0) order.push_back(static_cast<std::int32_t>(i));
  const auto peer_of = [&](std::int32_t i) { return pieces[i].peer; };
  const auto turn = [&](std::int32_t i) {
    const int distance = ascending ? peer_of(i) - self : self - peer_of(i);
    return distance < 0 ? distance + size : distance;
  };
  if (order.size() > 1)
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return turn(a) < turn(b); });
  const std::span<const std::int32_t> all(order);
  for (std::size_t begin = 0, end; begin < all.size(); begin = end) {
    for (end = begin + 1; end < all.size() && peer_of(all[end]) == peer_of(all[begin]);) end++;
    lanes.emplace_back(peer_of(all[begin]), pieces, all.subspan(begin, end - begin), segment_limit);
  }
}

/// Copies the pieces from `self` to itself: the n-th sent to the n-th received.
/// throws InternalError when they differ in number or bytes.
void copy_own_pieces(int self, std::span<const Piece> send, std::span<const Piece> receive);

/// throws InternalError when a peer is not a rank or a piece has negative bytes.
void check_pieces(int size, std::span<const Piece> pieces);

}  // namespace tessera
