#pragma once
// What a tile of the tile operator is made of: numbered values, each seen from the traversal through an index
// transform, in the order in which a tile makes them. The kinds differ in where their elements come from, and have just
// what that takes; whoever does something for each visits them, so that the compiler names what a new kind lacks.
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <tessera/core/box.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/core/kernel/chunk_call.hpp>
#include <tessera/core/kernel/stencil.hpp>
#include <tessera/distributed/plan/program.hpp>

namespace tessera {

/// An array in memory, as a plan names it: one that an earlier stage has made, or a source.
struct HeldArray {
  enum class From : std::uint8_t { stage, source } from = From::stage;
  int number = 0;  ///< of Plan::arrays or Plan::sources
  bool operator==(const HeldArray&) const = default;
};

/// What a Program takes: the elements of a value, through the map from the Program's index space to the value's.
struct TileInput {
  int value;  ///< number of the tile value
  IndexTransform map;
  bool operator==(const TileInput&) const = default;
};

/// Read from a store: into a tile's buffer, or for a whole block, before its tiles (blocks.hpp).
struct StoredValue {
  int source;             ///< number of the plan's source
  bool by_block = false;  ///< the tiles find it in memory
};
/// Made by a generator in a tile's buffer.
struct GeneratedValue {
  int source;
};
/// In a chunk that this rank holds; copied to a tile's buffer only where it lies across chunks, or elsewhere.
struct HeldValue {
  HeldArray array;
  bool one_chunk = false;  ///< every chunk of the traversal lies in one of its chunks
  bool one_piece = false;  ///< all that a rank has of it lies in one piece, row-major
  bool elsewhere = false;  ///< not in the space where the tiles are computed: copied there in any case
  int halo = -1;  ///< of ranks that walk where it lies: two FetchedValues from this number on have what lies around it
};
/// In the box that was fetched before the stage began: all that a rank needs, or what it needs before and after its own.
struct FetchedValue {
  enum class Part : std::uint8_t { all, before, after };
  HeldArray array;
  Part part = Part::all;
  int axis = -1;  ///< of the traversal; before and after along it
};
/// By a Program of other values, in a tile's buffer.
struct ComputedValue {
  PlanProgram program;
  std::vector<TileInput> inputs;
};
/// Other values one after another along an axis: used in place within one of them, else copied together.
struct JoinedValue {
  int axis;                        ///< of the traversal
  std::vector<std::int64_t> cuts;  ///< part k is for the indices [cuts[k], cuts[k + 1]) of that axis
  std::vector<TileInput> inputs;   ///< the parts
  bool one_part = false;           ///< no chunk of the traversal lies across two of them
};

/// By a stencil of another value, in a tile's buffer, or in the array of an output that nothing else becomes of.
struct StencilValue {
  std::shared_ptr<const Stencil> stencil;
  Box source;  ///< as StencilNode has it
  TileInput input;
  std::optional<std::size_t> output{};  ///< in whose array it is made
};

/// By a user's function of elements of other values, in a tile's buffer.
struct CallValue {
  std::shared_ptr<const UserMap> function;
  std::vector<TileInput> inputs;
};

/// By a user's function of chunks of other values, in the buffer of a tile that is a chunk.
struct ChunkCallValue {
  ChunkCall call;
  std::vector<TileInput> inputs;
};

/// Brought by a gather for the tile, whose box it is, before the others are made (GatherOperator::use).
struct GatheredValue {};

/// Elements that a tile holds while it is computed.
struct TileValue {
  DType dtype = DType::float64;
  IndexTransform from_domain;  ///< from the traversal's index space to the value's
  Shape shape;                 ///< of the value's index space
  /// How far beyond a tile, on either side, stencils that are made of the value reach, per axis of the traversal; empty
  /// where they don't (halo.hpp).
  Dims before{}, after{};
  /// The part of the traversal's index space, continued beyond its ends for stencils, where the value is made: all of it,
  /// unless it is, or is made of, a part of a joined value.
  Box within;
  int part_axis = -1;  ///< the axis of the outermost joined value that it is a part of; -1: made in every tile
  using How = std::variant<StoredValue, GeneratedValue, HeldValue, FetchedValue, ComputedValue, JoinedValue,
                           StencilValue, CallValue, ChunkCallValue, GatheredValue>;
  How how;

  bool has_halo() const { return !before.empty(); }
  bool is_part() const { return part_axis >= 0; }
  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&how);
  }
};

}  // namespace tessera
