#include <tessera/core/cpu/integer_products.hpp>

namespace tessera::cpu {
namespace {
#include <tessera/core/cpu/integer_products.inc>
}  // namespace

IntegerProduct integer_product_baseline(int width) { return of(width); }

}  // namespace tessera::cpu
