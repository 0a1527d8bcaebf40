#pragma once
// Expressions over arrays that are there already.
#include <span>
#include <vector>

#include <tessera/distributed/session.hpp>

namespace tessera {

/// An array that has the elements of an expression.
struct Replacement {
  NodePtr made_of;
  Array array;
};

/// The sinks over what is there, wherever they look at an expression that is equal to one of these.
std::vector<Sink> replaced(std::span<const Sink> sinks, std::span<const Replacement> there);

}  // namespace tessera
