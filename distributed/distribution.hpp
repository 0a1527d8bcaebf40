#pragma once
// Which rank owns which chunk: a pure function of the grid. A value; cheap to copy.
//   blocks      contiguous runs of the chunks in some order of axes; rank r has positions [starts[r], starts[r + 1])
//   replicated  every rank has every chunk
//   table       one rank per chunk, as a host program decomposed its data
//   through     the owner of the chunk that a view's chunk lies in
// 10 chunks on 3 ranks in blocks: [0, 3) [3, 6) [6, 10).
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/core/key.hpp>

namespace tessera {

class TESSERA_API Distribution {
 public:
  enum class Kind : std::uint8_t { blocks, replicated, table, through };

  /// Even runs of row-major order.
  static Distribution blocks(const ChunkGrid& grid, int ranks);
  /// Even runs of the chunks ordered by the axes of `order`, the first one slowest.
  static Distribution blocks(const ChunkGrid& grid, int ranks, const Dims& order);
  /// Runs of row-major order with the given starts (ranks + 1 of them).
  static Distribution blocks(const ChunkGrid& grid, std::vector<std::int64_t> starts);
  /// Runs of the chunks ordered by the axes of `order` with the given starts.
  static Distribution blocks(const ChunkGrid& grid, std::vector<std::int64_t> starts, const Dims& order);
  static Distribution replicated(const ChunkGrid& grid, int ranks);
  static Distribution table(const ChunkGrid& grid, int ranks, std::vector<int> owners);
  /// Of the chunks of `view`, each inside one chunk of the base, seen through `transform`.
  static Distribution through(const ChunkGrid& view, const IndexTransform& transform, const Distribution& base);

  Kind kind() const { return kind_; }
  int ranks() const { return ranks_; }
  const ChunkGrid& grid() const { return grid_; }
  const Dims& order() const { return order_; }
  const std::vector<std::int64_t>& starts() const { return *starts_; }
  bool is_row_major() const;
  /// The owner; rank 0 stands for all when replicated.
  int owner(const Dims& coordinates) const;
  int owner(std::int64_t chunk) const { return owner(grid_.coordinates(chunk)); }
  bool owns(int rank, const Dims& coordinates) const { return kind_ == Kind::replicated || owner(coordinates) == rank; }

  /// Position <-> coordinates in this distribution's order (blocks); row-major for the others.
  Dims at_position(std::int64_t position) const;
  std::int64_t position(const Dims& coordinates) const;
  /// Positions of `rank`'s run; blocks only ([0, count) when replicated).
  std::int64_t run_begin(int rank) const { return kind_ == Kind::replicated ? 0 : (*starts_)[rank]; }
  std::int64_t run_end(int rank) const {
    return kind_ == Kind::replicated ? grid_.count() : (*starts_)[static_cast<std::size_t>(rank) + 1];
  }
  bool has_runs() const { return kind_ == Kind::blocks || kind_ == Kind::replicated; }

  /// Calls f(coordinates) for every chunk of `rank`, in order of position.
  template <class F>
  void for_each_owned(int rank, F&& f) const {
    const std::int64_t begin = has_runs() ? run_begin(rank) : 0, end = has_runs() ? run_end(rank) : grid_.count();
    for (std::int64_t p = begin; p < end; p++) {
      const Dims at = at_position(p);
      if (has_runs() || owner(at) == rank) f(at);
    }
  }
  /// Elements that `rank` owns, and the most that any rank owns.
  std::int64_t elements(int rank) const;
  std::int64_t most_elements() const;
  /// The smallest box over all chunks of `rank`, as chunk coordinates [lo, lo + extent); extents 0 when it has none.
  Box hull(int rank) const;

  bool operator==(const Distribution& o) const;

 private:
  friend TESSERA_API void add(Key& key, const Distribution& d);
  Kind kind_ = Kind::replicated;
  int ranks_ = 1;
  ChunkGrid grid_;
  Dims order_;
  std::shared_ptr<const std::vector<std::int64_t>> starts_;
  std::shared_ptr<const std::vector<int>> owners_;
  std::shared_ptr<const Distribution> base_;
  IndexTransform transform_;
};

/// Adds all of it.
TESSERA_API void add(Key& key, const Distribution& d);
TESSERA_API std::string to_string(const Distribution& d);

}  // namespace tessera
