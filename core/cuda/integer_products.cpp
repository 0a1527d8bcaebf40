#include <tessera/core/cuda/integer_products.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/cuda/texts.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera::cuda {
namespace {

constexpr std::int64_t side = 64, threads_of_tile = 256;  // as integer_products.cu has them

/// As integer_products.cu has it.
struct IntegerCall {
  std::int64_t m, n, k, a_row, a_column, b_row, b_column, c_row, add;
  const std::byte *a, *b;
  std::byte* c;
};

}  // namespace

std::string integer_product_source(DType type) {
  const std::int64_t bits = 8 * item_size(type);
  std::string text(prelude_text());
  text += fmt::format("using Element = std::uint{}_t;\nusing Sum = std::uint{}_t;\nconstexpr bool is_bool = {};\n",
                      bits, std::max<std::int64_t>(bits, 32), type == DType::bool_);
  return text += integer_products_text();
}

void IntegerProducts::multiply(CUstream stream, DType type, const MatrixProduct& p) {
  const std::int64_t item = item_size(type);
  const auto apart = [item](std::int64_t row, bool by_columns) {
    return by_columns ? std::pair<std::int64_t, std::int64_t>(1, row / item) : std::pair(row / item, std::int64_t{1});
  };
  const auto [a_row, a_column] = apart(p.a_row, p.a_by_columns);
  const auto [b_row, b_column] = apart(p.b_row, p.b_by_columns);
  const IntegerCall call{p.m, p.n, p.k, a_row, a_column, b_row, b_column, p.c_row / item, p.add ? 1 : 0, p.a, p.b, p.c};
  context_->enter();
  kernels_.launch(
      to_string(type), [&] { return integer_product_source(type); },
      ceil_div(p.m, side) * ceil_div(p.n, side) * threads_of_tile, &call, stream);
}

}  // namespace tessera::cuda
