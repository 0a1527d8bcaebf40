#include "diff.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "../printing/array_text.hpp"
#include "comparison.hpp"
#include "json_values.hpp"
#include "launch.hpp"
#include "run.hpp"

namespace tessera::command {
namespace {

// A part of the budget that a chunk of each array may take, for every thread has some elements besides.
constexpr std::int64_t room_of_chunks = 3;

/// What the pass found. The scalars have no value where there is nothing to compare.
struct Difference {
  std::int64_t elements = 0, differing = 0, first = 0, unmatched_nan = 0;
  Scalar absolute = 0, relative = 0.0;
};

std::vector<Sink> make_sinks(const DiffOptions& options, const Array& first, const Array& second, Session& session) {
  const auto [a, b] = cut_alike(first, second, session.memory() / room_of_chunks, session.size());
  const Comparison c = compare(a, b, {options.rtol, options.atol});
  return {gather(sum(c.differs)), gather(max(c.absolute)), gather(max(c.relative)),
          gather(min(where(c.differs, positions(a), std::numeric_limits<std::int64_t>::max()))),
          gather(sum(c.unmatched_nan))};
}

Difference take(const Array& a, const std::vector<Result>& results) {
  Difference d{.elements = a.size()};
  if (results.empty()) return d;
  d.differing = results[0].item<std::int64_t>();
  d.absolute = results[1].scalar();
  d.relative = results[2].scalar();
  d.first = results[3].item<std::int64_t>();
  d.unmatched_nan = results[4].item<std::int64_t>();
  return d;
}

std::vector<std::int64_t> index_of(std::int64_t position, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.size()));
  for (int i = shape.size() - 1; i >= 0; i--) {
    index[i] = position % shape[i];
    position /= shape[i];
  }
  return index;
}

std::string text_of(const DiffOptions& options, const Array& a, const Array& b, const Difference& d) {
  std::string text;
  if (a.dtype() != b.dtype())
    text += fmt::format("dtypes differ: {} and {}\n", to_string(a.dtype()), to_string(b.dtype()));
  if (a.shape() != b.shape())
    return text + fmt::format("shapes differ: {} has {}, {} has {}\n", printable(options.first), to_string(a.shape()),
                              printable(options.second), to_string(b.shape()));
  if (d.differing == 0)
    text += fmt::format("no element of {} differs\n", d.elements);
  else
    text += fmt::format("{} of {} elements differ\n", d.differing, d.elements);
  const auto line = [&](const char* label, const std::string& value) {
    text += fmt::format("  {:<29}{}\n", label, value);
  };
  if (d.absolute.as<double>() != 0) {
    line("largest absolute difference", to_string(d.absolute));
    line("largest relative difference", to_string(d.relative));
  }
  if (d.unmatched_nan > 0) line("nan in one of the two alone", std::to_string(d.unmatched_nan));
  if (d.differing > 0) line("first at", fmt::format("[{}]", fmt::join(index_of(d.first, a.shape()), ", ")));
  return text;
}

nlohmann::ordered_json json_of(const DiffOptions& options, const Array& a, const Array& b, const Difference& d) {
  const auto described = [](const std::string& source, const Array& x) {
    return nlohmann::ordered_json{{"source", source}, {"shape", json_dims(x.shape())}, {"dtype", to_string(x.dtype())}};
  };
  const bool same_shape = a.shape() == b.shape();
  nlohmann::ordered_json j = {{"first", described(options.first, a)}, {"second", described(options.second, b)}};
  j["equal"] = same_shape && d.differing == 0;
  if (!same_shape) return j;
  j["elements"] = d.elements;
  j["differing"] = d.differing;
  j["largest_absolute"] = json_scalar(d.absolute);
  j["largest_relative"] = json_scalar(d.relative);
  j["nan_in_one"] = d.unmatched_nan;
  j["first_index"] = nullptr;
  if (d.differing > 0) j["first_index"] = index_of(d.first, a.shape());
  return j;
}

}  // namespace

bool run_diff(const DiffOptions& options, std::unique_ptr<Communicator> ranks) {
  Run run(options.run, std::move(ranks));
  const Array a = run.open(options.first, "FIRST"), b = run.open(options.second, "SECOND");
  const bool comparable = a.shape() == b.shape();
  std::vector<Sink> sinks;
  together(run.communicator(), [&] {
    if (comparable && a.size() > 0) sinks = make_sinks(options, a, b, run.session());
  });
  const auto results = run.compute(sinks);
  if (!results) return false;
  const Difference d = take(a, *results);
  if (run.speaks()) run.print(text_of(options, a, b, d), json_of(options, a, b, d));
  return !comparable || d.differing > 0;
}

}  // namespace tessera::command
