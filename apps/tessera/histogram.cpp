#include "histogram.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "../printing/array_text.hpp"
#include "json_values.hpp"
#include "launch.hpp"
#include "run.hpp"
#include "slice.hpp"

namespace tessera::command {
namespace {

std::optional<BinRange> range_of(const HistogramOptions& o) {
  if (!o.range) return std::nullopt;
  return BinRange{(*o.range)[0], (*o.range)[1]};
}

/// How many bins of equal width there are. Collective. A plan without a run knows of no estimate.
std::int64_t number_of_bins(Session& session, const Array& x, const HistogramOptions& o) {
  if (o.estimator.empty()) return o.bins.value_or(10);
  return estimated_bins(x, o.estimator, {.range = range_of(o), .skip_nan = true},
                        o.run.dry_run ? CountMask(most_counted) : counting(session));
}

// Bins of equal width reach from the smallest to the largest number; NaN is what a file has where it has nothing.
Bins bins_of(const Array& x, std::int64_t bins, const HistogramOptions& o) {
  if (!o.edges.empty()) return o.edges;
  if (const auto range = range_of(o)) return histogram_bin_edges(x, bins, range);
  if (x.size() == 0 || is_complex(x.dtype())) return bins;
  return histogram_bin_edges(stack({nanmin(x), nanmax(x)}), bins);
}

/// What is gathered.
struct Figures {
  std::vector<Sink> sinks;

  Figures(const Array& x, std::int64_t bins, const HistogramOptions& o) {
    const Histogram h = tessera::histogram(x, bins_of(x, bins, o));
    sinks = {gather(h.counts), gather(astype(h.edges, DType::float64)), gather(count(x))};
    if (o.density) sinks.push_back(gather(h.counts / diff(astype(h.edges, DType::float64)) / sum(h.counts)));
  }
};

constexpr std::int64_t longest_bar = 40;

std::string bar(double value, double most) {
  const auto length = most > 0 ? static_cast<std::int64_t>(std::llround(value / most * longest_bar)) : 0;
  return std::string(static_cast<std::size_t>(value > 0 ? std::max<std::int64_t>(1, length) : 0), '#');
}

std::string table(const std::vector<std::string>& edges, const std::vector<std::string>& values,
                  const std::vector<double>& sizes) {
  const auto widest = [](const std::vector<std::string>& texts) {
    std::size_t width = 0;
    for (const auto& t : texts) width = std::max(width, t.size());
    return width;
  };
  const std::size_t edge = widest(edges), value = widest(values);
  const double most = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  std::string text;
  for (std::size_t k = 0; k < values.size(); k++) {
    const std::string line = fmt::format("{:>{}}  {:>{}}  {:>{}}  {}", edges[k], edge, edges[k + 1], edge, values[k],
                                         value, bar(sizes[k], most));
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

void run_histogram(const HistogramOptions& options, std::unique_ptr<Communicator> ranks) {
  Run run(options.run, std::move(ranks));
  const Array source = run.open(options.source);
  std::optional<Array> x;
  std::optional<Figures> figures;
  together(run.communicator(), [&] { x = sliced(source, options.slice); });
  const std::int64_t bins = number_of_bins(run.session(), *x, options);
  together(run.communicator(), [&] { figures.emplace(*x, bins, options); });
  const auto results = run.compute(figures->sinks);
  if (!results || !run.speaks()) return;
  const auto counts = (*results)[0].view<std::int64_t>();
  const auto edges = (*results)[1].view<double>();
  const std::int64_t nan = x->size() - (*results)[2].item<std::int64_t>();
  std::int64_t counted = 0;
  std::vector<std::string> edge_texts, value_texts;
  std::vector<double> sizes;
  nlohmann::ordered_json json = {
      {"source", options.source}, {"shape", json_dims(x->shape())}, {"dtype", to_string(x->dtype())}};
  for (const double e : edges) edge_texts.push_back(to_string(Scalar(e))), json["edges"].push_back(json_number(e));
  for (std::size_t k = 0; k < counts.size(); k++) {
    counted += counts[k];
    json["counts"].push_back(counts[k]);
    const double density = options.density ? (*results)[3].view<double>()[k] : 0;
    if (options.density) json["density"].push_back(json_number(density));
    sizes.push_back(options.density ? density : static_cast<double>(counts[k]));
    value_texts.push_back(options.density ? to_string(Scalar(density)) : std::to_string(counts[k]));
  }
  const std::int64_t outside = x->size() - nan - counted;
  json["outside"] = outside, json["nan"] = nan;
  run.print(table(edge_texts, value_texts, sizes) + fmt::format("outside  {}\nnan      {}\n", outside, nan), json);
}

}  // namespace tessera::command
