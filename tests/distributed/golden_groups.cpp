// Histograms, groups and rolling windows of the golden cases: "(histogram x bins=7 range=-2,3 edges)", "(histogram x bins=auto)",
// "(weighted_histogram x w at=0,1,5)", "(histogram2d x y bins=4,5 edges=0)", "(bincount x minlength=9)",
// "(group_reduce x labels mean groups=6 axis=1)", "(rolling_mean x 30 axis=0 min_count=5 center)".
#include <cctype>
#include <sstream>

#include "golden_words.hpp"

namespace tessera::testing {
namespace {

Array histogram_of(const GoldenWords& in, bool weighted) {
  const Array x = in.array();
  HistogramOptions o;
  if (weighted) o.weights = in.array();
  const std::string bins = in.option("bins="), at = in.option("at=");
  if (const auto range = reals(in.option("range=")); !range.empty()) o.range = {range[0], range[1]};
  o.density = !in.option("density").empty();
  const bool estimated = !bins.empty() && std::isalpha(static_cast<unsigned char>(bins[0])) != 0;
  const Histogram h = estimated    ? histogram(in.inputs.session(), x, bins, o)
                      : at.empty() ? histogram(x, std::stoll(bins), o)
                                   : histogram(x, reals(at), o);
  return in.option("edges").empty() ? h.counts : h.edges;
}

Array histogram_of_several(const std::string& name, const GoldenWords& in) {
  std::vector<Array> sample{in.array(), in.array()};
  if (name == "histogramdd") sample.push_back(in.array());
  std::vector<Bins> bins;
  for (const double n : reals(in.option("bins="))) bins.emplace_back(static_cast<std::int64_t>(n));
  const std::string edges = in.option("edges=");
  const HistogramddOptions o{.density = !in.option("density").empty()};
  const Histogramdd h =
      name == "histogramdd" ? histogramdd(sample, bins, o) : histogram2d(sample[0], sample[1], bins, o);
  return edges.empty() ? h.counts : h.edges[static_cast<std::size_t>(std::stoi(edges))];
}

Array counted_integers(const GoldenWords& in, bool weighted) {
  const Array x = in.array();
  std::optional<Array> weights;
  if (weighted) weights = in.array();
  const std::string minlength = in.option("minlength=");
  return bincount(in.inputs.session(), x, weights, minlength.empty() ? 0 : std::stoll(minlength));
}

Array reduced(const GoldenWords& in) {
  const Array x = in.array(), labels = in.array();
  const std::string how = in.word(), groups = in.option("groups="), axis = in.option("axis=");
  GroupOptions o;
  if (!axis.empty()) o.axis = std::stoll(axis);
  if (groups.empty()) return group_reduce(in.inputs.session(), x, labels, how, o);
  return group_reduce(x, labels, how, std::stoll(groups), o);
}

Array rolled(const std::string& name, const GoldenWords& in) {
  const Array x = in.array();
  const std::int64_t window = std::stoll(in.word());
  RollingOptions o;
  o.axis = std::stoll(in.option("axis="));
  if (const auto least = in.option("min_count="); !least.empty()) o.min_count = std::stoll(least);
  o.center = !in.option("center").empty();
  if (name == "rolling_sum") return rolling_sum(x, window, o);
  if (name == "rolling_mean") return rolling_mean(x, window, o);
  return name == "rolling_min" ? rolling_min(x, window, o) : rolling_max(x, window, o);
}

}  // namespace

std::optional<Array> build_groups(const std::string& name, const GoldenWords& in) {
  if (name == "histogram" || name == "weighted_histogram") return histogram_of(in, name != "histogram");
  if (name == "histogram2d" || name == "histogramdd") return histogram_of_several(name, in);
  if (name == "bincount" || name == "weighted_bincount") return counted_integers(in, name != "bincount");
  if (name == "group_reduce") return reduced(in);
  if (name.starts_with("rolling_")) return rolled(name, in);
  return std::nullopt;
}

}  // namespace tessera::testing
