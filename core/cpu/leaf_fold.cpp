#include <tessera/core/cpu/leaf_fold.hpp>

#include <array>

#include <tessera/core/cpu/folds/complex_product.hpp>
#include <tessera/core/cpu/folds/moments.hpp>
#include <tessera/core/cpu/folds/nan_sum.hpp>
#include <tessera/core/cpu/folds/positions.hpp>
#include <tessera/core/cpu/folds/simple.hpp>
#include <tessera/core/cpu/folds/user.hpp>
#include <tessera/core/cpu/kernel.hpp>

namespace tessera::cpu {
namespace {

bool is_complex_product(const Fold& fold) { return fold.combiner == Combiner::prod && is_complex(fold.element); }

}  // namespace

bool has_machine_code(const Fold& fold) {
  const Combiner c = fold.combiner;
  if (is_complex_product(fold)) return false;
  return c <= Combiner::max || c == Combiner::any || c == Combiner::all;
}

LeafFold& leaf_fold(const Machine& machine, const Fold& fold, std::size_t place) {
  struct Folds {
    SimpleFold simple;
    MomentsFold moments;
    NanSumFold nan_sum;
    PositionFold position;
    GatheredFold gathered;
    ComplexProductFold product;
  };
  thread_local std::array<Folds, most_folds_together> places;
  auto& [simple, moments, nan_sum, position, gathered, product] = places[place];
  switch (fold.combiner) {
    case Combiner::moments:
    case Combiner::nan_moments:
      moments.reset(machine, fold);
      return moments;
    case Combiner::nan_sum:
      nan_sum.reset(machine, fold);
      return nan_sum;
    case Combiner::argmin:
    case Combiner::argmax:
    case Combiner::nanargmin:
    case Combiner::nanargmax:
      position.reset(machine, fold);
      return position;
    case Combiner::user:
      gathered.reset(fold);
      return gathered;
    default:
      if (is_complex_product(fold)) {
        product.reset(machine, fold);
        return product;
      }
      simple.reset(machine, fold);
      return simple;
  }
}

}  // namespace tessera::cpu
