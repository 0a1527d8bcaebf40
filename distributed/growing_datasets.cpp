#include <tessera/distributed/growing_datasets.hpp>

#include <algorithm>
#include <string>

#include <tessera/core/serialize.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

void put_seen(Writer& w, const DatasetSpec& d) {
  w.put(d.growth->from.has_value()).put(d.growth->from.value_or(0)).put(d.compress).put(d.chunk.size());
  for (const auto n : d.chunk) w.put(n);
}

void get_seen(Reader& r, DatasetSpec& d) {
  const bool there = r.get<bool>();
  const auto from = r.get<std::int64_t>();
  if (there) d.growth->from = from;
  d.compress = r.get_string();
  d.chunk = {};
  for (int n = r.get<int>(); n > 0; n--) d.chunk.push_back(r.get<std::int64_t>());
}

void look(std::span<const Sink> sinks, std::vector<DatasetSpec>& datasets) {
  std::size_t next = 0;
  for (const auto& sink : sinks) {
    if (sink.kind != Sink::Kind::write) continue;
    DatasetSpec& d = datasets[next++];
    if (d.growth) d = grown_spec(parse_source(sink.target).file, d);
  }
}

}  // namespace

bool any_grows(const Requests& asked) {
  const auto& all = asked.datasets;
  return std::any_of(all.begin(), all.end(), [](const DatasetSpec& d) { return d.growth.has_value(); });
}

Requests grown_here(std::span<const Sink> sinks, Requests asked) {
  if (!any_grows(asked)) return asked;
  look(sinks, asked.datasets);
  return requests_of(sinks, std::move(asked.datasets));
}

Requests grown_together(Communicator& comm, std::span<const Sink> sinks, Requests asked) {
  if (!any_grows(asked)) return asked;
  std::string seen;
  together(comm, [&] {
    if (comm.rank() != 0) return;
    look(sinks, asked.datasets);
    Writer w;
    for (const auto& d : asked.datasets)
      if (d.growth) put_seen(w, d);
    seen = w.bytes();
  });
  comm.broadcast(seen, 0);
  together(comm, [&] {
    Reader r(seen);
    for (auto& d : asked.datasets)
      if (d.growth) get_seen(r, d);
    asked = requests_of(sinks, std::move(asked.datasets));
  });
  return asked;
}

}  // namespace tessera
