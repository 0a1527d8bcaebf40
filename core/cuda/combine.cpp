#include <tessera/core/cuda/combine.hpp>

#include <fmt/format.h>

#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/cuda/program_text.hpp>
#include <tessera/core/cuda/texts.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

/// As combine.cu has it.
struct CombineCall {
  std::int64_t n;
  std::byte* into;
  const std::byte* from;
  double share, weight;
};

}  // namespace

std::string combine_source(const Fold& fold) {
  std::string text = functions_text({});
  text += combiners_text();
  text += fmt::format("using Kept = {};\n", lane_type(fold));
  return text += combine_text();
}

void StateCombiners::combine(CUstream stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
                             std::int64_t into_count, std::int64_t from_count) {
  if (!has_fold_source(fold)) throw InternalError("cuda: states of a fold that it can't compute");
  const bool counts = fold.counts();
  if (n == 0 || (counts && from_count == 0)) return;
  const Driver& driver = context_->enter();
  if (counts && into_count == 0) {
    const auto address = [](const std::byte* p) { return reinterpret_cast<CUdeviceptr>(p); };
    context_->check(driver.cuMemcpyDtoDAsync(address(into), address(from),
                                             static_cast<std::size_t>(fold.layout().bytes(n)), stream),
                    "cuMemcpyDtoDAsync");
    return;
  }
  const auto na = static_cast<double>(into_count), nb = static_cast<double>(from_count);
  const CombineCall call{n, into, from, counts ? nb / (na + nb) : 0, counts ? na * nb / (na + nb) : 0};
  kernels_.launch(
      lane_type(fold), [&] { return combine_source(fold); }, n, &call, stream);
}

}  // namespace tessera::cuda
