#include <tessera/core/cpu/integer_products.hpp>

#include <tessera/core/cpu/target.hpp>

namespace tessera::cpu {

void multiply_integers(DType type, const MatrixProduct& p) {
  const int width = type == DType::bool_ ? 0 : static_cast<int>(item_size(type));
  switch (target()) {
    case Target::avx512:
      return integer_product_avx512(width)(p);
    case Target::avx2:
      return integer_product_avx2(width)(p);
    case Target::sse4:
      return integer_product_baseline(width)(p);
  }
}

}  // namespace tessera::cpu
