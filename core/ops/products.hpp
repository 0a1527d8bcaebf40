#pragma once
// Products of matrices and vectors, under NumPy's names and rules. Lazy. dtypes promote as in arithmetic; float and complex
// matrices go through OpenBLAS, in calls that shapes alone decide, so a result has the same bits on any ranks, threads and
// budget (on processors of one kind: OpenBLAS has kernels for each). On a GPU cuBLAS makes them (docs/gpu.md). Integers wrap; of bools a product is "and", a sum "or".
// What is a sum of products without a matrix is a reduction, and fused: of vectors, and of a matrix with a vector.
// All throw ShapeError, with both shapes, where what is summed over has different lengths.
#include <string>
#include <utility>
#include <variant>

#include <tessera/core/array.hpp>

namespace tessera {

/// Matrix product, as a @ b in Python: of the last two axes; those before broadcast. A 1-d operand is a row on the left
/// and a column on the right, and the result lacks that axis.
/// returns: (..., m, n) of (..., m, k) and (..., k, n), in chunks of its own; of two vectors 0-d.
/// throws ShapeError for a 0-d operand and where stacks don't broadcast, too.
TESSERA_API Array matmul(const Array& a, const Array& b);
/// The sum over the last axis of a and the last but one of b (its only one, of a vector): of 2-d arrays the matrix product,
/// of vectors the inner one. A 0-d operand multiplies elements.
TESSERA_API Array dot(const Array& a, const Array& b);
/// The sum of conj(a) b over all elements, both seen as vectors. 0-d.
TESSERA_API Array vdot(const Array& a, const Array& b);
/// The sum of conj(a) b along `axis`, which has one length in both; the other axes broadcast.
TESSERA_API Array vecdot(const Array& a, const Array& b, std::int64_t axis = -1);
/// The sum over the last axis of both: (..., of a, ..., of b). A 0-d operand multiplies elements.
TESSERA_API Array inner(const Array& a, const Array& b);
/// The sum over the last `axes` axes of a and the first ones of b; 0 is the outer product.
TESSERA_API Array tensordot(const Array& a, const Array& b, std::int64_t axes = 2);
/// The sum over pairs of axes: axes.first[i] of a with axes.second[i] of b. The result has the others of a, then of b.
/// throws ShapeError for axes out of range, given twice, or not as many of a as of b.
TESSERA_API Array tensordot(const Array& a, const Array& b, const std::pair<Dims, Dims>& axes);
/// All products of an element of a with one of b, both seen as vectors: 2-d.
TESSERA_API Array outer(const Array& a, const Array& b);
/// Kronecker product: b times each element of a, in its place. The shorter shape gets axes of length 1 in front.
TESSERA_API Array kron(const Array& a, const Array& b);
/// Cross product of the vectors of 3 along `axis` of both; other axes broadcast. throws ShapeError for other lengths.
TESSERA_API Array cross(const Array& a, const Array& b, std::int64_t axis = -1);
/// a @ a @ ... n times, by squaring; the identity for 0. a: a square matrix or a stack of them. throws ShapeError when
/// it is none, ValueError for a negative n, which takes an inverse.
TESSERA_API Array matrix_power(const Array& a, std::int64_t n);

/// None; a number p; or a name: "fro", of matrices.
using NormOrder = std::variant<std::monostate, double, std::string>;
struct NormOptions {
  NormOrder ord{};
  Axes axis{};  ///< one axis: of vectors; two: of matrices; none given: of all of x
  bool keepdims = false;
};
/// numpy.linalg.norm. Of vectors as `vector_norm`, 2 by default; of matrices Frobenius' ("fro", the default), and the
/// largest and smallest sums of moduli in columns (1, -1) and in rows (infinity, -infinity). Without axis and order: the
/// root of the sum of all squares, of any shape.
/// throws ValueError for 2, -2 and "nuc" of matrices, which need singular values, and for names that there are not;
/// ShapeError where an order without axes meets an array that is neither 1-d nor 2-d.
TESSERA_API Array norm(const Array& x, const NormOptions& options = {});

}  // namespace tessera
