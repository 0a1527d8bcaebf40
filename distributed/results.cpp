// What comes of an evaluation: the elements that were asked for, and the figures of all ranks.
#include <algorithm>
#include <tessera/core/graph/node.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/evaluation.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {

// The result of a sink, but for the elements that other ranks have.
void Session::State::make_result(Evaluation& e, std::size_t number) {
  const Sink& sink = e.sinks[number];
  Result& r = e.results[number];
  r.kind_ = sink.kind;
  r.shape_ = sink.array.shape();
  r.dtype_ = sink.array.dtype();
  for (std::size_t a = 0; a < e.plan->arrays.size(); a++) {
    const auto& sinks = e.plan->arrays[a].sinks;
    if (std::find(sinks.begin(), sinks.end(), static_cast<int>(number)) == sinks.end()) continue;
    const auto& array = e.execution->arrays[a];
    if (sink.kind == Sink::Kind::persist)
      r.array_ = Array(
          std::make_shared<SourceNode>(r.dtype_, r.shape_, array->grid(), std::shared_ptr<const Resident>(array)));
    else
      r.bytes_.resize(num_elements(r.shape_) * item_size(r.dtype_));
  }
}

Moved Session::State::bring(const ResidentArray& from, const Box& box, const StridedOutput& to,
                            std::int64_t message_bytes, const std::shared_ptr<MemoryPool>& messages) {
  Moved moved;
  const auto get = [&] { moved = fetch(*comm, *device, from, box, to, {message_bytes, messages}); };
  if (!has_device()) {
    get();
    return moved;
  }
  Failure failure;  // of the device: also where nobody is asked for elements
  failure.guard(get);
  agree(*comm, failure);
  return moved;
}

// The resident array whose elements are a sink's result; null where there is none to bring.
const ResidentArray* Session::State::gathered_from(const Evaluation& e, std::size_t sink) {
  if (e.sinks[sink].kind != Sink::Kind::gather) return nullptr;
  for (std::size_t a = 0; a < e.plan->arrays.size(); a++) {
    const auto& of = e.plan->arrays[a].sinks;
    if (std::find(of.begin(), of.end(), static_cast<int>(sink)) != of.end()) return e.execution->arrays[a].get();
  }
  return nullptr;
}

// Collective, and the agreement about all that was done since the plan.
void Session::State::gather_results(Evaluation& e) {
  const TraceSpan gathering(trace ? trace->evaluation() : nullptr, Activity::exchange);
  Execution& x = *e.execution;
  bool everywhere = true;
  for (std::size_t i = 0; i < e.sinks.size(); i++) {
    e.failure.then([&] { make_result(e, i); });
    const ResidentArray* array = gathered_from(e, i);
    if (array != nullptr && array->distribution().kind() != Distribution::Kind::replicated) everywhere = false;
  }
  if (!everywhere || e.writes) agree(*comm, e.failure);
  for (std::size_t i = 0; i < e.sinks.size() && !e.failure.any(); i++) {
    const ResidentArray* array = gathered_from(e, i);
    if (array == nullptr) continue;
    const Dims strides = row_major_strides(e.results[i].shape_, item_size(array->dtype()));
    x.counters.add(
        bring(*array, Box::whole(array->grid().shape()), {e.results[i].bytes_.data(), strides}, x.message_bytes, pool));
  }
}

void Session::State::add_spilled(const Evaluation& e) {
  const SpilledFigures& s = e.spilled;
  statistics.bytes_read += s.bytes_read, statistics.bytes_moved += s.bytes_moved, statistics.messages += s.messages;
  statistics.scratch_bytes += s.scratch_bytes, statistics.tiles += s.tiles;
  statistics.linked_bytes += s.linked_bytes;
  statistics.inner_tiles += s.inner_tiles;
  statistics.stages += s.stages, statistics.chunks += s.chunks;
  const auto at_least = [](auto& figure, auto other) { figure = std::max(figure, other); };
  at_least(statistics.peak_bytes, s.peak_bytes), at_least(statistics.projected_bytes, s.projected_bytes);
  at_least(statistics.peak_device_bytes, s.peak_device_bytes);
  at_least(statistics.peak_pinned_bytes, s.peak_pinned_bytes);
  at_least(statistics.projected_device_bytes, s.projected_device_bytes);
  at_least(statistics.decodings, s.decodings);
}

void Session::State::gather_statistics(Evaluation& e) {
  Execution& x = *e.execution;
  const auto& c = x.counters;
  bool files = e.writes;
  for (const auto& s : e.plan->sources) files = files || s.node->store();
  std::int64_t resident = 0;
  Failure unheard;  // the files have their names: a figure that can't be read is no reason to fail
  if (files || options.whole_process) unheard.guard([&] { resident = peak_resident_bytes(); });
  const Figures mine{c.bytes_read,
                     c.bytes_written,
                     c.bytes_moved,
                     c.messages,
                     c.tiles,
                     c.inner_tiles,
                     c.scratch_bytes,
                     c.linked_bytes,
                     static_cast<std::int64_t>(seconds_since(e.begin) * 1e9),
                     pool->statistics().peak,
                     resident,
                     has_device() ? device_pool->statistics().peak : 0,
                     pinned_pool != pool ? pinned_pool->statistics().peak : 0,
                     e.held,
                     e.device_held,
                     e.failure.error() != nullptr};
  comm->allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(e.figures.data()),
                  sizeof mine);
  statistics.bytes_read = statistics.bytes_written = statistics.bytes_moved = 0;
  statistics.messages = statistics.tiles = statistics.inner_tiles = statistics.scratch_bytes = 0;
  statistics.linked_bytes = 0;
  statistics.seconds = 0;
  statistics.peak_bytes = statistics.peak_resident_bytes = statistics.peak_device_bytes = 0;
  statistics.peak_pinned_bytes = 0;
  std::int64_t held = 0, device_held = 0;
  bool failed = false;
  for (const Figures& f : e.figures) {
    statistics.bytes_read += f.bytes_read;
    statistics.bytes_written += f.bytes_written;
    statistics.bytes_moved += f.bytes_moved;
    statistics.messages += f.messages;
    statistics.tiles += f.tiles;
    statistics.inner_tiles += f.inner_tiles;
    statistics.scratch_bytes += f.scratch_bytes;
    statistics.linked_bytes += f.linked_bytes;
    statistics.seconds = std::max(statistics.seconds, static_cast<double>(f.nanoseconds) * 1e-9);
    statistics.peak_bytes = std::max(statistics.peak_bytes, f.peak);
    statistics.peak_resident_bytes = std::max(statistics.peak_resident_bytes, f.peak_resident);
    statistics.peak_device_bytes = std::max(statistics.peak_device_bytes, f.device_peak);
    statistics.peak_pinned_bytes = std::max(statistics.peak_pinned_bytes, f.pinned_peak);
    held = std::max(held, f.held);
    device_held = std::max(device_held, f.device_held);
    failed = failed || f.failed != 0;
  }
  statistics.stages = static_cast<std::int64_t>(x.plan.stages.size());
  statistics.projected_bytes = x.plan.peak + held;
  statistics.projected_device_bytes = x.plan.device_peak + device_held;
  statistics.chunks = 0;
  statistics.decodings = 0;
  for (const auto& s : x.plan.stages) {
    statistics.chunks += s.traffic.chunks;
    statistics.decodings = std::max(statistics.decodings, s.traffic.decodings);
  }
  if (failed) agree(*comm, e.failure);
}

}  // namespace tessera
