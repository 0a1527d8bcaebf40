#pragma once
// What the products are made of (products.cpp, einsum.cpp).
#include <tessera/core/array.hpp>

namespace tessera::products {

/// a @ b of stacks of matrices of one dtype, whose inner dimensions are the same: a Contract, or a fused reduction where
/// one is a row or a column. name: of the function, for messages.
Array multiply(const Array& a, const Array& b, const char* name);
/// In the dtype of x, wrapping; of bools: any.
Array sum_along(const Array& x, const Axes& axis);
/// "matmul: (3, 4) x (5, 6): "
std::string with_shapes(const char* name, const Array& a, const Array& b);

}  // namespace tessera::products
