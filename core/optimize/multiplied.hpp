#pragma once
// What a product multiplies: elements in memory as they lie there, but for the order of axes; or what can be made box by
// box, of files, generators and small arrays, which every rank has. All else is kept: made in memory before.
//   (x - mean(x, axis=0)).T of a file x: box by box, for the means are few.  Of an x in memory: kept, unless all of x is small
#include <tessera/core/graph/node.hpp>

namespace tessera {

/// True of what has its elements in memory before others read it.
bool lies_in_memory(const Node& n);

/// The operand that makes the elements of `e`, whose node is no fill.
Edge multiplied(Edge e);

}  // namespace tessera
