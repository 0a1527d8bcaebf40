#include "growing_targets.hpp"

#include <filesystem>
#include <set>

#include "coordinate_arrays.hpp"
#include "home.hpp"
#include "launch.hpp"

namespace tessera::command {
namespace {

std::string text_of(const std::vector<Attribute>& attributes, const std::string& name) {
  for (const auto& a : attributes)
    if (const auto* text = std::get_if<std::string>(&a.value); text != nullptr && a.name == name) return *text;
  return "";
}

bool is_there(const SourceName& target) {
  std::error_code ignored;
  if (!std::filesystem::exists(target.file, ignored)) return false;
  for (const auto& d : list_datasets(target.file))
    if (d.name == target.file + ":" + target.dataset) return true;
  return false;
}

// On rank 0. returns: nothing when there is no such dataset; else texts that end with zero bytes: the coordinate, its
// units, calendar and dtype.
std::string look(const std::string& text, int axis) {
  const SourceName target = parse_source(text);
  if (!is_there(target)) return "";
  const StoreInfo info = open_store_alone(text, {.raw = true})->info();
  std::string coordinate;
  if (axis < static_cast<int>(info.coordinates.size())) coordinate = info.coordinates[axis];
  if (coordinate == info.name) coordinate.clear();
  std::string seen;
  const auto put = [&](const std::string& part) { seen += part + std::string(1, '\0'); };
  put(coordinate);
  if (coordinate.empty()) return seen;
  const StoreInfo values = open_store_alone(coordinate, {.raw = true})->info();
  put(text_of(values.attributes, "units"));
  put(text_of(values.attributes, "calendar"));
  put(to_string(values.dtype));
  return seen;
}

std::string quoted(const std::string& text) { return text.empty() ? "no units" : "'" + text + "'"; }

}  // namespace

std::optional<GrowingTarget> find_growing(Communicator& ranks, const Sink& sink) {
  if (!sink.append_along) return std::nullopt;
  GrowingTarget found{&sink, *sink.append_along < 0 ? *sink.append_along + sink.array.rank() : *sink.append_along};
  std::string seen;
  together(ranks, [&] {
    if (ranks.rank() == 0) seen = look(sink.target, found.axis);
  });
  ranks.broadcast(seen, 0);
  if (seen.empty()) return std::nullopt;
  std::size_t at = 0;
  const auto take = [&] {
    const std::size_t from = at;
    at = seen.find('\0', from) + 1;
    return seen.substr(from, at - 1 - from);
  };
  found.coordinate = take();
  if (found.coordinate.empty()) return found;
  found.units = take();
  found.calendar = take();
  found.dtype = parse_dtype(take()).value_or(DType::float64);
  return found;
}

std::vector<Sink> coordinates_of_growth(Session& session, const std::vector<GrowingTarget>& targets,
                                        const std::function<void(const std::string&)>& warn) {
  SourceArrays arrays(session);
  CoordinateArrays coordinates(session, arrays, warn);
  std::set<std::string> written;
  for (const auto& t : targets) written.insert(t.sink->target);
  std::vector<Sink> sinks;
  for (const auto& t : targets) {
    if (t.coordinate.empty() || !written.insert(t.coordinate).second) continue;
    const Labels labels = labels_of(t.sink->array);
    const auto axis = static_cast<std::size_t>(t.axis);
    const auto cut_of = axis < labels.axes.size() ? coordinates.of(labels.axes[axis]) : std::nullopt;
    if (!cut_of) {
      if (warn)
        warn(t.coordinate + " does not grow with " + t.sink->target +
             ": what is appended has no coordinate along axis " + std::to_string(t.axis));
      continue;
    }
    const Array& whole = coordinates.whole(*cut_of);
    const std::vector<Attribute> attributes = labels_of(whole).attributes;
    const std::string units = text_of(attributes, "units"), calendar = text_of(attributes, "calendar");
    if (units != t.units || calendar != t.calendar)
      throw UsageError(t.coordinate + " is in " + quoted(t.units + (t.calendar.empty() ? "" : ", " + t.calendar)) +
                       " and what is to be appended to it in " +
                       quoted(units + (calendar.empty() ? "" : ", " + calendar)) +
                       "; write it yourself in its units, by one more -o");
    const Array values = cut(whole, 0, cut_of->runs);
    Sink sink = write(values.dtype() == t.dtype ? values : astype(values, t.dtype), t.coordinate);
    sink.append_along = 0;
    sinks.push_back(std::move(sink));
  }
  return sinks;
}

}  // namespace tessera::command
