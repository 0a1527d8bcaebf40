#pragma once
// For functions that are made of several operations and whose result has the quantity of an argument.
#include <tessera/core/array.hpp>
#include <tessera/core/graph/node.hpp>

namespace tessera {

/// `result`, whose attributes are those of `of`. Only a Map is marked: what else there is (an array that was given back
/// as it is, a view of one) has them anyway. of: an array that `result` was made of.
Array with_quantity(const Array& result, const Array& of, Quantity::As as = Quantity::As::itself);
/// `joined`, arrays that concat or stack has put together and that are one dataset: names and attributes are those of
/// `whole`, decoded. What is no Concat (all other arrays were empty) stays what it is.
Array described_by(const Array& joined, std::shared_ptr<const Store> whole);

}  // namespace tessera
