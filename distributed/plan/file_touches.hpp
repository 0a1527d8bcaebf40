#pragma once
// How often the boxes in which a stage reads a dataset touch its chunks. Chunks of 10 read in boxes of 15, [0, 15)
// [15, 30): 3 chunks, 4 touches, because the chunk [10, 20) lies in both.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Of one value, by its tiles, or by its blocks. Counted; estimated on an axis of more than 4096 boxes.
struct FileTouches {
  double chunks = 1;   ///< that are touched at all
  double touches = 1;  ///< by all boxes
};
FileTouches file_touches(const Plan& plan, const TileOperator& op, const TileValue& value);

/// Decoding that is worth a word, in explain and as a warning: a few chunks that lie across two boxes are not.
inline constexpr double said_decodings = 1.2;

/// How often the chunks that are read of a value's dataset are decoded, on average: 1 at best; 0 where none is.
double decodings(const Plan& plan, const TileOperator& op, const TileValue& value);

}  // namespace tessera
