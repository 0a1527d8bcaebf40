#pragma once
// Histograms whose number of bins a session estimates (core/ops/bin_estimators.hpp): collective, and lazy from there.
#include <tessera/core/ops/bin_estimators.hpp>
#include <tessera/distributed/masks.hpp>

namespace tessera {

inline std::int64_t estimated_bins(Session& session, const Array& x, std::string_view estimator,
                                   const BinEstimatorOptions& options = {}) {
  return estimated_bins(x, estimator, options, counting(session));
}
inline Histogram histogram(Session& session, const Array& x, std::string_view estimator,
                           const HistogramOptions& options = {}) {
  return histogram(x, estimator, options, counting(session));
}
inline Array histogram_bin_edges(Session& session, const Array& x, std::string_view estimator,
                                 const std::optional<BinRange>& range = {}) {
  return histogram_bin_edges(x, estimator, range, counting(session));
}

}  // namespace tessera
