#include <tessera/distributed/exchange/gather.hpp>

#include <cstdint>

#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

// The sizes of the pieces of all ranks, by rank, on all ranks. Makes room for exchanges of `pieces` pieces.
std::vector<std::size_t> sizes_by_rank(Communicator& comm, std::size_t mine, std::size_t pieces) {
  std::vector<std::size_t> sizes;
  together(comm, [&] {
    sizes.resize(comm.size());
    comm.prepare_exchange(pieces);
  });
  comm.allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(sizes.data()), sizeof mine);
  return sizes;
}

// An exchange only reads what it sends.
Piece to_root(std::span<const std::byte> piece) {
  return {0, const_cast<std::byte*>(piece.data()), static_cast<std::int64_t>(piece.size())};
}

}  // namespace

std::vector<std::string> gather_texts(Communicator& comm, std::string mine) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  const auto sizes = sizes_by_rank(comm, mine.size(), ranks);
  std::vector<std::string> all;
  std::vector<Piece> send, receive;
  together(comm, [&] {
    all.resize(ranks);
    if (comm.rank() != 0) {
      if (!mine.empty()) send.push_back(to_root(std::as_bytes(std::span(mine))));
      return;
    }
    all[0] = std::move(mine);
    for (std::size_t r = 1; r < ranks; r++) {
      if (sizes[r] == 0) continue;
      all[r].resize(sizes[r]);
      receive.push_back(
          {static_cast<int>(r), reinterpret_cast<std::byte*>(all[r].data()), static_cast<std::int64_t>(sizes[r])});
    }
  });
  comm.exchange(send, receive);
  return all;
}

void gather_in_turns(Communicator& comm, std::span<const std::byte> mine,
                     const std::function<void(int rank, std::span<const std::byte> piece)>& take) {
  const auto sizes = sizes_by_rank(comm, mine.size(), 1);
  together(comm, [&] {
    if (comm.rank() == 0) take(0, mine);
  });
  std::vector<std::byte> piece;
  for (int rank = 1; rank < comm.size(); rank++) {
    std::vector<Piece> send, receive;
    together(comm, [&] {
      const std::size_t bytes = sizes[rank];
      if (comm.rank() == rank && bytes > 0) send.push_back(to_root(mine));
      if (comm.rank() != 0) return;
      piece.resize(bytes);
      if (bytes > 0) receive.push_back({rank, piece.data(), static_cast<std::int64_t>(bytes)});
    });
    comm.exchange(send, receive);
    together(comm, [&] {
      if (comm.rank() == 0) take(rank, piece);
    });
  }
}

}  // namespace tessera
