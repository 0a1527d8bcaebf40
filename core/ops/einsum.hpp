#pragma once
// Einstein's summation, as numpy.einsum.
#include <string>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// Products of elements whose indices have the same letters are equal, summed over the letters that the result lacks:
///   "ij,jk->ik" a matrix product    "ii->i" a diagonal    "bij,bjk" a stack of products    "i,j->ij" an outer product
/// Without "->" the result has the letters that occur once, in the order of the alphabet. "..." stands for axes that
/// broadcast. Operands are multiplied two at a time, in the order that takes the fewest multiplications (found by trying
/// all up to six operands, else the cheapest pair first). dtypes promote; sums stay in that dtype, as NumPy's do.
/// throws UsageError for subscripts that are none, ShapeError for operands that do not fit them. Lazy.
TESSERA_API Array einsum(const std::string& subscripts, const std::vector<Array>& operands);

}  // namespace tessera
