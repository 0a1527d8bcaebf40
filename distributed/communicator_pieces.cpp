#include <fmt/format.h>

#include <cstring>
#include <tessera/distributed/communicator_pieces.hpp>

namespace tessera {

void copy_own_pieces(int self, std::span<const Piece> send, std::span<const Piece> receive) {
  const auto next_own = [self](std::span<const Piece> pieces, std::size_t& at) -> const Piece* {
    while (at < pieces.size() && pieces[at].peer != self) at++;
    return at < pieces.size() ? &pieces[at++] : nullptr;
  };
  std::size_t s = 0, r = 0;
  while (true) {
    const Piece* from = next_own(send, s);
    const Piece* to = next_own(receive, r);
    if (from == nullptr && to == nullptr) return;
    if (from == nullptr || to == nullptr || from->bytes != to->bytes) {
      throw InternalError(fmt::format("exchange: rank {} sends itself {} bytes where it receives {}", self,
                                      from == nullptr ? 0 : from->bytes, to == nullptr ? 0 : to->bytes));
    }
    if (from->bytes > 0 && from->data != to->data) std::memmove(to->data, from->data, from->bytes);
  }
}

void check_pieces(int size, std::span<const Piece> pieces) {
  for (const Piece& piece : pieces) {
    if (piece.peer < 0 || piece.peer >= size)
      throw InternalError(fmt::format("exchange: no rank {} among {}", piece.peer, size));
    if (piece.bytes < 0) throw InternalError(fmt::format("exchange: a piece of {} bytes", piece.bytes));
  }
}

}  // namespace tessera
