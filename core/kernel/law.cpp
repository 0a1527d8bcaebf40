#include <tessera/core/kernel/law.hpp>

#include <cstring>

#include <tessera/core/overloaded.hpp>

namespace tessera {

ChoiceLaw choice_law(DType type, std::int64_t n, const std::vector<Scalar>& values,
                     const std::vector<double>& weights) {
  ChoiceLaw law{n, item_size(type), {}, {}};
  const auto item = static_cast<std::size_t>(law.item);
  law.values.resize(values.size() * item);
  for (std::size_t i = 0; i < values.size(); i++)
    visit_dtype(type, [&]<class T>(T) {
      const T v = values[i].as<T>();
      std::memcpy(law.values.data() + i * item, &v, sizeof v);
    });
  double sum = 0;
  for (const double w : weights) law.below.push_back(sum += w);
  for (double& b : law.below) b /= sum;
  return law;
}

void add(Key& key, const Law& law) {
  key.add(law.index());
  std::visit(
      overloaded{[&](const IntegersLaw& l) { key.add(l.type).add(l.low).add(l.span); },
                 [&](const PoissonLaw& l) { key.add(l.lam); }, [&](const BinomialLaw& l) { key.add(l.n).add(l.p); },
                 [&](const ChoiceLaw& l) {
                   key.add(l.n).add(l.item);
                   key.add(std::string_view(reinterpret_cast<const char*>(l.values.data()), l.values.size()));
                   key.add(l.below.size());
                   for (const double b : l.below) key.add(b);
                 },
                 [&](const GammaLaw& l) { key.add(l.shape); }, [&](const BetaLaw& l) { key.add(l.a).add(l.b); },
                 [&](const NoncentralLaw& l) { key.add(l.df).add(l.nonc); },
                 [&](const VonMisesLaw& l) { key.add(l.kappa); },
                 [&](const NegativeBinomialLaw& l) { key.add(l.n).add(l.p); },
                 [&](const HypergeometricLaw& l) { key.add(l.good).add(l.bad).add(l.sample); },
                 [&](const ZipfLaw& l) { key.add(l.a); }},
      law);
}

}  // namespace tessera
