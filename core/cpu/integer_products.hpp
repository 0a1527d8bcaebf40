#pragma once
// Products of matrices of integers, which wrap as NumPy's do, and of bools: "and" and "or". Any order of additions gives the
// same, so the processor at hand may choose it.
#include <tessera/core/device/host_products.hpp>

namespace tessera::cpu {

/// type: integer or bool.
void multiply_integers(DType type, const MatrixProduct& p);

// The kernels for a processor; width: bytes of an element, unsigned; 0: bools.
using IntegerProduct = void (*)(const MatrixProduct& p);
IntegerProduct integer_product_baseline(int width);
IntegerProduct integer_product_avx2(int width);
IntegerProduct integer_product_avx512(int width);

}  // namespace tessera::cpu
